// Types every command of the 2010 design, in its order, with Debian where it says Red Hat, and checks each statement it makes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asset } from '../../lib/system/assets.ts';
import { openBootSite, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-test1';
const MASTER = '10.40.0.1';
let site: BootSite;
let install: string;
let root: string;

const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const on = async (script: string): Promise<string> => (await site.must('litelab', 'run', 'n01', script)).stdout;

beforeAll(async () => {
  site = await openBootSite('seed');
  rmSync(site.home, { recursive: true, force: true });
  install = join(site.home, 'install');
  root = join(install, 'netboot/debian12/x86_64/test1/rootimg');
  for (const directory of [install, join(site.home, 'tftpboot'), join(site.home, 'state')]) mkdirSync(directory, { recursive: true });
  await site.must('chtab', 'key=installdir', `site.value=${install}`);
  await site.must('chtab', 'key=tftpdir', `site.value=${join(site.home, 'tftpboot')}`);
  await site.must('chtab', 'key=master', `site.value=${MASTER}`);
  await site.must('mkdef', '-t', 'node', 'n01', 'groups=japan,all', 'ip=10.40.0.11', 'mac=52:54:00:40:00:11', 'room=newyork-590Madison', 'netboot=pxe', 'serialport=0', 'serialspeed=115200');
}, 2 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

describe('2.2 to 2.5, the tables', () => {
  test('the sample list of litefile rows is restored', async () => {
    await site.must('tabrestore', '-a', asset('tables/samples/litefile.csv'));
    await site.must('tabrestore', '-a', asset('tables/samples/debian/litefile.csv'));
    expect((await site.must('tabdump', 'litefile')).stdout).toMatch(/^#image,file,options,comments,disable\n[^]*"ALL","\/etc\/adjtime",,,/);
    await site.must('chtab', 'image=ALL', 'file=/etc/motd', 'litefile.options=ALL');
    await site.must('chtab', 'image=ALL', 'file=/etc/database.conf', 'litefile.options=persistent');
  });

  test('litetree rows name directories that differ by a node\'s room, then its own directory', async () => {
    await site.must('chtab', 'priority=1', `litetree.directory=$site.master:${site.home}/syncdirs/$nodepos.room/$nodetype.os/$nodetype.arch/$nodetype.profile`);
    await site.must('chtab', 'priority=2', `litetree.directory=${MASTER}:${site.home}/statelite/$node`);
    write(join(site.home, 'syncdirs/newyork-590Madison/debian12/x86_64/test1/etc/motd'), 'New York\n');
    write(join(site.home, 'statelite/n01/etc/ntp.conf'), 'server n01-only\n');
  });

  test('state is held where the statelite row of the group japan says', async () => {
    await site.must('chtab', 'node=japan', `statelite.statemnt=${MASTER}:${join(site.home, 'state')}`);
  });

  test('policy rows for litetree and litefile are there, and setting them again does no harm', async () => {
    await site.must('chtab', 'priority=4.7', 'policy.commands=litetree');
    await site.must('chtab', 'priority=4.8', 'policy.commands=litefile');
    expect((await site.must('tabdump', 'policy')).stdout).toMatch(/"4\.7",[^\n]*"litetree"[^]*"4\.8",[^\n]*"litefile"/);
  });
});

describe('2.6, the image', () => {
  test('genimage makes it from a package list copied from compute', async () => {
    const custom = join(install, 'custom/netboot/debian');
    mkdirSync(custom, { recursive: true });
    copyFileSync(asset('netboot/debian/base.pkglist'), join(custom, 'base.pkglist'));
    copyFileSync(asset('netboot/debian/compute.pkglist'), join(custom, 'test1.pkglist'));
    await site.must('genimage', '-o', 'debian12', '-a', 'x86_64', '-p', 'test1', '-i', 'eth0', '-n', 'virtio_net,virtio_pci', '-m', 'statelite');
    for (const path of ['.statelite', '.default', 'etc/init.d/statelite']) expect(existsSync(join(root, path))).toBe(true);
    for (const name of ['kernel', 'initrd-statelite.gz']) expect(existsSync(join(dirname(root), name))).toBe(true);
  }, 10 * MINUTES);

  test('its script has a commented "set -x" near the top', () => {
    expect(readFileSync(join(root, 'etc/init.d/statelite'), 'utf8').split('\n').slice(0, 30)).toContain('# set -x');
  });

  test('add_passwd and add_ssh bring accounts and keys, and no secret', async () => {
    await site.must('add_passwd', root);
    const keys = join(site.home, 'keys');
    mkdirSync(keys);
    await site.system.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'id_ed25519')]);
    await site.must('add_ssh', '--from', keys, root);
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toMatch(/^root:/m);
    expect(readFileSync(join(root, 'root/.ssh/authorized_keys'), 'utf8')).toContain(readFileSync(join(keys, 'id_ed25519.pub'), 'utf8').trim());
    expect(existsSync(join(root, 'root/.ssh/id_ed25519'))).toBe(false);
  });
});

describe('2.7, liteimg', () => {
  test('takes the image\'s name, and the three words', async () => {
    await site.must('liteimg', IMAGE);
    expect((await site.must('liteimg', '-o', 'debian12', '-a', 'x86_64', '-p', 'test1')).stdout).toMatch(/Nothing to do/);
  });

  test('makes two levels of links that end in .default', () => {
    expect(lstatSync(join(root, '.default/etc/ntp.conf')).isFile()).toBe(true);
    expect(readlinkSync(join(root, '.statelite/tmpfs/etc/ntp.conf'))).toBe('../../../.default/etc/ntp.conf');
    expect(readlinkSync(join(root, 'etc/ntp.conf'))).toBe('../.statelite/tmpfs/etc/ntp.conf');
  });
});

describe('2.8, the node', () => {
  test('nodeset statelite=<image> writes the boot file', async () => {
    expect((await site.must('nodeset', 'japan', `statelite=${IMAGE}`)).stdout).toBe(`n01: statelite ${IMAGE}\n`);
    const text = readFileSync(join(site.home, 'tftpboot/pxelinux.cfg/n01'), 'utf8');
    expect(text).toContain(`#statelite ${IMAGE}\nDEFAULT xCAT\nLABEL xCAT\n  KERNEL xcat/netboot/debian12/x86_64/test1/kernel\n  APPEND initrd=xcat/netboot/debian12/x86_64/test1/initrd.gz `);
    expect(text).toContain(` NFSROOT=${MASTER}:${dirname(root)} STATEMNT=${MASTER}:${join(site.home, 'state')} XCAT=${MASTER}:3001 `);
    expect(text).toMatch(/ console=tty0 console=ttyS0,115200/);
  });

  test('3.1: litefile, litetree and ilitefile show what it gets', async () => {
    expect((await site.must('litefile', 'n01')).stdout).toMatch(/^n01: tmpfs,rw {6}\/etc\/adjtime$/m);
    expect((await site.must('litetree', 'n01')).stdout).toBe([
      `n01: ${MASTER}:${site.home}/syncdirs/newyork-590Madison/debian12/x86_64/test1`, `n01: ${MASTER}:${site.home}/statelite/n01`, '',
    ].join('\n'));
    expect((await site.must('ilitefile', IMAGE)).stdout).toMatch(/^debian12-x86_64-test1: persistent {4}\/etc\/database\.conf$/m);
  });

  test('boots', async () => {
    await site.must('litelab', 'up');
    await site.must('litelab', 'boot', 'n01', '--timeout', '400');
  }, 8 * MINUTES);

  test('4: has the directories of a statelite image', async () => {
    expect(await on('ls -d /.statelite/tmpfs /.statelite/persistent/n01 /.statelite/mnt /.default /etc/init.d/statelite')).toBe(
      '/.default\n/.statelite/mnt\n/.statelite/persistent/n01\n/.statelite/tmpfs\n/etc/init.d/statelite\n',
    );
  });

  test('files come from the first directory that has them, in RAM or from the store', async () => {
    expect(await on('cat /etc/motd /etc/ntp.conf')).toBe('New York\nserver n01-only\n');
    expect(await on('readlink /etc/ntp.conf /etc/database.conf; readlink -f /etc/database.conf')).toBe(
      '../.statelite/tmpfs/etc/ntp.conf\n../.statelite/tmpfs/etc/database.conf\n/.statelite/persistent/n01/etc/database.conf\n',
    );
  });

  test('5: the log tells what was linked', async () => {
    expect(await on('cat /.statelite/statelite.log')).toMatch(/\/etc\/database\.conf from /);
  });

  test('1: a change of the image is there at once, without reboot', async () => {
    write(join(root, 'etc/new-in-the-image'), 'instant\n');
    expect(await on('for i in 1 2 3 4 5 6 7 8 9; do cat /etc/new-in-the-image 2>/dev/null && break; sleep 5; done')).toBe('instant\n');
  });
});
