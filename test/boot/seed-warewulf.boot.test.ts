// The examples of the Warewulf article, as an admin does them here: the scripts are the article's, file by file, but for the directory they go to.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inside, requireLab } from '../../lib/lab/instance.ts';
import { keeperReport } from '../../lib/lab/lab.ts';
import { asset } from '../../lib/system/assets.ts';
import { consoleOf, openBootSite, quickstartImage, toldBy, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.33.0.1';
/** What the article's second and third script need, which its author installed too. */
const PACKAGES = ['parted', 'rsync'];
const SCRATCH = 'LABEL=local-scratch /mnt/scratch ext4 defaults,X-mount.mkdir,nofail 0 0\n';
const SWAP = 'LABEL=local-swap swap swap defaults,nofail 0 0\n';
const LOG = 'LABEL=local-log /var/log ext4 defaults,nofail 0 0\n';

let site: BootSite;
let install: string;
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const script = (overlay: string, name: string, called = name): void => {
  const path = join(install, 'overlays', overlay, 'statelite/init.d', called);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(asset(`test/boot/seed-warewulf/${name}`), path);
};
const on = async (node: string, command: string): Promise<string> => (await site.must('litelab', 'run', node, command)).stdout;
const logOf = (node: string): Promise<string> => on(node, 'cat /.statelite/statelite.log');

beforeAll(async () => {
  site = await openBootSite('warewulf');
  rmSync(site.home, { recursive: true, force: true });
  install = join(site.home, 'install');
  for (const path of [join(site.home, 'tftpboot'), join(site.home, 'state')]) mkdirSync(path, { recursive: true });
  for (const [key, value] of [['installdir', install], ['tftpdir', join(site.home, 'tftpboot')], ['master', MASTER], ['domain', 'cluster'], ['nameservers', '<xcatmaster>']]) await site.must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  for (const [node, group] of [['n01', 'scratch'], ['n02', 'parted']]) {
    await site.must('mkdef', '-t', 'node', String(node), `groups=${String(group)},all`, `ip=10.33.0.1${String(node).slice(2)}`, `mac=52:54:00:33:00:${String(node).slice(1)}`, 'netboot=pxe', 'mgt=lab', 'serialport=0', 'serialspeed=115200');
  }
  await site.must('chtab', 'node=all', `statelite.statemnt=${MASTER}:${join(site.home, 'state')}`);
  for (const list of ['tables/samples/litefile.csv', 'tables/samples/debian/litefile.csv']) await site.must('tabrestore', '-a', asset(list));
  for (const file of ['/etc/hosts', '/etc/hostname', '/opt/']) await site.must('chtab', 'image=ALL', `file=${file}`, 'litefile.options=');
  const rootimg = await quickstartImage(site, ...PACKAGES);
  await site.system.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(site.home, 'id_ed25519')]);
  await site.must('add_ssh', '--from', site.home, rootimg);
}, 15 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

describe('local scratch, and partitions on other nodes', () => {
  test('an fstab that mounts where the node can make no directory is refused, with the row to add', async () => {
    write(join(install, 'overlays/wwinit/etc/fstab.njk'), '# wwinit on {{ node.name }}\n');
    write(join(install, 'overlays/local-scratch/etc/fstab'), SCRATCH);
    script('local-scratch', '70-mkfs-local-scratch');
    write(join(install, 'overlays/parted/etc/fstab'), `${SWAP}${SCRATCH}`);
    script('parted', '70-parted');
    write(join(install, 'overlays/tools/opt/tool'), 'tool');
    await site.system.run('setcap', ['cap_net_raw+ep', join(install, 'overlays/tools/opt/tool')]);
    write(join(install, 'overlays/tools/statelite/init.d/80-license'), '#!/bin/sh\ngetcap /opt/tool\necho "no license for $NODE" >&2\nexit 4\n');
    await site.must('chtab', `imagename=${IMAGE}`, 'osimage.overlays=wwinit,hosts,hostname,resolv,networkd,ssh,tools');
    await site.must('chtab', 'node=scratch', 'overlays.overlays=local-scratch');
    await site.must('chtab', 'node=parted', 'overlays.overlays=parted');
    await site.must('liteimg', IMAGE);
    const { exitCode, stderr } = await site.statelite('nodeset', 'n01', `osimage=${IMAGE}`);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/overlay local-scratch, etc\/fstab: it mounts on \/mnt\/scratch, .*\n.*file=\/mnt\//)]);
    await site.must('chtab', 'image=ALL', 'file=/mnt/', 'litefile.options=');
    await site.must('liteimg', IMAGE);
    expect((await site.must('nodeset', 'all', `osimage=${IMAGE}`)).stdout).toBe(`n01: statelite ${IMAGE}\nn02: statelite ${IMAGE}\n`);
  });

  test('both boot', async () => {
    await site.must('litelab', 'up');
    await Promise.all([site.must('litelab', 'boot', 'n01', '--disk', '1G', '--timeout', '600'), site.must('litelab', 'boot', 'n02', '--disk', '4G', '--timeout', '600')]);
  }, 12 * MINUTES);

  test('the script has made the file system before init, which mounts it by fstab; each step is logged', async () => {
    expect(await logOf('n01')).toMatch(/^script 70-mkfs-local-scratch: Creating local-scratch filesystem on \/dev\/vda\n[^]*^script 70-mkfs-local-scratch is done after \d+ ms$/m);
    expect(await on('n01', 'findmnt --noheadings --output SOURCE,FSTYPE --target /mnt/scratch')).toMatch(/^\/dev\/vda +ext4\n$/);
  });

  test('the later overlay\'s fstab has taken the place of the earlier one\'s', async () => {
    expect([await on('n01', 'cat /etc/fstab'), await on('n02', 'cat /etc/fstab')]).toEqual([SCRATCH, `${SWAP}${SCRATCH}`]);
  });

  test('nodes of the other group have partitions, and swap on', async () => {
    expect(await logOf('n02')).toMatch(/^script 70-parted: Writing partition table to \/dev\/vda$/m);
    expect(await on('n02', 'findmnt --noheadings --output SOURCE --target /mnt/scratch; swapon --show=NAME --noheadings')).toBe('/dev/vda2\n/dev/vda1\n');
  });

  test('litestat tells how the scripts ended, and the last words of one that failed', async () => {
    expect(await toldBy(site, 'n01', /^n01: booted/)).toMatch(/^n01: booted [^]*^n01: init script 70-mkfs-local-scratch done in \d+\.\d\d s: .+\nn01: init script 80-license FAILED with exit code 4 after \d+\.\d\d s\nn01: {3}\/opt\/tool cap_net_raw=ep\nn01: {3}no license for n01\nn01: warning: the init script 80-license ended with 4: no license for n01$/m);
  });

  test('a client that knows the site\'s authority logs in by ssh without a question; capabilities of overlay files are there', async () => {
    write(join(site.home, 'known_hosts'), (await site.must('liteoverlay', 'show', '-r', 'n01', '/etc/ssh/ssh_known_hosts')).stdout);
    const ssh = ['-F', 'none', '-i', join(site.home, 'id_ed25519'), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'UserKnownHostsFile=none', '-o', `GlobalKnownHostsFile=${join(site.home, 'known_hosts')}`, '-o', 'ConnectTimeout=60'];
    for (const [node, address] of [['n01', '10.33.0.11'], ['n02', '10.33.0.12']]) {
      const [program, ...words] = inside(requireLab(site.system), 'ssh', ...ssh, `root@${String(address)}`, 'hostname; cat /etc/hostname; getcap /opt/tool; cat /etc/resolv.conf');
      expect((await site.system.run(program, words)).stdout.trim()).toBe(`${String(node)}\n${String(node)}\n/opt/tool cap_net_raw=ep\nsearch cluster\nnameserver ${MASTER}`);
    }
    expect(existsSync(join(install, 'netboot/debian12/x86_64/compute/rootimg/etc/ssh/ssh_host_ed25519_key-cert.pub'))).toBe(false);
  });

  test('templates know all nodes', async () => {
    expect(await on('n01', 'cat /etc/hosts')).toMatch(/\n10\.33\.0\.11 n01\.cluster n01\n10\.33\.0\.12 n02\.cluster n02\n/);
  });

  test('what is on the disks is there after the second boot, bit for bit', async () => {
    const fill = 'head -c 3000000 /dev/urandom >/mnt/scratch/keep && sync && sha256sum /mnt/scratch/keep; blkid -s UUID -o value /dev/disk/by-label/local-scratch';
    const look = 'sha256sum /mnt/scratch/keep; blkid -s UUID -o value /dev/disk/by-label/local-scratch';
    const before = [await on('n01', fill), await on('n02', fill)];
    await Promise.all(['n01', 'n02'].map((node) => site.must('litelab', 'reboot', node, '--timeout', '600')));
    expect([await on('n01', look), await on('n02', look)]).toEqual(before);
    expect(await logOf('n01')).toMatch(/^script 70-mkfs-local-scratch: local-scratch filesystem already exists: \/dev\/vda$/m);
    expect(await logOf('n02')).toMatch(/^script 70-parted: Found local-scratch: \/dev\/vda2$/m);
    expect(await on('n02', 'swapon --show=NAME --noheadings')).toBe('/dev/vda1\n');
  }, 12 * MINUTES);

  test('logs begin as the image\'s, and what the first boot wrote to the journal is read in the second', async () => {
    write(join(install, 'overlays/logs/etc/fstab'), `${SWAP}${SCRATCH}${LOG}`);
    script('logs', '70-parted-with-log', '70-parted');
    await site.must('chtab', 'node=parted', 'overlays.overlays=logs');
    await site.must('nodeset', 'n02', `osimage=${IMAGE}`);
    await site.must('litelab', 'off', 'n02');
    await site.must('litelab', 'boot', 'n02', '--disk', '6G', '--timeout', '600');
    expect(await logOf('n02')).toMatch(/^script 70-parted: Populating local-log from image \/var\/log\/$/m);
    const places = 'findmnt --noheadings --output SOURCE --target /var/log; swapon --show=NAME --noheadings; ls -d /var/log/apt; systemctl --failed --no-legend';
    expect(await on('n02', `logger -t first-boot a line of the first boot; journalctl --sync; ${places}`)).toBe('/dev/vda2\n/dev/vda1\n/var/log/apt\n');
    await site.must('litelab', 'reboot', 'n02', '--timeout', '600');
    expect(await on('n02', `journalctl --merge --no-pager --output=cat -t first-boot; ${places}`)).toBe('a line of the first boot\n/dev/vda2\n/dev/vda1\n/var/log/apt\n');
    expect(await logOf('n02')).toMatch(/^script 70-parted: Found local-log: \/dev\/vda2$/m);
  }, 12 * MINUTES);

  test('the shipped overlays do as the article\'s: local-scratch takes what is there, local-log makes swap, logs and scratch on a blank NVMe disk', async () => {
    const look = 'sha256sum /mnt/scratch/keep; cat /etc/fstab';
    const before = (await on('n01', look)).split('\n')[0] ?? '';
    rmSync(join(install, 'overlays/local-scratch'), { recursive: true });
    await site.must('chtab', 'node=parted', 'overlays.overlays=local-log');
    await site.must('nodeset', 'all', `osimage=${IMAGE}`);
    await site.must('litelab', 'off', 'n02');
    await Promise.all([site.must('litelab', 'reboot', 'n01', '--timeout', '600'), site.must('litelab', 'boot', 'n02', '--disk', 'nvme:8G', '--timeout', '600')]);
    expect((await on('n01', look)).split('\n')).toEqual([before, '# wwinit on n01', SCRATCH.trim(), '']);
    expect(await logOf('n01')).toMatch(/^script 70-mkfs-local-scratch: local-scratch is \/dev\/vda$/m);
    expect(await logOf('n02')).toMatch(/^script 70-parted: making local-swap local-log local-scratch on \/dev\/nvme0n1$/m);
    const verified = 'findmnt --verify 2>&1 | grep errors';
    expect([await on('n01', verified), await on('n02', verified)]).toEqual(['0 parse errors, 0 errors, 1 warning\n', '0 parse errors, 0 errors, 2 warnings\n']);
    expect(await on('n02', 'for at in /var/log /mnt/scratch; do findmnt --noheadings --output SOURCE --target $at; done; swapon --show=NAME --noheadings; ls -d /var/log/apt')).toBe('/dev/nvme0n1p2\n/dev/nvme0n1p3\n/dev/nvme0n1p1\n/var/log/apt\n');
  }, 12 * MINUTES);

  test('a node\'s own files come with its plan, from beside the image when statelited is down; damaged there, they stop the node with one line', async () => {
    await site.must('chtab', 'node=n01', 'overlays.overlays=~ssh');
    await site.must('nodeset', 'all', `osimage=${IMAGE}`);
    const image = join(install, 'netboot/debian12/x86_64/compute');
    const plans = ['n01', 'n02'].map((node) => readFileSync(join(image, 'plans', node), 'utf8'));
    expect(readdirSync(join(image, 'overlays')).sort()).toEqual(plans.map((plan) => /^overlay shared (\S+)/m.exec(plan)?.[1] ?? '').sort());
    const lab = requireLab(site.system);
    const [program, ...words] = inside(lab, 'kill', '-KILL', String(keeperReport(site.system, lab).services.find(({ name }) => name === 'statelited')?.pid));
    await site.system.run(program, words);
    await site.must('litelab', 'reboot', 'n01', '--timeout', '600');
    expect(consoleOf(lab, 'n01')).toMatch(/WARNING: no plan from statelited at \S+; using the copy that nodeset left beside the image[^]*WARNING: no overlay from statelited; using the copy/);
    expect(await on('n01', 'cat /etc/hostname /etc/fstab; tail -n 1 /etc/hosts')).toBe(`n01\n# wwinit on n01\n${SCRATCH}10.33.0.12 n02.cluster n02\n`);
    write(join(image, 'plans/n01'), (plans[0] ?? '').replace(/(?<=^statelite-own .{40})./, (letter) => (letter === 'A' ? 'B' : 'A')));
    await site.must('litelab', 'off', 'n01');
    const { exitCode, stderr } = await site.statelite('litelab', 'boot', 'n01', '--timeout', '600');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/STOPPED: the copy of the plan, \S+\/compute\/plans\/n01, does not bring the files of n01 as it says$/m)]);
  }, 20 * MINUTES);
});
