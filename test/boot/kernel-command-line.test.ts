import { describe, expect, test } from '@jest/globals';
import type { TableData } from '../../tables/table.ts';
import { kernelCommandLine } from '../../lib/boot/kernel-command-line.ts';
import { commandLineFor, loaderNamed } from '../../lib/boot/loaders.ts';
import { createCluster } from '../../lib/cluster/create.ts';

const base: TableData = {
  site: [{ key: 'master', value: '172.10.0.1' }],
  nodelist: [{ node: 'n01', groups: 'compute,all' }],
  osimage: [{ imagename: 'all-image', osvers: 'centos5.3', osarch: 'x86_64', profile: 'all' }],
};

function lineOf(tables: TableData, { loader = 'pxe', shell = false } = {}): string {
  const cluster = createCluster({ ...base, ...tables });
  const image = cluster.image('all-image');
  if (image === undefined) throw new Error('no image');
  return commandLineFor(loaderNamed(loader, 'n01'), 'n01', kernelCommandLine(cluster, 'n01', image, shell));
}

describe('the kernel command line', () => {
  test('has the words of the 2010 design in their order', () => {
    expect(lineOf({
      statelite: [{ node: 'compute', statemnt: 'cnfs:/gpfs/state' }],
      nodehm: [{ node: 'compute', serialport: '0', serialspeed: '115200', serialflow: 'hard' }],
    })).toBe('NFSROOT=172.10.0.1:/install/netboot/centos5.3/x86_64/all STATEMNT=cnfs:/gpfs/state XCAT=172.10.0.1:3001 NODE=n01 console=tty0 console=ttyS0,115200n8r');
  });

  test.each([['x86_64', 'ttyS1'], ['aarch64', 'ttyAMA1'], ['ppc64le', 'hvc1']])('names the serial console of %s %s', (arch, device) => {
    expect(lineOf({ nodehm: [{ node: 'compute', serialport: '1', serialspeed: '9600' }], osimage: [{ imagename: 'all-image', osvers: 'centos5.3', osarch: arch, profile: 'all' }] })).toMatch(new RegExp(` console=tty0 console=${device},9600$`));
  });

  test('leaves STATEMNT empty for a node without a store', () => {
    expect(lineOf({})).toBe('NFSROOT=172.10.0.1:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=172.10.0.1:3001 NODE=n01');
  });

  test.each([
    ['nfsserver before tftpserver', { nfsserver: '10.0.0.2', tftpserver: '10.0.0.3', xcatmaster: '10.0.0.4' }, 'NFSROOT=10.0.0.2:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=10.0.0.4:3001'],
    ['tftpserver before xcatmaster', { tftpserver: '10.0.0.3', xcatmaster: '10.0.0.4' }, 'NFSROOT=10.0.0.3:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=10.0.0.4:3001'],
    ['<xcatmaster> as not set', { nfsserver: '<xcatmaster>', xcatmaster: '10.0.0.4' }, 'NFSROOT=10.0.0.4:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=10.0.0.4:3001'],
    ['a name of the hosts table', { nfsserver: 'cnfs' }, 'NFSROOT=10.0.0.9:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=172.10.0.1:3001'],
    ['service nodes in order, the first for the image', { servicenode: 'cnfs,10.0.0.5,cnfs' }, 'NFSROOT=10.0.0.9:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=10.0.0.9:3001,10.0.0.5:3001'],
    ['xcatmaster before servicenode', { servicenode: '10.0.0.5', xcatmaster: '10.0.0.4, 10.0.0.6' }, 'NFSROOT=10.0.0.4:/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=10.0.0.4:3001,10.0.0.6:3001'],
    ['nfsdir in place of the install directory', { nfsdir: '/vol/xCAT/install' }, 'NFSROOT=172.10.0.1:/vol/xCAT/install/netboot/centos5.3/x86_64/all STATEMNT= XCAT=172.10.0.1:3001'],
    ['nfsdir with two slashes as the directory itself', { nfsdir: '//exports/all' }, 'NFSROOT=172.10.0.1:/exports/all STATEMNT= XCAT=172.10.0.1:3001'],
  ])('takes %s', (_what, noderes, expected) => {
    expect(lineOf({ noderes: [{ node: 'all', ...noderes }], hosts: [{ node: 'cnfs', ip: '10.0.0.9' }] })).toBe(`${expected} NODE=n01`);
  });

  test('ends with NFS options, the words of the image, those of the node, and shell', () => {
    expect(lineOf({
      osimage: [{ imagename: 'all-image', osvers: 'centos5.3', osarch: 'x86_64', profile: 'all', nfsrootopts: 'vers=4.1,nocto' }],
      linuximage: [{ imagename: 'all-image', addkcmdline: 'quiet  dyndbg="file nfs +p" R::rhgb' }],
      bootparams: [{ node: 'n01', addkcmdline: 'rack=#NODEATTRIB:nodepos:rack# master=#TABLE:site:key=master:value#' }],
      nodepos: [{ node: 'all', rack: 'r7' }],
    }, { shell: true })).toMatch(/ NODE=n01 NFSROOTOPTS=vers=4\.1,nocto quiet dyndbg="file nfs \+p" rack=r7 master=172\.10\.0\.1 shell$/);
  });

  test('brings up the further interfaces of the image, and last that which nodes boot from; ip= of the site takes their place', () => {
    const further = (row: object, more: TableData = {}) => lineOf({ linuximage: [{ imagename: 'all-image', ...row }], ...more }).replace(/^.* NODE=n01 ?/, '');
    expect(further({ nodebootif: 'eth0', otherifce: 'eth1,ib0' })).toBe('ip=eth1:dhcp ip=ib0:dhcp ip=eth0:dhcp bootdev=eth0');
    expect(further({ nodebootif: 'eth0', otherifce: 'eth1', addkcmdline: 'quiet' }, { bootparams: [{ node: 'n01', addkcmdline: 'ip=10.0.0.9::10.0.0.1:24::eth0:none' }] })).toBe('quiet ip=10.0.0.9::10.0.0.1:24::eth0:none');
    expect(further({ nodebootif: 'eth0' })).toBe('');
    expect(() => further({ otherifce: 'eth1' })).toThrow('otherifce is eth1 and nodebootif is ""');
    expect(() => further({ nodebootif: 'eth0', otherifce: 'eth1:x' })).toThrow('wanted are names of interfaces');
  });

  test('speaks of what is missing', () => {
    expect(() => lineOf({ site: [] })).toThrow('n01: no server is known: noderes.xcatmaster, noderes.servicenode and the site row master are empty');
    expect(() => lineOf({ nodehm: [{ node: 'n01', serialport: '1' }] })).toThrow('n01: nodehm.serialport is 1, but nodehm.serialspeed is empty');
    expect(() => lineOf({ bootparams: [{ node: 'n01', addkcmdline: 'room=#NODEATTRIB:nodepos:room#' }] })).toThrow('n01: #NODEATTRIB:nodepos:room# in bootparams.addkcmdline of n01 has no value');
    expect(() => lineOf({ bootparams: [{ node: 'n01', addkcmdline: 'a="b' }] })).toThrow('wanted one line with paired quotes');
  });

  test.each([
    ['pxe', 'opt="a b"'],
    ['grub2', "'opt=a b'"],
  ])('carries a blank as %s reads it', (loader, expected) => {
    expect(lineOf({ bootparams: [{ node: 'n01', addkcmdline: 'opt="a b"' }] }, { loader })).toContain(` NODE=n01 ${expected}`);
  });

  test.each([
    ['xnba', 'opt="a b"'], ['xnba', 'opt=${net0/mac}'], ['grub2', "it's"], ['pxe', 'a=1\ninitrd=/etc/shadow'],
  ])('refuses for %s what it cannot carry: %j', (loader, addkcmdline) => {
    expect(() => lineOf({ bootparams: [{ node: 'n01', addkcmdline }] }, { loader })).toThrow(/n01: (the kernel argument .* cannot be written for|bootparams.addkcmdline of n01 is)/);
  });

  test('is no longer than a kernel takes', () => {
    expect(() => lineOf({ bootparams: [{ node: 'n01', addkcmdline: 'x'.repeat(2000) }] })).toThrow(/n01: the kernel command line has 20\d\d bytes, a kernel takes 2047/);
  });
});
