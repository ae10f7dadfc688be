// The shipped overlays on booted nodes, looked at with the commands an admin types there. local-scratch by the article and ssh are in seed-warewulf.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { requireLab } from '../../lib/lab/instance.ts';
import { asset } from '../../lib/system/assets.ts';
import { openBootSite, quickstartImage, toldBy, typeRows, type BootSite } from '../helpers/boot-site.ts';
import type { CliResult } from '../helpers/cli.ts';

const MINUTES = 60_000;
const IMAGE = 'debian12-x86_64-compute';
const MASTER = '10.38.0.1';
/** The disks of n02, in this order: blank and too small, of the layout, blank. */
const DISKS = ['--disk', '100M', '--disk', 'nvme:300M', '--disk', '4G'];
const [SMALL, BLANK] = ['1-virtio.img', '3-virtio.img'] as const;

let site: BootSite;
let root: string;
const on = async (node: string, command: string): Promise<string> => (await site.must('litelab', 'run', node, command)).stdout;
const boot = (node: string, ...words: readonly string[]): Promise<CliResult> => site.must('litelab', 'boot', node, '--timeout', '400', '--nic', 'lab', '--nic', 'stray', ...words);
const write = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
};
const sum = (name: string): string => execFileSync('sha256sum', [join(requireLab(site.system).directory, 'disks/n02', name)], { encoding: 'utf8' });

/** What a command does to the addresses of a node, and whether the node can read what it has not read before. */
const addressesWhile = (command: string): string =>
  `ip -4 monitor address >/run/monitor & sleep 1; ${command}; sleep 3; kill $!; grep Deleted /run/monitor; echo 3 >/proc/sys/vm/drop_caches; ip -4 -br address show eth0; sha256sum </usr/bin/openssl`;
const kept = (address: string): string => `eth0             UP             ${address}/24 \n${createHash('sha256').update(readFileSync(join(root, 'usr/bin/openssl'))).digest('hex')}  -\n`;

beforeAll(async () => {
  site = await openBootSite('overlays');
  rmSync(site.home, { recursive: true, force: true });
  const install = join(site.home, 'install');
  for (const path of [join(site.home, 'tftpboot'), install]) mkdirSync(path, { recursive: true });
  for (const [key, value] of [['installdir', install], ['tftpdir', join(site.home, 'tftpboot')], ['master', MASTER], ['domain', 'cluster'], ['nameservers', '<xcatmaster>']]) await site.must('chtab', `key=${String(key)}`, `site.value=${String(value)}`);
  for (const node of ['n01', 'n02']) {
    await site.must('mkdef', '-t', 'node', node, 'groups=all', `ip=10.38.0.1${node.slice(2)}`, `mac=52:54:00:38:00:${node.slice(1)}`, 'netboot=pxe', 'mgt=lab',
      `nfsserver=${MASTER}`, `xcatmaster=${MASTER}`, 'serialport=0', 'serialspeed=115200');
  }
  for (const list of ['tables/samples/litefile.csv', 'tables/samples/debian/litefile.csv']) await site.must('tabrestore', '-a', asset(list));
  root = await quickstartImage(site, 'network-manager');
  const own = join(install, 'overlays');
  write(join(own, 'second-networkd/etc/systemd/network/20-second.network'), '[Match]\nName=ens*\n\n[Network]\nDHCP=ipv4\n');
  write(join(own, 'second-networkd/etc/NetworkManager/conf.d/none.conf'), '[keyfile]\nunmanaged-devices=*\n');
  write(join(own, 'second-networkmanager/etc/NetworkManager/system-connections/second.nmconnection'), '[connection]\nid=second\ntype=ethernet\n\n[match]\ninterface-name=ens*\n', 0o600);
  for (const [label, number, fstype, column] of [['work-swap', 1, 'swap', 'size=64M'], ['work', 2, 'ext4', 'mountpoint=/srv']]) {
    await site.must('chtab', 'layout=work', `label=${String(label)}`, ...['disk=/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_n02-disk2', `number=${String(number)}`, `fstype=${String(fstype)}`, String(column)].map((one) => `disklayout.${one}`));
  }
  await site.must('chtab', 'node=n02', 'localdisk.layout=work');
  await site.must('chtab', `imagename=${IMAGE}`, 'osimage.overlays=hosts,hostname,resolv');
  await site.must('chtab', 'node=n01', 'overlays.overlays=networkd,second-networkd,local-log');
  await site.must('chtab', 'node=n02', 'overlays.overlays=networkmanager,second-networkmanager,fstab,parted');
}, 10 * MINUTES);

afterAll(async () => {
  await site.close();
  rmSync(site.home, { recursive: true, force: true });
}, 2 * MINUTES);

test('the rows that litecheck and nodeset name, typed as they stand, are all that the sample list lacks', async () => {
  await typeRows(site, (await site.statelite('litecheck', '--fix', IMAGE)).stdout);
  await site.must('liteimg', IMAGE);
  const { exitCode, stderr } = await site.statelite('nodeset', 'all', `osimage=${IMAGE}`);
  expect([exitCode, [...stderr.matchAll(/chtab image=ALL file=(\S+)/g)].map(([, file]) => file)]).toEqual([1, expect.arrayContaining(['/etc/hosts', '/etc/hostname', '/mnt/'])]);
  await typeRows(site, stderr);
  await site.must('liteimg', IMAGE);
  await site.must('nodeset', 'all', `osimage=${IMAGE}`);
}, 2 * MINUTES);

describe('at the first boot', () => {
  beforeAll(async () => {
    await site.must('litelab', 'up');
    await Promise.all([boot('n01', '--disk', 'nvme:6G'), boot('n02', ...DISKS)]);
  }, 10 * MINUTES);

  test.each(['n01', 'n02'])('%s runs, has its name, the names of the others and the name server of the tables', async (node) => {
    const other = node === 'n01' ? 'n02' : 'n01';
    expect(await on(node, `systemctl is-system-running --wait; systemctl --failed --no-legend; hostname; cat /etc/hostname; getent hosts ${other}; getent -s dns hosts ${other}; cat /etc/resolv.conf`)).toMatch(new RegExp([
      '^running', node, node, `10\\.38\\.0\\.1${other.slice(2)} +${other}\\.cluster ${other}`, `10\\.38\\.0\\.1${other.slice(2)} +${other}`, 'search cluster', `nameserver ${MASTER}`, '$',
    ].join('\n')));
  });

  test('networkd: systemd-networkd has the interface of the root by the overlay\'s file, and a second one by the site\'s', async () => {
    expect(await on('n01', '/lib/systemd/systemd-networkd-wait-online --timeout=50 && state=online; networkctl status eth0; networkctl --no-legend; cat /sys/class/net/eth0/name_assign_type; echo $state'))
      .toMatch(/Network File: \/run\/systemd\/network\/10-root\.network\n +State: routable \(configured\)[^]* eth0 ether +routable +configured *\n +3 ens\d+ ether +routable +configured *\n4\nonline\n$/);
    expect(await on('n01', 'ip -4 -br address')).toMatch(/\nens\d+ +UP +192\.0\.2\.\d+\/24/);
  });

  test('networkd: the address stays when the files are read again, the interface is configured again and the service starts again', async () => {
    expect(await on('n01', addressesWhile('networkctl reload; networkctl reconfigure eth0; systemctl restart systemd-networkd'))).toBe(kept('10.38.0.11'));
    expect(await on('n01', '/lib/systemd/systemd-networkd-wait-online --interface=eth0 --timeout=50; networkctl --no-legend | grep eth0')).toMatch(/routable +configured/);
  });

  test('networkmanager: the connection of the root is active, and a second one from a keyfile that only root may read', async () => {
    expect(await on('n02', 'nm-online -q -s -t 60; nmcli -t -f DEVICE,STATE,CONNECTION device; nmcli -t -f NAME,FILENAME connection show --active; ls -lL /etc/NetworkManager/system-connections | cut -c 1-10 | tail -n 1'))
      .toMatch(/^eth0:connected:root\nens\d+:connected:second\nlo:connected \(externally\):lo\n[^]*root:\/run\/NetworkManager\/system-connections\/root\.nmconnection\n[^]*-rw-------\n$/);
    expect(await on('n02', 'nmcli -g ipv4.method,ipv4.addresses,ipv4.gateway connection show root; ip -4 -br address')).toMatch(/^manual\n10\.38\.0\.12\/24\n10\.38\.0\.1\n[^]*\nens\d+ +UP +192\.0\.2\.\d+\/24/);
  });

  test('networkmanager: the address stays when the connections are read again and the service starts again', async () => {
    expect(await on('n02', addressesWhile('nmcli connection reload; nmcli device reapply eth0 >/run/reapply; systemctl restart NetworkManager; nm-online -q -s -t 60'))).toBe(kept('10.38.0.12'));
    expect(await on('n02', 'nmcli -t -f DEVICE,STATE,CONNECTION device | grep eth0; tail -n 1 /etc/resolv.conf')).toBe(`eth0:connected:root\nnameserver ${MASTER}\n`);
  });

  // findmnt warns of a mount point that is reached by a link, and of each second line for swap.
  test('fstab: has the partitions of the layout, which are in use; parted: has made those of the first blank disk that is large enough', async () => {
    expect(await on('n02', 'grep -v "^#" /etc/fstab; findmnt --verify 2>&1 | grep errors; findmnt -rno SOURCE,FSTYPE --target /srv; findmnt -rno SOURCE,FSTYPE --target /mnt/scratch; swapon --show=NAME --noheadings | sort')).toBe([
      'LABEL=work-swap swap swap defaults 0 0', 'LABEL=work /srv ext4 defaults 0 0', 'LABEL=local-swap swap swap defaults,nofail 0 0', 'LABEL=local-scratch /mnt/scratch ext4 defaults,X-mount.mkdir,nofail 0 0',
      '0 parse errors, 0 errors, 2 warnings', '/dev/nvme0n1p2 ext4', '/dev/vdb2 ext4', '/dev/nvme0n1p1', '/dev/vdb1', '',
    ].join('\n'));
    expect(await on('n02', 'systemctl list-units --no-legend --plain --state=active "*.swap" | grep -c . ; head -c 104857600 /dev/zero | cmp - /dev/vda && echo blank')).toBe('2\nblank\n');
  });

  test('local-log: swap, logs that begin as the image\'s, and scratch are in use, by lines of fstab that findmnt finds right', async () => {
    expect(await on('n01', 'findmnt --verify 2>&1 | grep errors; for at in /var/log /mnt/scratch; do findmnt -rno SOURCE,LABEL --target $at; done; swapon --show=NAME --noheadings; ls -d /var/log/apt'))
      .toBe('0 parse errors, 0 errors, 2 warnings\n/dev/nvme0n1p2 local-log\n/dev/nvme0n1p3 local-scratch\n/dev/nvme0n1p1\n/var/log/apt\n');
  });
});

describe('at the second boot', () => {
  const keep = 'sha256sum /mnt/scratch/keep; blkid -s UUID -o value $(findmnt -rno SOURCE --target /mnt/scratch) /dev/disk/by-label/local-swap';
  let before: readonly string[] = [];

  beforeAll(async () => {
    for (const node of ['n01', 'n02']) await on(node, 'head -c 3000000 /dev/urandom >/mnt/scratch/keep; logger -t first-boot a line of the first boot; journalctl --sync; sync');
    before = [await on('n01', keep), await on('n02', keep)];
    await site.must('litelab', 'reboot', 'n01,n02', '--timeout', '400');
  }, 10 * MINUTES);

  test('what is on the disks is there, bit for bit; a line that was logged before can be read', async () => {
    expect([await on('n01', keep), await on('n02', keep)]).toEqual(before);
    expect(await on('n01', 'journalctl --merge --no-pager --output=cat -t first-boot; findmnt -rno LABEL --target /var/log; ls -l /proc/$(pidof systemd-journald)/fd | grep -c /var/log/journal/')).toBe('a line of the first boot\nlocal-log\n1\n');
    expect(await on('n02', 'grep "^script 70-parted" /.statelite/statelite.log; systemctl is-system-running --wait')).toMatch(/^script 70-parted: local-swap is \/dev\/vdb1\nscript 70-parted: local-scratch is \/dev\/vdb2\nscript 70-parted is done after \d+ ms\nrunning\n$/);
  });
});

describe('at a boot with another disk', () => {
  let [foreign, small] = ['', ''];

  beforeAll(async () => {
    await site.must('litelab', 'off', 'n01,n02');
    execFileSync('sh', ['-euc', 'wipefs -qaf "$1"; mkfs.ext4 -qF -L home "$1"', 'sh', join(requireLab(site.system).directory, 'disks/n02', BLANK)]);
    [foreign, small] = [sum(BLANK), sum(SMALL)];
    await site.must('chtab', 'node=n01', 'overlays.overlays=networkd,second-networkd,local-scratch');
    await site.must('nodeset', 'n01', `osimage=${IMAGE}`);
    await Promise.all([boot('n01', '--disk', '1G'), boot('n02', ...DISKS)]);
  }, 10 * MINUTES);

  test('parted: a foreign disk is left alone, a blank one that is too small too, and both are told; the node runs', async () => {
    expect(await toldBy(site, 'n02', /^n02: booted/)).toMatch(/^n02: warning: the init script 70-parted ended with 1: no disk of 3 GiB or more is blank: nothing was made, no disk was touched/m);
    expect(await on('n02', 'systemctl is-system-running --wait; blkid -o value -s LABEL /dev/vdb')).toBe('running\nhome\n');
    await site.must('litelab', 'off', 'n02');
    expect([sum(BLANK), sum(SMALL)]).toEqual([foreign, small]);
  }, 10 * MINUTES);

  test('local-scratch: makes a file system on the blank disk', async () => {
    expect(await on('n01', 'grep "^script 70" /.statelite/statelite.log; findmnt -rno SOURCE,FSTYPE,LABEL --target /mnt/scratch; systemctl is-system-running --wait')).toMatch(/^script 70-mkfs-local-scratch: making local-scratch on \/dev\/vda\n[^]*\/dev\/vda1 ext4 local-scratch\nrunning\n$/);
  });
});
