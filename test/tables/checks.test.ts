import { describe, expect, test } from '@jest/globals';
import { LOADERS } from '../../lib/boot/loaders.ts';
import { cellDoubts } from '../../tables/check-row.ts';
import { tableOf } from '../../tables/index.ts';

const doubts = (table: string, column: string, value: string): readonly string[] => cellDoubts(tableOf(table), { [column]: value }).map(({ reason }) => reason);

describe('values that no command can use', () => {
  test.each([
    ['mac', 'mac', ['52:54:00:00:00:11', '525400000011', '52-54-00-00-00-11', '52:54:00:00:00:11!n01|52:54:00:00:00:12!*NOIP*', '|\\D+(\\d+)|52:54:00:00:00:($1)|', 'a0:00:02:20:fe:80:00:00']],
    ['hosts', 'ip', ['10.0.0.11', '255.255.255.255', 'fe80::1', '::ffff:10.0.0.1', '/\\z/-x/', '|n(\\d+)|10.0.0.($1+0)|']],
    ['noderes', 'netboot', Object.keys(LOADERS)],
    ['litetree', 'directory', ['10.0.0.1:/trees/$node', '/local', '$noderes.nfsserver:/x', '${site.master}:/x', '[fd00::1]:/x', 'server:$site.x', '#CMD=echo#:/x']],
    ['disklayout', 'disk', ['/dev/disk/by-id/nvme-QEMU_1', '/dev/disk/by-path/pci-0000:00:04.0', '/dev/vda', 'size>=100G', 'first-empty']],
    ['disklayout', 'size', ['512M', '2GiB', '20%', 'rest']],
    ['disklayout', 'mountpoint', ['store', '/var/log/', '/mnt/scratch']],
    ['statelite', 'statemnt', ['10.0.0.1:/state', '$noderes.nfsserver:/x', '|n(\\d+)|s($1):/state|']],
  ])('of %s.%s are not among these', (table, column, values) => {
    for (const value of values) expect([value, doubts(table, column, value)]).toEqual([value, []]);
  });

  test.each([
    ['mac', 'mac', ['zz', '52:54:00:00:00', '52:54:00:00:00:11|x', '52:54-00:00:00:11', '52:54:00:00:00:1g']],
    ['hosts', 'ip', ['300.1.1.1', '10.0.0', '10.0.0.1.', 'n01', 'fe80::zz', '10.0.0.1,10.0.0.2']],
    ['noderes', 'netboot', ['yaboot', 'PXE', 'foo']],
    ['litetree', 'directory', ['trees', './x', 'server:trees', ':/x']],
    ['disklayout', 'label', ['a b', 'swäp', '-x']],
    ['disklayout', 'disk', ['first-emty', 'sda', '/etc/passwd', '/dev/disk/by-uuid/x', 'size>=lots']],
    ['disklayout', 'size', ['2 apples', '2Gigs', '0%', '100%', '-1G']],
    ['disklayout', 'mountpoint', ['stores', 'scratch', '/run/x', '/.statelite', '/', '/a b', '/a/../b']],
    ['disklayout', 'populate', ['var/log', 'store', '/proc']],
    ['statelite', 'statemnt', ['/state', 'server', 'server:state']],
    ['nodetype', 'os', ['|n(|x|', '|n\\d+|($1)|', '|(system)|']],
  ])('of %s.%s are these', (table, column, values) => {
    for (const value of values) expect([value, doubts(table, column, value)]).toEqual([value, [expect.any(String)]]);
  });

  test.each([
    ['installdir', '/install', 'install'], ['tftpdir', '/tftpboot', '/a/../b'], ['xcatdport', '3001', '70000'], ['xcatiport', '3002', '0'], ['httpport', '80', 'http'], ['litemechanism', 'bind', 'links'],
  ])('of the setting %s: %s is not among them, %s is', (key, good, bad) => {
    const of = (value: string) => cellDoubts(tableOf('site'), { key, value }).length;
    expect([of(good), of(bad)]).toEqual([0, 1]);
  });
});
