import { describe, expect, test } from '@jest/globals';
import { readPackageList } from '../../netboot/package-list.ts';

const read = (files: Readonly<Record<string, string>>, path = '/lists/compute.pkglist') => readPackageList(path, (name) => files[name]).names;

describe('a package list', () => {
  test('has a name a line; comments, blank lines and line ends of any kind do not count', () => {
    expect(read({ '/lists/compute.pkglist': '# what every node needs\nbash\r\n\n  openssh-server   # remote work\nlibstdc++6\n@core\nnfs-common' })).toEqual(['bash', 'openssh-server', 'libstdc++6', '@core', 'nfs-common']);
  });

  test('names a package once, with or without the directory it lies in', () => {
    expect(read({ '/lists/compute.pkglist': 'bash\ncurl\nsite/tools/bash\n' })).toEqual(['bash', 'curl']);
  });

  test('includes others, beside itself or anywhere, as often as they are asked for', () => {
    expect(read({
      '/lists/compute.pkglist': '#INCLUDE:base.pkglist#\n#INCLUDE:/site/extra.pkglist#\nslurm',
      '/lists/base.pkglist': 'bash', '/site/extra.pkglist': '#INCLUDE:deep/more.pkglist#\n#INCLUDE:/lists/base.pkglist#', '/site/deep/more.pkglist': 'htop',
    })).toEqual(['bash', 'htop', 'slurm']);
  });

  test('takes a name out again with a minus, until a later line names it', () => {
    expect(read({ '/lists/compute.pkglist': '#INCLUDE:base.pkglist#\n-vim\n-never-there\n-curl\ncurl', '/lists/base.pkglist': 'vim\ncurl\nbash' })).toEqual(['bash', 'curl']);
  });

  test('keeps what it took out in mind, as groups may bring it; groups have names with blanks too', () => {
    const { names, removed } = readPackageList('/l', () => '@core\n@Server Platform\n@^minimal-environment\n-@debugging\n-firewalld\n-vim\nvim\n@debugging\n-@debugging');
    expect([names, removed]).toEqual([['@core', '@Server Platform', '@^minimal-environment', 'vim'], ['firewalld', '@debugging']]);
  });

  test('that is missing is named, with the list that includes it', () => {
    expect(() => read({})).toThrow('there is no package list /lists/compute.pkglist');
    expect(() => read({ '/lists/compute.pkglist': '#INCLUDE:gone#' })).toThrow('there is no package list /lists/gone (included by /lists/compute.pkglist)');
  });

  test('that includes itself by any way is refused with the way', () => {
    expect(() => read({ '/lists/compute.pkglist': '#INCLUDE:a#', '/lists/a': '#INCLUDE:compute.pkglist#' }))
      .toThrow('package list /lists/compute.pkglist includes itself: /lists/compute.pkglist -> /lists/a -> /lists/compute.pkglist');
  });

  test.each(['two words', '--purge', 'a;b', '$(id)', '../x', '/etc/passwd', 'ü'])('%j is no package name: file and line are told', (line) => {
    expect(() => read({ '/lists/compute.pkglist': `bash\n${line}\n` })).toThrow(`/lists/compute.pkglist line 2: "${line}" is no package name`);
  });

  test('that is shipped can be read', async () => {
    const { createFiles } = await import('../../lib/system/files.ts');
    const { asset } = await import('../../lib/system/assets.ts');
    expect(readPackageList(asset('netboot/debian/compute.pkglist'), (path) => createFiles().readTextIfThere(path)).names.length).toBeGreaterThan(5);
  });
});
