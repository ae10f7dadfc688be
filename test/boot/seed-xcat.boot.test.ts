// Types every command of the 2010 design, in its order, with Debian where it says Red Hat, and checks each statement it makes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputFileSync } from 'fs-extra/esm';
import { wideExports } from '../../lib/boot/wide-exports.ts';
import { parseExports } from '../../lib/boot/exports-file.ts';
import { requireLab } from '../../lib/lab/instance.ts';
import { asset } from '../../lib/system/assets.ts';
import { consoleOf, openBootSite, typeOnConsole, waitForConsole, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-test1';
const MASTER = '10.40.0.1';
let site: BootSite;
let install: string;
let root: string;

const on = async (script: string): Promise<string> => (await site.must('litelab', 'run', 'n01', script)).stdout;

/** Runs a command on a terminal of its own and types each answer when its question shows; gives back all that was shown. */
async function onTerminal(words: readonly string[], answers: readonly (readonly [question: string, answer: string])[]): Promise<string> {
  const child = spawn('script', ['-qefc', [process.execPath, site.entry, ...words].map((word) => `'${word}'`).join(' '), '/dev/null'], { env: site.system.env });
  let shown = '';
  child.stdout.on('data', (data: Buffer) => { shown += data.toString(); });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let from = 0;
  for (const [question, answer] of answers) {
    for (let tries = 0; !shown.slice(from).includes(question); tries += 1) {
      if (tries > 900) throw new Error(`${words.join(' ')} does not show "${question}":\n${shown}`);
      await sleep(100);
    }
    from = shown.length;
    child.stdin.write(answer);
  }
  await ended;
  return shown;
}

beforeAll(async () => {
  site = await openBootSite('seed');
  rmSync(site.home, { recursive: true, force: true });
  install = join(site.home, 'install');
  root = join(install, 'netboot/debian12/x86_64/test1/rootimg');
  for (const directory of [install, join(site.home, 'tftpboot'), join(site.home, 'state')]) mkdirSync(directory, { recursive: true });
  await site.must('chtab', 'key=installdir', `site.value=${install}`);
  await site.must('chtab', 'key=tftpdir', `site.value=${join(site.home, 'tftpboot')}`);
  await site.must('chtab', 'key=master', `site.value=${MASTER}`);
  await site.must('mkdef', '-t', 'node', 'n01', 'groups=japan,all', 'ip=10.40.0.11', 'mac=52:54:00:40:00:11', 'room=newyork-590Madison', 'netboot=pxe', 'serialport=0', 'serialspeed=115200', 'mgt=lab');
}, 2 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

describe('2.1, the main image is locked down', () => {
  test('the nodes get it read-only, and the document\'s export to every host is warned of', async () => {
    await site.must('chtab', 'node=japan', `statelite.statemnt=${MASTER}:${join(site.home, 'state')}`);
    expect((await site.must('liteexport')).stdout).toMatch(/\/install 10\.40\.0\.0\/24\(ro,[^]*\/state 10\.40\.0\.0\/24\(rw,/);
    const [warning] = wideExports(parseExports('/etc/exports', '/install *(ro,no_root_squash,sync)\n'), [{ path: '/install', writable: false }]);
    expect(warning).toMatch(/^\/etc\/exports line 1 gives \/install to every host/);
  });
});

describe('2.2 to 2.5, the tables', () => {
  test('tabedit opens litefile under the headings of the document, and saves what was typed', async () => {
    const editor = join(site.home, 'editor');
    writeFileSync(editor, `#!/bin/sh\nhead -n 1 "$1" >'${site.home}/seen'\necho '"ALL","/etc/issue.net","ro",,' >>"$1"\n`, { mode: 0o755 });
    await site.system.run(process.execPath, [site.entry, 'tabedit', 'litefile'], { env: { STATELITE_HOME: site.home, EDITOR: editor, TABEDITOR: editor } });
    expect(readFileSync(join(site.home, 'seen'), 'utf8')).toBe('#image,file,options,comments,disable\n');
    expect((await site.must('tabdump', 'litefile')).stdout).toContain('"ALL","/etc/issue.net","ro",,');
  });

  test('the sample list of litefile rows is restored', async () => {
    await site.must('tabrestore', '-a', asset('tables/samples/litefile.csv'));
    await site.must('tabrestore', '-a', asset('tables/samples/debian/litefile.csv'));
    expect((await site.must('tabdump', 'litefile')).stdout).toMatch(/^#image,file,options,comments,disable\n[^]*"ALL","\/etc\/adjtime",,,/);
    await site.must('chtab', 'image=', 'file=/etc/motd', 'litefile.options=ALL');
    await site.must('chtab', `image=${IMAGE}`, 'file=/etc/database.conf', 'litefile.options=persistent');
    await site.must('chtab', 'image=ALL', 'file=/etc/issue', 'litefile.options=tmpfs');
    await site.must('chtab', 'image=ALL', 'file=/etc/hosts', 'litefile.options=con');
  });

  test('litetree rows name directories that differ by a node\'s room, then its own directory', async () => {
    await site.must('chtab', 'priority=1', `litetree.directory=$site.master:${site.home}/syncdirs/$nodepos.room/$nodetype.os/$nodetype.arch/$nodetype.profile`);
    await site.must('chtab', 'priority=2', `litetree.directory=$noderes.nfsserver:${site.home}/statelite/$node`);
    await site.must('chtab', 'node=n01', `noderes.nfsserver=${MASTER}`);
    outputFileSync(join(site.home, 'syncdirs/newyork-590Madison/debian12/x86_64/test1/etc/motd'), 'New York\n');
    const [room, own] = [join(site.home, 'syncdirs/newyork-590Madison/debian12/x86_64/test1/etc'), join(site.home, 'statelite/n01/etc')];
    outputFileSync(join(own, 'motd'), 'Hidden by the first directory\n');
    outputFileSync(join(own, 'ntp.conf'), 'server n01-only\n');
    outputFileSync(join(own, 'issue.net'), 'Authorized users only\n');
    outputFileSync(join(room, 'hosts'), '10.1.0.1 of-the-room\n');
    outputFileSync(join(own, 'hosts'), '10.2.0.1 of-the-node\n');
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
  test('genimage asks on a terminal for what it was not told', async () => {
    const shown = await onTerminal(['genimage', '--dryrun'], [['Operating system', 'debian12\r'], ['Profile', 'compute\r'], ['Interface', 'eth0\r']]);
    expect(shown).toMatch(/debian12-x86_64-compute/);
    expect(existsSync(dirname(root))).toBe(false);
  });

  test('genimage makes it from a package list copied from compute', async () => {
    const custom = join(install, 'custom/netboot/debian');
    mkdirSync(custom, { recursive: true });
    copyFileSync(asset('netboot/debian/base.pkglist'), join(custom, 'base.pkglist'));
    copyFileSync(asset('netboot/debian/compute.pkglist'), join(custom, 'test1.pkglist'));
    await site.must('genimage', '-o', 'debian12', '-a', 'x86_64', '-p', 'test1', '-i', 'eth0', '-n', 'mlx4_core,mlx4_en,igb,bnx2', '-m', 'statelite');
    for (const path of ['.statelite', '.default', 'etc/init.d/statelite']) expect(existsSync(join(root, path))).toBe(true);
    for (const name of ['kernel', 'initrd-statelite.gz']) expect(existsSync(join(dirname(root), name))).toBe(true);
  }, 10 * MINUTES);

  test('it can be changed directly, by chroot', async () => {
    await site.system.run('chroot', [root, 'sh', '-c', 'echo "server of-the-image" >/etc/ntp.conf; dpkg --status bash >/dev/null']);
  });

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

  test('files can still be changed in the image, through both links', async () => {
    await site.system.run('chroot', [root, 'sh', '-c', 'echo "server of-the-links" >>/etc/ntp.conf']);
    expect(readFileSync(join(root, '.default/etc/ntp.conf'), 'utf8')).toBe('server of-the-image\nserver of-the-links\n');
  });

  test('must run again after a change of litefile: nodeset refuses until it has', async () => {
    await site.must('chtab', 'image=ALL', 'file=/etc/timezone', 'litefile.options=');
    const { exitCode, stderr } = await site.statelite('nodeset', 'japan', `statelite=${IMAGE}`);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`/etc/timezone is new\n  Hint: liteimg ${IMAGE}\n`) });
    await site.must('liteimg', IMAGE);
    expect(readlinkSync(join(root, 'etc/timezone'))).toBe('../.statelite/tmpfs/etc/timezone');
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

  test('1, 2.3: a node in another room has another directory, from the same rows', async () => {
    await site.must('mkdef', '-t', 'node', 'n02', 'groups=shanghai', 'room=shanghai-11foo', 'os=debian12', 'arch=x86_64', 'profile=test1', `provmethod=${IMAGE}`, `nfsserver=${MASTER}`);
    expect((await site.must('litetree', 'n02')).stdout).toBe([
      `n02: ${MASTER}:${site.home}/syncdirs/shanghai-11foo/debian12/x86_64/test1`, `n02: ${MASTER}:${site.home}/statelite/n02`, '',
    ].join('\n'));
    await site.must('rmdef', '-t', 'node', 'n02');
  });

  test('2.4: a store named after the node has a directory of that name in it', async () => {
    await site.must('chtab', 'node=n01', `statelite.statemnt=${MASTER}:/state/n01`);
    expect((await site.must('liteplan', 'n01')).stdout).toContain(`${MASTER}:/state/n01/n01`);
    await site.must('chtab', '-d', 'node=n01', 'statelite');
  });

  test('4.5: noderes.nfsserver and noderes.nfsdir say where the root is mounted from', async () => {
    await site.must('chtab', 'node=n01', 'noderes.nfsserver=10.40.0.2', 'noderes.nfsdir=/vol/xCAT/install');
    await site.must('nodeset', 'japan', `statelite=${IMAGE}`);
    expect(readFileSync(join(site.home, 'tftpboot/pxelinux.cfg/n01'), 'utf8')).toContain(' NFSROOT=10.40.0.2:/vol/xCAT/install/netboot/debian12/x86_64/test1 ');
    await site.must('chtab', 'node=n01', `noderes.nfsserver=${MASTER}`, 'noderes.nfsdir=');
    await site.must('nodeset', 'japan', `statelite=${IMAGE}`);
  });

  test('rpower boots it, and rcons shows it boot', async () => {
    await site.must('litelab', 'up');
    expect((await site.must('rpower', 'japan', 'boot')).stdout).toBe('n01: on\n');
    expect(await onTerminal(['rcons', 'n01'], [[' login: ', '\u0005c.']])).toMatch(/n01 login: /);
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

  test('con joins the file of the image and those of all directories, ro is not writable, and neither is the rest of the image', async () => {
    expect(await on('cat /etc/hosts')).toMatch(/^127\.0\.0\.1[^]*10\.1\.0\.1 of-the-room\n10\.2\.0\.1 of-the-node\n$/);
    expect(await on('cat /etc/issue.net; for file in /etc/issue.net /usr/bin/env /etc/os-release; do echo x 2>/dev/null >>$file || echo $file refused; done')).toBe(
      'Authorized users only\n/etc/issue.net refused\n/usr/bin/env refused\n/etc/os-release refused\n',
    );
    expect(await on('echo x >>/etc/issue && echo x >>/etc/hosts && echo writable')).toBe('writable\n');
  });

  test('the persistent file was made in the store of the node', async () => {
    expect(await on('grep " /.statelite/persistent/n01 " /proc/mounts')).toContain(`${MASTER}:${join(site.home, 'state/n01')} `);
    await on('echo written by the node >/etc/database.conf; echo gone at the next boot >/etc/issue; sync');
    expect(readFileSync(join(site.home, 'state/n01/etc/database.conf'), 'utf8')).toBe('written by the node\n');
  });

  test('5: the log tells what was linked', async () => {
    expect(await on('cat /.statelite/statelite.log')).toMatch(/\/etc\/database\.conf from /);
  });

  test('1: a change of the image is there at once, without reboot', async () => {
    outputFileSync(join(root, 'etc/new-in-the-image'), 'instant\n');
    expect(await on('for i in 1 2 3 4 5 6 7 8 9; do cat /etc/new-in-the-image 2>/dev/null && break; sleep 5; done')).toBe('instant\n');
    outputFileSync(join(root, 'etc/new-in-the-image'), 'again\n');
    expect(await on('cat /etc/new-in-the-image')).toBe('again\n');
  });
});

describe('5, debugging', () => {
  test('"shell" at the end of the append line makes the boot pause three times, and without the # before "set -x" it shows every command', async () => {
    const bootFile = join(site.home, 'tftpboot/pxelinux.cfg/n01');
    writeFileSync(bootFile, readFileSync(bootFile, 'utf8').replace(/^( {2}APPEND .*)$/m, '$1 shell'));
    const script = join(root, 'etc/init.d/statelite');
    writeFileSync(script, readFileSync(script, 'utf8').replace('\n# set -x\n', '\nset -x\n'));
    outputFileSync(join(site.home, 'statelite/n01/etc/database.conf'), 'of the directory, too late\n');
    expect((await site.must('rpower', 'japan', 'boot')).stdout).toBe('n01: on reset\n');
    for (const times of [1, 2, 3]) {
      await waitForConsole(site, 'n01', 'statelite: paused', times, 300);
      await waitForConsole(site, 'n01', 'statelite# ', times, 60);
      await typeOnConsole(site, 'n01', 'exit\n');
    }
    await waitForConsole(site, 'n01', ' login: ', 1, 300);
    const shown = consoleOf(requireLab(site.system), 'n01');
    expect(shown.split('statelite: paused')).toHaveLength(4);
    expect(shown).toMatch(/^\+ mkdir /m);
  }, 12 * MINUTES);

  test('1: what is persistent outlived the boot and was left alone, what is in RAM is new', async () => {
    expect(await on('cat /etc/database.conf; cat /etc/issue')).toMatch(/^written by the node\n(?!gone)/);
  });
});
