import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lite } from '../helpers/liting.ts';
import { plant } from '../helpers/node-tree.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';

let cli: Cli;
let home = '';
let install = '';
const run = (...words: string[]): Promise<CliResult> => cli.run(words, { ...process.env, STATELITE_HOME: home, STATELITE_DATABASE_URL: undefined, EDITOR: 'sed -i s/Made/Written/' });
const must = async (...words: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(...words);
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: exit ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
};

beforeAll(async () => {
  cli = await buildCli();
  home = mkdtempSync(join(tmpdir(), 'sl-overlay-'));
  chmodSync(home, 0o711);
  install = join(home, 'install');
  const directory = join(install, 'netboot/debian12/x86_64/compute');
  mkdirSync(directory, { recursive: true });
  plant(join(directory, 'rootimg'), { 'etc/hosts': 'image\n', 'etc/motd': 'image\n', 'etc/init.d/': '' });
  plant(directory, { kernel: 'k', 'initrd-statelite.gz': 'i' });
  for (const [key, value] of [['installdir', install], ['tftpdir', join(home, 'tftpboot')], ['master', '10.0.0.1']]) await must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  for (const number of [1, 2]) await must('mkdef', '-t', 'node', `n0${number}`, 'groups=all', `ip=10.0.0.1${number}`, `mac=52:54:00:00:00:1${number}`, 'netboot=pxe');
  await must('mkdef', '-t', 'osimage', 'img', 'osvers=debian12', 'osarch=x86_64', 'profile=compute', 'provmethod=statelite', 'overlays=hosts');
  await must('chdef', '-t', 'node', 'n01', 'overlays=own');
  for (const path of ['/etc/hosts', '/etc/motd']) await must('chtab', 'image=ALL', `file=${path}`, 'litefile.options=');
  plant(join(install, 'overlays/own'), { 'etc/motd.njk': 'This is {{ node.name }}\n' });
  await must('chtab', 'node=all', 'nodetype.provmethod=img');
  lite(join(directory, 'rootimg'), ['/etc/hosts', '/etc/motd']);
}, 120_000);

afterAll(async () => {
  await run('litedb', 'stop');
  rmSync(home, { recursive: true, force: true });
  cli.remove();
});

describe('liteoverlay', () => {
  test('lists overlays, where they are from, and how many nodes have them', async () => {
    const list = await must('liteoverlay', 'list');
    expect(list).toMatch(/^hosts +shipped +1 file +2 nodes$/m);
    expect(list).toMatch(/^own +site +1 file +1 node$/m);
    expect(await must('liteoverlay', 'list', 'own')).toBe('put template       site    etc/motd.njk -> /etc/motd\n');
    expect(JSON.parse(await must('liteoverlay', 'list', '--json'))).toContainEqual({ name: 'own', origins: ['site'], files: 1, nodes: 1 });
  });

  test('shows what a node gets, each file with its row, and the text of one', async () => {
    expect(await must('liteoverlay', 'show', '-r', 'n01')).toBe('put      /etc/hosts   /etc/hosts link   hosts:etc/hosts.njk\nput      /etc/motd   /etc/motd link   own:etc/motd.njk\n');
    expect(await must('liteoverlay', 'show', '-r', 'n01', '/etc/motd')).toBe('This is n01\n');
    expect(await must('liteoverlay', 'show', '-r', 'n01', 'etc/motd')).toBe('This is n01\n');
    expect(await run('liteoverlay', 'show', '-r', 'n01', 'own', 'etc/motd.njk')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Hint: liteoverlay show -r n01 <path>: ') });
    expect(await must('liteoverlay', 'show', 'own', 'etc/motd.njk')).toBe('This is {{ node.name }}\n');
  });

  test('litewhy names the overlay that wins', async () => {
    expect(await must('litewhy', 'n01', '/etc/motd')).toMatch(/content from: overlay own[^]*overlay +own:etc\/motd\.njk: there, it comes before all litetree directories/);
  });

  test('what overlays add and delete is told of by litewhy, and of what is added that it is not all', async () => {
    plant(join(install, 'overlays/changes'), { 'etc/motd.delete': '', 'etc/hosts.append': 'more\n' });
    await must('chtab', 'node=n02', 'overlays.overlays=~hosts,changes');
    expect(await must('litewhy', 'n02', '/etc/motd')).toMatch(/content from: nowhere: overlay changes:etc\/motd\.delete deletes it\n/);
    expect(await must('litewhy', 'n02', '/etc/hosts')).toMatch(/content from: the image, then overlay changes:etc\/hosts\.append\n/);
    expect(await run('liteoverlay', 'show', '-r', 'n02', '/etc/hosts')).toMatchObject({ exitCode: 0, stdout: 'more\n', stderr: 'this is added to what /etc/hosts is otherwise: litewhy n02 /etc/hosts\n' });
    await must('chtab', '-d', 'node=n02', 'overlays');
  });

  test('tells what templates read', async () => {
    expect(await must('liteoverlay', 'info', 'own')).toBe('own: 1 node (n01)\netc/motd.njk (site, put template) -> /etc/motd\n    reads:    node.name\n');
    expect(await must('liteoverlay', 'info', 'hosts')).toMatch(/^hosts: .*\n {4}\/etc\/hosts with all nodes of the hosts table\.\n {4}needs a litefile row for \/etc\/hosts\n[^]*reads: +nodes, site\.domain/);
  });

  test('compares with the last nodeset and with another node', async () => {
    expect((await run('liteoverlay', 'diff', 'n01')).stderr).toMatch(/nodeset has left no plan of n01/);
    await must('nodeset', 'all', 'osimage=img');
    expect(await must('liteoverlay', 'diff', 'n01')).toBe('No difference: 2 files of overlays.\n');
    plant(join(install, 'overlays/own'), { 'etc/motd.njk': 'It is {{ node.name }}\n' });
    const { exitCode, stdout } = await run('liteoverlay', 'diff', 'n01');
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^changed put \/etc\/motd\n[^]*\n-This is n01\n\+It is n01\n$/)]);
    expect(await run('liteoverlay', 'diff', 'n01', 'all')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/all is a group[^]*nodels all/) });
    expect((await run('liteoverlay', 'diff', 'n01', 'n02')).stdout).toMatch(/^new put \/etc\/motd\n/);
    expect((await run('liteplan', '--diff', 'n01')).stdout).toMatch(/1 node \(n01\): own overlay files as nodeset left them -> changed/);
  });

  test('compares what is no text: mode, owner, attributes, links, bytes, and what is deleted', async () => {
    const own = join(install, 'overlays/own');
    plant(own, { 'etc/bin': 'a' });
    writeFileSync(join(own, 'etc/bin'), Buffer.of(0, 0xfe));
    for (const file of ['/etc/bin', '/etc/issue']) await must('chtab', 'image=ALL', `file=${file}`, 'litefile.options=');
    await must('liteimg', 'img');
    await must('nodeset', 'all', 'osimage=img');
    const changes: readonly (readonly [() => void, readonly RegExp[]])[] = [
      [() => { writeFileSync(join(own, 'etc/bin'), Buffer.of(0, 0xff)); }, [/^changed put \/etc\/bin\n(?! )/, /Binary files .* differ/]],
      [() => { chmodSync(join(own, 'etc/bin'), 0o755); chownSync(join(own, 'etc/bin'), 7, 8); execFileSync('setfattr', ['-n', 'user.note', '-v', 'x', join(own, 'etc/bin')]); },
        [/^changed put \/etc\/bin\n/, / {4}mode 644 -> 755\n {4}owner 0:0 -> 7:8\n {4}attributes none -> user\.note=0x78$/m]],
      [() => { plant(own, { 'etc/issue.delete': '' }); }, [/^new delete \/etc\/issue$/m]],
      [() => { rmSync(join(own, 'etc/issue.delete')); symlinkSync('motd', join(own, 'etc/issue')); }, [/^new put \/etc\/issue$/m, /^\+-> motd$/m]],
    ];
    for (const [change, wanted] of changes) {
      change();
      const { exitCode, stdout } = await run('liteoverlay', 'diff', 'n01');
      expect(exitCode).toBe(1);
      for (const one of wanted) expect(stdout).toMatch(one);
    }
    for (const name of ['etc/bin', 'etc/issue']) rmSync(join(own, name));
  });

  test('tells a file that is added below a directory which the image does not have, not that the directory has another time', async () => {
    const own = join(install, 'overlays/own');
    plant(own, { 'opt/tool/one': 'one\n' });
    utimesSync(join(own, 'opt/tool'), 1, 1);
    await must('chtab', 'image=ALL', 'file=/opt/tool/', 'litefile.options=');
    await must('liteimg', 'img');
    await must('nodeset', 'all', 'osimage=img');
    plant(own, { 'opt/tool/two': 'two\n' });
    const changes = async (): Promise<unknown> => JSON.parse((await run('liteoverlay', 'diff', 'n01', '--json')).stdout) as unknown;
    expect(await changes()).toEqual([{ file: 'put /opt/tool/two', change: 'new' }]);
    chmodSync(join(own, 'opt/tool'), 0o700);
    expect(await changes()).toEqual([{ file: 'put /opt/tool', change: 'changed', facts: [{ fact: 'mode', old: '755', new: '700' }] }, { file: 'put /opt/tool/two', change: 'new' }]);
    rmSync(join(own, 'opt'), { recursive: true });
    await must('chtab', '-d', 'image=ALL', 'file=/opt/tool/', 'litefile');
    await must('liteimg', 'img');
  });

  test('nodeset leaves an archive for each content that several nodes have, and own files with the plans; what no plan names any more goes', async () => {
    const image = join(install, 'netboot/debian12/x86_64/compute');
    const shared = (node: string): string => /^overlay shared (\S+)/m.exec(plan(node))?.[1] ?? '';
    const plan = (node: string): string => readFileSync(join(image, 'plans', node), 'utf8');
    await must('nodeset', 'all', 'osimage=img');
    const first = shared('n01');
    expect(readdirSync(join(image, 'overlays'))).toEqual([first]);
    expect(['n01', 'n02'].map((node) => [plan(node).startsWith('statelite-own '), shared(node)])).toEqual([[true, first], [false, first]]);
    const archiveOfOwn = /^overlay own (\S+)/m.exec(plan('n01'))?.[1] ?? '';
    writeFileSync(join(image, 'overlays', archiveOfOwn), 'left by an earlier nodeset');
    await must('chtab', 'node=n02', 'hosts.hostnames=another');
    const asEarlier = plan('n01').replace(/^.*\n/, '');
    writeFileSync(join(image, 'plans/n01'), asEarlier);
    expect((await run('liteplan', '--diff', 'n01')).stdout).toMatch(/shared overlay files as nodeset left them -> changed/);
    await must('nodeset', 'n02', 'osimage=img');
    expect(readdirSync(join(image, 'overlays')).sort()).toEqual([first, shared('n02'), archiveOfOwn].sort());
    await must('nodeset', 'n01', 'osimage=img');
    expect([readdirSync(join(image, 'overlays')), shared('n01')]).toEqual([[shared('n02')], shared('n02')]);
    writeFileSync(join(image, 'plans/n01'), plan('n01').replace(/^.*\n/, ''));
    expect((await run('liteplan', '--diff', 'n01')).stdout).toBe('1 node (n01): own overlay files none -> with the plan\n');
    const damaged = plan('n02');
    writeFileSync(join(image, 'plans/n02'), damaged.slice(0, -20));
    await must('nodeset', 'all', 'osimage=img');
    expect([plan('n02'), (await run('liteplan', '--diff', 'all')).stdout]).toEqual([damaged, 'No difference: 2 nodes with the plan that nodeset left.\n']);
    for (const words of [['liteplan', 'n01'], ['liteplan', 'n01', '--json'], ['litewhy', 'n01', '/etc/motd']]) expect(await must(...words)).not.toMatch(/H4sI/);
  });

  test('edits: a shipped file is copied to the site first', async () => {
    await must('liteoverlay', 'edit', 'hosts', 'etc/hosts.njk');
    expect(readFileSync(join(install, 'overlays/hosts/etc/hosts.njk'), 'utf8')).toMatch(/^# Written from the hosts table/);
    expect(await must('liteoverlay', 'list')).toMatch(/^hosts +site +1 file /m);
  });

  test('edits: what was not written leaves nothing, and a mistake in a template is told at once', async () => {
    const edit = (editor: string, ...words: string[]): Promise<CliResult> => cli.run(['liteoverlay', 'edit', ...words], { ...process.env, STATELITE_HOME: home, STATELITE_DATABASE_URL: undefined, EDITOR: editor });
    expect((await edit('true', 'new', 'etc/x')).stdout).toMatch(/\/new\/etc\/x is as it was\.\n$/);
    expect(await edit('/no/editor', 'new', 'etc/x')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('/no/editor is not installed') });
    expect(await edit('', 'new', 'etc/x')).toMatchObject({ exitCode: 2, stderr: 'Error: there is no terminal to edit on\n  Hint: EDITOR names a program that edits without one\n' });
    expect(readdirSync(join(install, 'overlays'))).not.toContain('new');
    expect(await edit('sed -i s/name/nam/', 'own', 'etc/motd.njk')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/motd\.njk is written\.\nError: overlay own, etc\/motd\.njk line 1: node has no nam\n/) });
    await edit('sed -i s/nam/name/', 'own', 'etc/motd.njk');
  });

  test('a copy of a shipped script goes on with what it includes, until the site has an include of its own', async () => {
    const [name, path] = ['statelite/init.d/70-mkfs-local-scratch.njk', '/statelite/init.d/70-mkfs-local-scratch'];
    const edit = (change: string, ...words: string[]): Promise<CliResult> => cli.run(['liteoverlay', 'edit', ...words], { ...process.env, STATELITE_HOME: home, STATELITE_DATABASE_URL: undefined, EDITOR: `sed -i ${change}` });
    expect(await must('liteoverlay', 'info', 'local-scratch', name)).toMatch(/reads: +nothing\n +includes: local-disk\.sh\n/);
    expect(await must('liteoverlay', 'list', '.include')).toMatch(/^put +shipped local-disk\.sh$/m);
    await edit('s/Makes/Made/', 'local-scratch', name);
    mkdirSync(join(install, 'overlays/own/statelite/init.d'), { recursive: true });
    renameSync(join(install, 'overlays/local-scratch', name), join(install, 'overlays/own', name));
    const shown = (): Promise<string> => must('liteoverlay', 'show', '-r', 'n01', path);
    expect(await shown()).toMatch(/^#!\/bin\/sh\n# Made [^]*\nfree_disk\(\)[^]*\nmake_partitions 1 /);
    expect(await edit('s/free_disk/first_disk/', '.include', 'local-disk.sh')).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('/overlays/.include/local-disk.sh is written') as unknown });
    expect([await shown(), await must('liteoverlay', 'show', '.include', 'local-disk.sh')]).toEqual([expect.stringContaining('\nfirst_disk()'), expect.stringContaining('\nfirst_disk()')]);
    for (const left of ['own/statelite', 'local-scratch', '.include']) rmSync(join(install, 'overlays', left), { recursive: true });
  });

  test('never edits what a symlink of an overlay leads to', async () => {
    plant(home, { 'outside/f': 'the host\'s\n' });
    plant(join(install, 'overlays/linked'), { 'etc/f': `-> ${home}/outside/f`, 'etc/d': `-> ${home}/outside` });
    expect(await run('liteoverlay', 'edit', 'linked', 'etc/f')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('/linked/etc/f is a symlink, which an editor would follow out of the overlay') });
    expect(await run('liteoverlay', 'edit', 'linked', 'etc/d/f')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('/linked/etc/d is a symlink') });
    expect(await run('liteoverlay', 'edit', 'linked', 'etc')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('/linked/etc is a directory, wanted a file') });
    expect(readFileSync(join(home, 'outside/f'), 'utf8')).toBe('the host\'s\n');
    expect(await must('liteoverlay', 'show', 'linked', 'etc/f')).toBe(`-> ${home}/outside/f\n`);
  });

  test('shows no file that is no text, but where it lies', async () => {
    plant(join(install, 'overlays/linked'), { 'etc/bin': '\u007fELF\0' });
    expect(await run('liteoverlay', 'show', 'linked', 'etc/bin')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/etc\/bin is no text, but 5 bytes\n.*it lies in .*\/linked\/etc\/bin/) });
    rmSync(join(install, 'overlays/linked'), { recursive: true });
  });

  test.each([
    [['list', 'hots'], 1, /there is no overlay hots[^]*did you mean hosts\?/],
    [['list', 'hosts', 'own'], 2, /takes 1 name, these are 2/],
    [['show', 'hosts'], 2, /wants a file of hosts: liteoverlay list hosts shows them/],
    [['show', 'hosts', 'etc/host.njk'], 1, /did you mean etc\/hosts\.njk\?/],
    [['show', '-r', 'all'], 2, /all is a group, and overlays are made for one node/],
    [['info', 'hosts', '-r', 'n01'], 2, /-r goes with show/],
    [['diff'], 2, /wants a node: liteoverlay diff n01/],
    [['edit', 'hosts', '../x'], 2, /hosts \.\.\/x names no file of an overlay/],
  ] as const)('%j is a mistake that is named', async (words, exitCode, wanted) => {
    expect(await run('liteoverlay', ...words)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(wanted) });
  });

  test('nodeset refuses a node whose template lacks a value, and does the others', async () => {
    plant(join(install, 'overlays/own'), { 'etc/motd.njk': 'x\n{{ node.nodepos.rack }}\n' });
    const { exitCode, stdout, stderr } = await run('nodeset', 'all', 'osimage=img');
    expect([exitCode, stdout]).toEqual([1, 'n02: statelite debian12-x86_64-compute\n']);
    expect(stderr).toMatch(/^Error: n01: overlay own, etc\/motd\.njk line 2: a value is unset for n01: \{\{ node\.nodepos\.rack \}\}\n +Hint: chtab node=n01 nodepos\.rack=…, or write \{\{ node\.nodepos\.rack \| default\(""\) \}\}$/m);
  });
});
