import { describe, expect, test } from '@jest/globals';
import { acceleration } from '../../lib/lab/accel.ts';
import { withArguments } from '../../lib/lab/bootable.ts';
import { createKeyFilter } from '../../lib/lab/console.ts';
import { bootOutcome } from '../../lib/lab/console-log.ts';
import { readDisks } from '../../lib/lab/disks.ts';
import { readNics, tapName } from '../../lib/lab/nics.ts';
import { nodePaths, qemuArguments } from '../../lib/lab/qemu.ts';

describe('the boot file the lab serves', () => {
  test('has the arguments of the lab at the end of each APPEND line and is otherwise the same', () => {
    const text = '#statelite img\nDEFAULT xCAT\nLABEL xCAT\n  KERNEL k\n  APPEND initrd=i NFSROOT=a:/b \nIPAPPEND 2\n';
    expect(withArguments(text, 'x=1 y')).toBe('#statelite img\nDEFAULT xCAT\nLABEL xCAT\n  KERNEL k\n  APPEND initrd=i NFSROOT=a:/b x=1 y\nIPAPPEND 2\n');
  });

  test('has them in the lines of iPXE and GRUB that hold a kernel\'s', () => {
    expect(withArguments('#!gpxe\nimgload kernel\nimgargs kernel a BOOTIF=01-${netX/mac:hexhyp}\nimgexec kernel\n', 'x'))
      .toBe('#!gpxe\nimgload kernel\nimgargs kernel a BOOTIF=01-${netX/mac:hexhyp} x\nimgexec kernel\n');
    expect(withArguments('menuentry "m" {\n  linux /k a\n  initrd /i\n}\n', 'x')).toBe('menuentry "m" {\n  linux /k a x\n  initrd /i\n}\n');
  });

  test('is none when it starts no kernel', () => {
    expect(withArguments('DEFAULT xCAT\nLABEL xCAT\n  LOCALBOOT 0\n', 'x')).toBeUndefined();
  });
});

describe('the console tells', () => {
  test.each([
    ['booting', '[    0.000000] Linux version 6.1\r\n[  OK  ] Started getty\r\n'],
    ['booting', 'Last login: Mon Jan  1\r\n'],
    ['up', '\r\nDebian GNU/Linux 12 n01 ttyS0\r\n\r\n\u001b[0mn01 login: '],
    ['up', 'n01 login: [   50.1] late kernel line\r\n'],
    ['booting', 'statelite: STOPPED: local disk: REFUSED /dev/vda\r\nstatelite: rebooting in 60 s\r\n[    0.000000] Linux version 6.1\r\n[  OK  ] Started getty\r\n'],
    ['stopped', '[    0.000000] Linux version 6.1\r\nstatelite: STOPPED: local disk: REFUSED /dev/vda\r\niPXE (http://ipxe.org)\r\n'],
    ['stopped', '[    3.2] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n'],
    ['stopped', 'You are in emergency mode. After logging in, type "journalctl -xb"\r\n'],
    ['stopped', 'Loading xcat/initrd.gz...failed: No such file or directory\r\nboot: '],
    ['stopped', 'Could not find kernel image: xcat/kernel\r\nboot: '],
    ['stopped', 'BdsDxe: starting Boot0003 "EFI Internal Shell"\r\nUEFI Interactive Shell v2.2\r\n'],
    ['stopped', '  Failed to boot both default and fallback entries.\r\n\r\nPress any key to continue...'],
  ])('%s from %j', (state, text) => {
    expect(bootOutcome(text).state).toBe(state);
  });
});

describe('leaving a console', () => {
  test('takes the three keys in one piece or in several, and passes all other keys on', () => {
    const filter = createKeyFilter();
    expect(filter('ls\u0005')).toEqual({ send: 'ls', leave: false });
    expect(filter('cx')).toEqual({ send: '\u0005cx', leave: false });
    expect(filter('\u0005\u0005c')).toEqual({ send: '\u0005', leave: false });
    expect(filter('.')).toEqual({ send: '', leave: true });
  });
});

describe('acceleration', () => {
  const machine = (cpuinfo: string, kvm: boolean) => ({ cpuinfo: () => cpuinfo, canOpenKvm: () => kvm });

  test.each([
    ['kvm', 'flags\t\t: fpu vmx sse', true], ['kvm', 'flags\t\t: fpu svm', true], ['tcg', 'flags\t\t: fpu sse hypervisor', true], ['tcg', 'flags\t\t: fpu vmx', false],
  ])('is %s for %j when /dev/kvm opens: %p', (wanted, cpuinfo, kvm) => {
    expect(acceleration({}, machine(cpuinfo, kvm))).toBe(wanted);
  });

  test('is what STATELITE_ACCEL says, and nothing else is understood', () => {
    expect(acceleration({ STATELITE_ACCEL: 'kvm' }, machine('', false))).toBe('kvm');
    expect(() => acceleration({ STATELITE_ACCEL: 'hvf' })).toThrow('STATELITE_ACCEL is "hvf", wanted kvm or tcg');
  });
});

describe('disks', () => {
  test('are read with how they are attached, virtio when nothing is said', () => {
    expect(readDisks(['1G', 'sata:200M', 'raid:2G'])).toEqual([{ kind: 'virtio', mib: 1024 }, { kind: 'sata', mib: 200 }, { kind: 'raid', mib: 2048 }]);
    expect(readDisks(['none'])).toEqual([]);
    expect(() => readDisks(['floppy:1M'])).toThrow('--disk is "floppy:1M", wanted a size such as 1G, one with virtio, nvme, sata, sas, raid, scsi before it such as nvme:2G, or none');
    expect(() => readDisks(['sata:'])).toThrow('--disk is "sata:"');
  });
});

describe('QEMU', () => {
  test('gets a controller for each kind of disk, and disks with a serial number and a world wide name', () => {
    const disks = (['sata', 'sata', 'sas', 'virtio'] as const).map((kind, index) => ({ kind, path: `/d/${index + 1}`, number: index + 1 }));
    const line = qemuArguments({ node: 'n01', mac: '52:54:00:00:00:0a', memory: 512, acceleration: 'tcg', firmware: 'bios', paths: nodePaths({ directory: '/lab' }, 'n01'), disks }).join(' ');
    expect(line.match(/-device \S*(?:ahci|1068|id=disk|drive=)\S*/g)).toEqual([
      '-device ich9-ahci,id=sata', '-device mptsas1068,id=sas',
      '-device ide-hd,bus=sata.0,drive=disk0,serial=n01-disk1,wwn=0x552540000000a001', '-device ide-hd,bus=sata.1,drive=disk1,serial=n01-disk2,wwn=0x552540000000a002',
      '-device scsi-hd,bus=sas.0,drive=disk2,serial=n01-disk3,wwn=0x552540000000a003', '-device virtio-blk-pci,drive=disk3,serial=n01-disk4',
    ]);
  });

  test('gets console, shell and monitor as sockets, the MAC and the port of the bridge', () => {
    const paths = nodePaths({ directory: '/lab,1' }, 'n01');
    const line = qemuArguments({ node: 'n01', mac: '52:54:00:00:00:0a', memory: 512, acceleration: 'tcg', firmware: 'bios', paths }).join(' ');
    expect(line).toContain('-accel tcg');
    expect(line).toContain('ifname=t52540000000a,');
    expect(line).toContain('mac=52:54:00:00:00:0a,bootindex=1');
    expect(line).toContain('path=/lab,,1/run/nodes/n01/console,server=on,wait=off,logfile=/lab,,1/log/n01.console.log');
    expect(tapName('52:54:00:00:00:0a').length).toBeLessThanOrEqual(15);
  });

  test('gets UEFI with settings of its own and no ROM on the card; for boot by HTTP the firmware is told to leave PXE out', () => {
    const line = (firmware: 'uefi' | 'uefi-http'): string =>
      qemuArguments({ node: 'n01', mac: '52:54:00:00:00:0a', memory: 512, acceleration: 'tcg', firmware, paths: nodePaths({ directory: '/lab' }, 'n01') }).join(' ');
    expect(line('uefi')).toContain('if=pflash,unit=1,format=raw,file=/lab/run/nodes/n01/uefi-settings');
    expect(line('uefi')).toContain('bootindex=1,romfile=');
    expect(line('uefi')).not.toContain('PXESupport');
    expect(line('uefi-http')).toContain('IPv4PXESupport,string=no');
  });

  test('gets the cards that are asked for in their order, boots from the one on the network of the tables, and in a VLAN without firmware', () => {
    const line = (nics: readonly string[]): string => qemuArguments({
      node: 'n01', mac: '52:54:00:00:00:0a', memory: 512, acceleration: 'tcg', firmware: 'bios', paths: nodePaths({ directory: '/lab' }, 'n01'), nics: readNics(nics),
      kernel: nics.includes('vlan7') ? { kernel: '/k', initrd: '/i', arguments: 'a b' } : undefined,
    }).join(' ');
    expect(line(['stray', 'dead', 'lab'])).toMatch(/-netdev user,id=net0,restrict=on,[^]*mac=0e:00:00:00:00:0a,romfile= [^]*hubport,id=net1,[^]*mac=0e:01:00:00:00:0a,romfile= [^]*tap,id=net2,[^]*mac=52:54:00:00:00:0a,bootindex=1 /);
    expect(line(['vlan7'])).toMatch(/-netdev vde,id=net0,sock=\/lab\/run\/nodes\/n01\/vde,port=2 [^]*mac=52:54:00:00:00:0a,romfile= -kernel \/k -initrd \/i -append a b /);
    expect(() => readNics(['vlan4095', 'lab'])).toThrow('--nic is "vlan4095", wanted lab, vlan and its number (1 to 4094), dead or stray');
    expect(() => readNics(['stray'])).toThrow("wanted exactly one on the lab's network");
  });

  test('is not asked to make a socket the kernel would refuse', () => {
    expect(() => nodePaths({ directory: `/${'x'.repeat(100)}` }, 'n01')).toThrow('too long for a socket');
  });
});
