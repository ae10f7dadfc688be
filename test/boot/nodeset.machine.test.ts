import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verb as makedhcpVerb } from '../../bin/makedhcp.ts';
import { verb as nodesetVerb } from '../../bin/nodeset.ts';
import { loadCluster } from '../../lib/cluster/load.ts';
import { readFacts } from '../../lib/image/locate.ts';
import { recordText } from '../../lib/image/manifest.ts';
import { ImageTree } from '../../lib/image/tree.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { claimToken } from '../../lib/db/tokens.ts';
import { resolvePolicy } from '../../lib/policy/resolve.ts';
import { selectRows } from '../../lib/policy/select.ts';
import { StateliteError } from '../../lib/errors.ts';
import { createFiles } from '../../lib/system/files.ts';
import type { System } from '../../lib/system/system.ts';
import type { Row } from '../../tables/table.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';

const IMAGE = 'debian12-x86_64-statelite-compute';
const LABEL = 'debian12-x86_64-compute';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); }, 60_000);
afterAll(() => server.close());

describe('nodeset', () => {
  let root = '';
  let system: System;
  let notices: string[] = [];
  const installed = (...parts: string[]): string => join(root, 'install/netboot/debian12/x86_64/compute', ...parts);
  const tftp = (...parts: string[]): string => join(root, 'tftpboot', ...parts);
  const text = (path: string): string => readFileSync(path, 'utf8');

  const write = (table: string, ...rows: Row[]): Promise<void> =>
    withDatabase(system, (database) => database.write(async (writer) => { for (const row of rows) await writer.upsert(table, row); }));
  const row = (table: string, node: string): Promise<Row | undefined> =>
    withDatabase(system, async (database) => (await database.read([table]))[table]?.find((each) => each['node'] === node));
  const context = () => ({ system, notice: (line: string) => { notices.push(line); }, print: () => undefined, terminal: false });
  const nodeset = (noderange: string, action: string, json = false) => {
    notices = [];
    return nodesetVerb.handler({ noderange, action, json }, context());
  };
  const makedhcp = (args: Partial<Parameters<typeof makedhcpVerb.handler>[0]>) => {
    notices = [];
    return makedhcpVerb.handler({ new: false, all: false, delete: false, query: false, form: 'dnsmasq', json: false, ...args }, context());
  };

  /** Leaves the image as liteimg does, as far as nodeset looks. */
  const prepare = () => withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const image = cluster.image(IMAGE);
    if (image === undefined) throw new Error('no image');
    const selection = selectRows(image, cluster.rows('litefile'));
    const { rows } = resolvePolicy(IMAGE, selection, readFacts(new ImageTree(createFiles(), installed('rootimg')), selection.rows.map(({ path }) => path), new Set()));
    mkdirSync(installed('rootimg/.statelite'), { recursive: true });
    writeFileSync(installed('rootimg/.statelite/manifest.json'), recordText({ version: 1, image: IMAGE, rows, created: [] }));
  });

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'nodeset-'));
    system = await server.newDatabase();
    system = { ...system, env: { ...system.env, STATELITE_HOME: join(root, 'home'), STATELITE_DNSMASQ_DIR: join(root, 'dnsmasq.d'), STATELITE_DNSMASQ_PID: join(root, 'dnsmasq.pid') } };
    mkdirSync(installed('rootimg/etc'), { recursive: true });
    writeFileSync(installed('rootimg/etc/motd'), 'hello\n');
    writeFileSync(installed('kernel'), 'the kernel');
    writeFileSync(installed('initrd-statelite.gz'), 'the initrd');
    await write('site', { key: 'installdir', value: join(root, 'install') }, { key: 'tftpdir', value: join(root, 'tftpboot') }, { key: 'master', value: '10.0.0.254' });
    await write('nodelist', ...['n01', 'n02', 'n03'].map((node) => ({ node, groups: 'all' })));
    await write('mac', { node: 'n01', mac: '52:54:00:00:00:01' }, { node: 'n02', mac: '52:54:00:00:00:0B!n02|52:54:00:00:00:ff!n02-ib' }, { node: 'n03', mac: '52:54:00:00:00:03' });
    await write('hosts', { node: 'n01', ip: '10.0.0.1' }, { node: 'n02', ip: '10.0.0.2' }, { node: 'n03', ip: '10.0.0.3' });
    await write('osimage', { imagename: IMAGE, osvers: 'debian12', osarch: 'x86_64', profile: 'compute', provmethod: 'statelite' });
    await write('linuximage', { imagename: IMAGE });
    await write('litefile', { image: 'ALL', file: '/etc/motd' });
    await write('litetree', { priority: '1', directory: '10.0.0.254:/sync/$node/$nodetype.os' });
    await prepare();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('with the site row nodetoken the boot-loader file has a new token each time, and only its hash is kept', async () => {
    await write('site', { key: 'nodetoken', value: 'yes' });
    const tokens: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const { output } = await nodeset('n01', `osimage=${IMAGE}`, true);
      const token = / TOKEN=([0-9a-f]{32})$/m.exec(text(tftp('pxelinux.cfg/n01')))?.[1] ?? '';
      expect(`${output}${JSON.stringify(await row('bootparams', 'n01'))}`).not.toContain('TOKEN');
      tokens.push(token);
    }
    expect(new Set(tokens).size).toBe(2);
    await withDatabase(system, async (database) => {
      expect([await claimToken(database, 'n01', tokens[0] ?? ''), await claimToken(database, 'n02', tokens[1] ?? ''), await claimToken(database, 'n01', tokens[1] ?? '')]).toEqual([false, false, true]);
    });
    await nodeset('n01', 'offline');
    expect(await withDatabase(system, (database) => claimToken(database, 'n01', tokens[1] ?? ''))).toBe(false);
  });

  test('writes kernel, initrd, boot-loader files, plans and tables', async () => {
    expect(await nodeset('n01-n02', `statelite=${LABEL}`)).toEqual({ exitCode: 0, output: `n01: statelite ${LABEL}\nn02: statelite ${LABEL}` });
    const directory = 'xcat/netboot/debian12/x86_64/compute';
    expect(text(tftp(directory, 'kernel'))).toBe('the kernel');
    expect(text(tftp(directory, 'initrd.gz'))).toBe('the initrd');
    const kcmdline = `NFSROOT=10.0.0.254:${installed()} STATEMNT= XCAT=10.0.0.254:3001 NODE=n01`;
    expect(text(tftp('pxelinux.cfg/01-52-54-00-00-00-01'))).toBe([
      `#statelite ${LABEL}`, 'DEFAULT xCAT', 'LABEL xCAT', `  KERNEL ${directory}/kernel`, `  APPEND initrd=${directory}/initrd.gz ${kcmdline}`, '  IPAPPEND 2', '',
    ].join('\n'));
    expect(['01-52-54-00-00-00-0b', '0A000002'].map((name) => readlinkSync(tftp('pxelinux.cfg', name)))).toEqual(['n02', 'n02']);
    expect(text(installed('plans/n01'))).toMatch(/^statelite-plan 1\nnode n01\n[^]*\nend \d+\n$/);
    expect(text(installed('plans/n01'))).toContain('/sync/n01/debian12/');
    expect(await row('nodetype', 'n01')).toEqual({ node: 'n01', provmethod: IMAGE, os: 'debian12', arch: 'x86_64', profile: 'compute' });
    expect(await row('bootparams', 'n01')).toEqual({ node: 'n01', kernel: `${directory}/kernel`, initrd: `${directory}/initrd.gz`, kcmdline });
    expect(await row('chain', 'n02')).toEqual({ node: 'n02', currstate: `statelite ${LABEL}` });
    expect(existsSync(tftp('pxelinux.0')) || notices.some((line) => line.includes('pxelinux.0 is missing'))).toBe(true);
  });

  test('run again writes nothing, and only what changed later', async () => {
    await nodeset('all', `osimage=${IMAGE}`);
    const stamps = () => [tftp('pxelinux.cfg'), tftp('xcat/netboot/debian12/x86_64/compute'), installed('plans')]
      .flatMap((directory) => [directory, ...readdirSync(directory).map((name) => join(directory, name))]).map((path) => [path, statSync(path, { bigint: true }).ctimeNs]);
    const before = stamps();
    expect((await nodeset('all', 'osimage')).output).toBe(['n01', 'n02', 'n03'].map((node) => `${node}: statelite ${LABEL}`).join('\n'));
    expect(stamps()).toEqual(before);
    writeFileSync(installed('initrd-statelite.gz'), 'a new initrd');
    await nodeset('all', 'osimage');
    expect(text(tftp('xcat/netboot/debian12/x86_64/compute/initrd.gz'))).toBe('a new initrd');
    expect(readdirSync(tftp('pxelinux.cfg')).filter((name) => /new|tmp/.test(name))).toEqual([]);
  });

  test.each([['pxelinux.cfg/.n02.new'], ['xcat/netboot/debian12/x86_64/compute/.initrd.gz.new'], ['plans/.n01.new']])('a disk that is full at %s leaves everything as it was, and says so', async (place) => {
    await nodeset('n01,n02', `osimage=${IMAGE}`);
    const seen = () => [tftp(), installed('plans')].map((directory) => (readdirSync(directory, { recursive: true }) as string[]).sort()
      .map((name) => [name, statSync(join(directory, name)).isFile() ? text(join(directory, name)) : '']));
    const before = { files: seen(), chain: await row('chain', 'n01'), parameters: await row('bootparams', 'n01') };
    await write('litetree', { priority: '7', directory: '10.0.0.254:/more' });
    await write('bootparams', { node: 'all', addkcmdline: 'quiet' });
    for (const name of ['kernel', 'initrd-statelite.gz']) writeFileSync(installed(name), `new ${name}`);
    const { files } = system;
    system = { ...system, files: { ...files, writeNew: (path, content, mode) => {
      if (path.endsWith(place)) throw new StateliteError('FILE_SYSTEM', `write ${path}: ENOSPC`);
      files.writeNew(path, content, mode);
    } } };
    await expect(nodeset('n01,n02', `osimage=${IMAGE}`)).rejects.toThrow(`${place}: ENOSPC`);
    expect({ files: seen(), chain: await row('chain', 'n01'), parameters: await row('bootparams', 'n01') }).toEqual(before);
    system = { ...system, files };
    expect((await nodeset('n01,n02', `osimage=${IMAGE}`)).exitCode).toBe(0);
    expect([text(tftp('xcat/netboot/debian12/x86_64/compute/kernel')), text(tftp('pxelinux.cfg/n01'))]).toEqual(['new kernel', expect.stringContaining(' quiet\n')]);
    expect((readdirSync(root, { recursive: true }) as string[]).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('knows stat, boot, shell and offline', async () => {
    await nodeset('n01', `osimage=${IMAGE}`);
    await nodeset('n02', 'boot');
    expect((await nodeset('all', 'stat')).output).toBe(`n01: statelite ${LABEL}\nn02: boot\nn03: offline`);
    expect(text(tftp('pxelinux.cfg/n02'))).toBe('#boot\nDEFAULT xCAT\nLABEL xCAT\n  LOCALBOOT 0\n');
    expect((await nodeset('n01', 'shell')).output).toBe(`n01: shell ${LABEL}`);
    expect(text(tftp('pxelinux.cfg/n01'))).toMatch(/ NODE=n01 shell\n/);
    expect((await nodeset('n01,n02', 'offline')).output).toBe('n01: offline\nn02: offline');
    expect(readdirSync(tftp('pxelinux.cfg'))).toEqual([]);
    expect(await row('chain', 'n01')).toEqual({ node: 'n01', currstate: 'offline' });
  });

  test('takes the store of the statelite table for persistent rows', async () => {
    await write('litefile', { image: 'ALL', file: '/etc/motd', options: 'persistent' });
    await write('statelite', { node: 'n01', statemnt: 'cnfs:/gpfs/state' });
    await prepare();
    const result = await nodeset('n01-n02', `osimage=${IMAGE}`);
    expect(result).toEqual({ exitCode: 1, output: `n01: statelite ${LABEL}` });
    expect(notices[0]).toBe('Error: n02: /etc/motd is persistent, but no statelite row says where the state of n02 lives');
    expect(text(tftp('pxelinux.cfg/n01'))).toContain(' STATEMNT=cnfs:/gpfs/state ');
    expect(existsSync(tftp('pxelinux.cfg/n02'))).toBe(false);
    expect(await row('nodetype', 'n02')).toBeUndefined();
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['without a MAC', () => write('mac', { node: 'n02', mac: '' }), 'n02: No MAC address available for this node: mac.mac is empty'],
    ['with a MAC that is none', () => write('mac', { node: 'n02', mac: 'aa:bb!n02' }), 'n02: No MAC address available for this node: mac.mac is "aa:bb!n02"'],
    ['without an address', () => write('hosts', { node: 'n02', ip: '' }), 'n02: No IPv4 address available for this node: hosts.ip is empty'],
    ['with an unknown boot loader', () => write('noderes', { node: 'n02', netboot: 'floppy' }), 'n02: noderes.netboot is floppy, wanted one of pxe'],
    ['with an unset variable', () => write('litetree', { priority: '2', directory: '10.0.0.254:/sync/$noderes.nfsdir' })
      .then(() => write('noderes', { node: 'n01', nfsdir: '/vol' }, { node: 'n03', nfsdir: '/vol' })), 'n02: '],
  ])('refuses a node %s, and does the others', async (_what, spoil, message) => {
    await spoil();
    const result = await nodeset('all', `osimage=${IMAGE}`);
    expect(notices.filter((line) => line.startsWith('Error: ')).map((line) => line.slice('Error: '.length))).toEqual([expect.stringContaining(message)]);
    expect(result).toEqual({ exitCode: 1, output: `n01: statelite ${LABEL}\nn03: statelite ${LABEL}` });
    expect(existsSync(tftp('pxelinux.cfg/n02'))).toBe(false);
  });

  test('refuses both of two nodes with one address', async () => {
    await write('hosts', { node: 'n02', ip: '10.0.0.1' });
    expect((await nodeset('all', `osimage=${IMAGE}`)).output).toBe(`n03: statelite ${LABEL}`);
    expect(notices.slice(0, 2)).toEqual([
      'Error: n01: the IPv4 address 10.0.0.1 (hosts.ip) is also that of n02', 'Error: n02: the IPv4 address 10.0.0.1 (hosts.ip) is also that of n01',
    ]);
  });

  test.each<[string, () => unknown, string, unknown]>([
    ['has no kernel', () => rmSync(installed('kernel')), `image ${IMAGE} has no kernel in `, `  Hint: genimage ${IMAGE}`],
    ['has no initrd', () => rmSync(installed('initrd-statelite.gz')), `image ${IMAGE} has no initrd-statelite.gz or initrd.gz in `, `  Hint: genimage ${IMAGE}`],
    ['has no root tree', () => rmSync(installed('rootimg'), { recursive: true }), `no root tree of the image ${IMAGE} at `, expect.stringContaining(`  Hint: genimage ${IMAGE}`)],
    ['has parts that may not belong together', () => writeFileSync(installed('.replacing'), '{}'), `${IMAGE} has a tree, a kernel and an initrd in `, `  Hint: liteimg ${IMAGE} finishes that`],
    ['was never lited', () => rmSync(installed('rootimg/.statelite'), { recursive: true }), 'liteimg has not prepared ', `  Hint: liteimg ${IMAGE}`],
    ['was lited for other rows', () => write('litefile', { image: 'ALL', file: '/etc/motd', options: 'ro' }, { image: '', file: '/var/tmp/' }),
      `the litefile rows of ${IMAGE} have changed since liteimg ran: /var/tmp is new, /etc/motd was file link and is file link,ro`, `  Hint: liteimg ${IMAGE}`],
  ])('refuses every node of an image that %s, in one line that names them', async (_what, spoil, message, hint) => {
    await spoil();
    expect(await nodeset('n01,n03', `osimage=${IMAGE}`)).toEqual({ exitCode: 1, output: '' });
    expect(notices).toEqual([expect.stringContaining(`Error: n[01,03]: ${message}`), hint]);
    expect(existsSync(tftp('pxelinux.cfg'))).toBe(false);
  });

  test('refuses a node whose local disk would be mounted where the image has no directory', async () => {
    await write('disklayout', { layout: 'data', label: 'data', disk: 'first-empty', number: '1', fstype: 'ext4', mountpoint: '/data/x' });
    await write('localdisk', { node: 'n01', layout: 'data' });
    await prepare();
    expect(await nodeset('n01,n03', `osimage=${IMAGE}`)).toEqual({ exitCode: 1, output: `n03: statelite ${LABEL}` });
    expect(notices).toEqual([`Error: n01: a local disk is to be mounted at /data/x, which is no directory of ${IMAGE}`, `  Hint: liteimg ${IMAGE}`]);
    expect([existsSync(tftp('pxelinux.cfg/n01')), existsSync(tftp('pxelinux.cfg/n03'))]).toEqual([false, true]);
    mkdirSync(installed('rootimg/data/x'), { recursive: true });
    expect(await nodeset('n01', `osimage=${IMAGE}`)).toMatchObject({ exitCode: 0 });
  });

  test('refuses an unknown image, and a node whose tables name none', async () => {
    expect(await nodeset('n01', 'osimage=nothing')).toEqual({ exitCode: 1, output: '' });
    expect(notices[0]).toBe("Error: n01: Cannot find image 'nothing' from the osimage table.");
    await nodeset('n01', `osimage=${IMAGE}`);
    expect(await nodeset('n01-n02', 'statelite')).toEqual({ exitCode: 1, output: `n01: statelite ${LABEL}` });
    expect(notices[0]).toContain('Error: n02 does not have os, arch, or profile defined in nodetype table');
  });

  test('tells all problems of a node at once, and as JSON', async () => {
    await write('mac', { node: 'n02', mac: '' });
    await write('hosts', { node: 'n02', ip: '' });
    renameSync(installed('kernel'), installed('kernel.away'));
    const { output, exitCode } = await nodeset('n02', `osimage=${IMAGE}`, true);
    expect(exitCode).toBe(1);
    expect((JSON.parse(output) as [{ problems: { code: string }[] }])[0].problems.map(({ code }) => code)).toEqual(['IMAGE_MISSING', 'NODE_INCOMPLETE', 'NODE_INCOMPLETE']);
  });

  test('falls back to initrd.gz, and gives an image in another directory its own place', async () => {
    renameSync(installed('initrd-statelite.gz'), installed('initrd.gz'));
    await write('osimage', { imagename: 'other', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' });
    await write('linuximage', { imagename: 'other', rootimgdir: join(root, 'other') });
    await nodeset('n01', `osimage=${IMAGE}`);
    expect(text(tftp('xcat/osimage', IMAGE, 'initrd.gz'))).toBe('the initrd');
  });

  test('refuses an image whose names would leave tftpdir', async () => {
    await write('osimage', { imagename: IMAGE, profile: '../../../../etc' });
    await write('linuximage', { imagename: IMAGE, rootimgdir: installed() });
    expect((await nodeset('n01', `osimage=${IMAGE}`)).exitCode).toBe(1);
    expect(notices[0]).toContain('cannot name a directory for boot loaders');
  });

  test('does many nodes in one go', async () => {
    const nodes = Array.from({ length: 300 }, (_, index) => `m${String(index).padStart(3, '0')}`);
    await withDatabase(system, (database) => database.write(async (writer) => {
      await writer.replace('nodelist', nodes.map((node) => ({ node, groups: 'many' })));
      await writer.replace('mac', nodes.map((node, index) => ({ node, mac: `52:54:00:00:0${index >> 8}:${(index & 255).toString(16).padStart(2, '0')}` })));
      await writer.replace('hosts', [{ node: 'many', ip: '|m(\\d+)|10.0.($1/250).($1%250+1)|' }]);
      await writer.upsert('bootparams', { node: 'many', addkcmdline: 'quiet' });
    }));
    const { exitCode } = await nodeset('many', `osimage=${IMAGE}`);
    expect(notices.filter((line) => line.startsWith('Error'))).toEqual([]);
    expect(exitCode).toBe(0);
    expect(readdirSync(tftp('pxelinux.cfg'))).toHaveLength(900);
    expect(await row('bootparams', 'many')).toEqual({ node: 'many', addkcmdline: 'quiet' });
    expect((await row('bootparams', 'm299'))?.['kcmdline']).toMatch(/ NODE=m299 quiet$/);
  });

  test('knows a wrong command line before it opens the tables', async () => {
    system = { ...system, env: { ...system.env, STATELITE_DATABASE_URL: 'postgresql://127.0.0.1:1/none' } };
    await expect(nodeset('n01', 'install')).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
    await expect(makedhcp({})).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
    await expect(makedhcp({ all: true, delete: true, query: true })).rejects.toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test('makedhcp writes host lines and the configuration, and shows and forgets them', async () => {
    await write('mac', { node: 'n03', mac: '' });
    expect((await makedhcp({ all: true })).exitCode).toBe(1);
    expect(notices[0]).toBe('Error: n03: No MAC address available for this node: mac.mac is empty');
    expect(text(join(root, 'home/dhcp-hosts/nodes'))).toBe('52:54:00:00:00:01,set:pxe,10.0.0.1,n01,infinite\n52:54:00:00:00:0b,set:pxe,10.0.0.2,n02,infinite\n');
    expect(await makedhcp({ noderange: 'n02', query: true })).toEqual({ exitCode: 0, output: 'n02: ip-address = 10.0.0.2, mac-address = 52:54:00:00:00:0b' });
    await makedhcp({ noderange: 'n02', delete: true });
    expect(notices).toEqual(['dnsmasq forgets the old lines after: systemctl reload dnsmasq']);
    expect((await makedhcp({ noderange: 'n02', query: true })).exitCode).toBe(1);
    await write('networks', { net: '10.0.0.0', mask: '255.255.255.0' });
    await makedhcp({ new: true });
    await system.run('dnsmasq', ['--test', `--conf-file=${join(root, 'dnsmasq.d/statelite.conf')}`]);
  });

  test('makedhcp tells the dnsmasq that runs to forget old lines', async () => {
    await makedhcp({ all: true });
    const configuration = join(root, 'empty.conf');
    writeFileSync(configuration, '');
    const said: string[] = [];
    const child = spawn('dnsmasq', ['--keep-in-foreground', '--port=0', '--user=root', '--log-facility=-', '--no-resolv', '--no-hosts', `--dhcp-hostsfile=${join(root, 'home/dhcp-hosts/nodes')}`,
      '--dhcp-range=127.0.0.0,static,255.0.0.0', '--interface=none', '--bind-dynamic', `--dhcp-leasefile=${join(root, 'leases')}`, `--conf-file=${configuration}`, `--pid-file=${join(root, 'dnsmasq.pid')}`]);
    child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
    const until = async (done: () => boolean): Promise<void> => { while (!done()) await new Promise((resolve) => setTimeout(resolve, 20)); };
    try {
      await until(() => existsSync(join(root, 'dnsmasq.pid')) && said.join('').includes('read '));
      const before = said.join('').split('read ').length;
      await makedhcp({ noderange: 'n02', delete: true });
      expect(notices).toEqual([]);
      await until(() => said.join('').split('read ').length > before);
    } finally {
      child.kill();
      await new Promise((resolve) => child.once('close', resolve));
    }
  }, 30_000);

  test('makedhcp writes configurations that ISC dhcpd and Kea take', async () => {
    await write('networks', { net: '10.0.0.0', mask: '255.255.255.0', gateway: '10.0.0.250', nameservers: '10.0.0.251,10.0.0.252', domain: 'cluster.example', mtu: '9000' });
    await write('noderes', { node: 'n01', netboot: 'xnba' }, { node: 'n02', netboot: 'grub2' });
    const place = (name: string): string => join(root, name);
    mkdirSync(place('home'), { recursive: true });
    system = { ...system, env: { ...system.env, STATELITE_DHCPD_DIR: place('dhcp'), STATELITE_KEA_DIR: place('kea') } };
    for (const form of ['isc', 'kea']) {
      expect((await makedhcp({ new: true, form })).exitCode).toBe(0);
      expect((await makedhcp({ all: true, form })).exitCode).toBe(0);
    }
    writeFileSync(place('leases'), '');
    await system.run('dhcpd', ['-t', '-cf', place('dhcp/statelite.conf'), '-lf', place('leases')]);
    await system.run('kea-dhcp4', ['-t', place('kea/statelite-dhcp4.conf')]);
    expect(text(place('home/dhcp/dhcpd-nodes.conf'))).toContain('host n02 { hardware ethernet 52:54:00:00:00:0b;');
    await makedhcp({ noderange: 'n02', delete: true, form: 'isc' });
    expect(text(place('home/dhcp/dhcpd-nodes.conf'))).not.toContain('host n02');
  }, 30_000);
});
