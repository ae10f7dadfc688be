import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inside, requireLab } from '../../lib/lab/instance.ts';
import { keeperReport } from '../../lib/lab/lab.ts';
import type { Check } from '../../lib/lab/quickstart-checks.ts';
import { consoleOf, openBootSite, toldBy, typeOnConsole, waitForConsole, type BootSite } from '../helpers/boot-site.ts';

const MINUTES = 60_000;
const IMAGE = 'statelite=debian12-x86_64-compute';
const rootOptions = (options: string): readonly string[] => ['chtab', 'imagename=debian12-x86_64-compute', `osimage.nfsrootopts=${options}`];
let site: BootSite;

beforeAll(async () => {
  site = await openBootSite();
}, 2 * MINUTES);

afterAll(async () => {
  await site.close();
}, 2 * MINUTES);

describe('the quickstart', () => {
  let checks: readonly Check[] = [];

  test('runs to its end and every check holds on the nodes', async () => {
    const { exitCode, stdout, stderr } = await site.quickstart();
    if (exitCode !== 0 && stdout === '') throw new Error(stderr);
    checks = (JSON.parse(stdout) as { readonly checks: readonly Check[] }).checks;
    expect(checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(exitCode).toBe(0);
  }, 15 * MINUTES);

  test.each([
    'n01: the root is NFS, read-only', 'n02: the root is NFS, read-only', 'n01: no service has failed', 'n02: no service has failed',
    'n01: shows the motd of its own room', 'n02: shows the motd of its own room', 'n01: what it wrote to persistent paths is there after the reboot',
    'n01: what it wrote to a path in RAM is gone after the reboot', 'n02: its state is untouched by n01',
    'n02: sees a file edited in the image on the server, without reboot',
  ])('has looked at: %s', (title) => {
    expect(checks.map((check) => check.title)).toContain(title);
  });
});

describe('a node that meets trouble', () => {
  beforeAll(async () => {
    await site.must('chtab', 'priority=0.5', 'litetree.directory=10.30.0.99:/gone');
    await site.must(...rootOptions('vers=4.1'));
    await site.must('nodeset', 'n01,n02', IMAGE);
    await site.must('nodeset', 'n02', 'shell');
    await site.must('litelab', 'up');
  }, 3 * MINUTES);

  afterAll(async () => {
    await site.statelite('chtab', '-d', 'priority=0.5', 'litetree');
    await site.statelite(...rootOptions(''));
    await site.statelite('nodeset', 'n02', IMAGE);
    await site.statelite('litelab', 'down');
  }, 2 * MINUTES);

  test('pauses three times when the append line says shell, and goes on with exit', async () => {
    const booting = site.statelite('litelab', 'boot', 'n02', '--timeout', '400');
    for (const times of [1, 2, 3]) {
      await waitForConsole(site, 'n02', 'statelite: paused', times, 180);
      await waitForConsole(site, 'n02', 'statelite# ', times, 60);
      await typeOnConsole(site, 'n02', 'exit\n');
    }
    expect(await booting).toMatchObject({ exitCode: 0 });
    expect(consoleOf(requireLab(site.system), 'n02').split('statelite: paused')).toHaveLength(4);
  }, 10 * MINUTES);

  test('uses the copy beside the image when statelited is down, takes the next source when a litetree server is, and says both', async () => {
    const lab = requireLab(site.system);
    const served = keeperReport(site.system, lab).services.find(({ name }) => name === 'statelited');
    const [program, ...words] = inside(lab, 'kill', '-KILL', String(served?.pid));
    await site.system.run(program, words);

    expect(await site.statelite('litelab', 'boot', 'n01', '--timeout', '400')).toMatchObject({ exitCode: 0 });
    const shown = consoleOf(lab, 'n01');
    expect(shown).toMatch(/WARNING: no plan from statelited at 10\.30\.0\.1:3001; using the copy that nodeset left beside the image/);
    expect(shown).toMatch(/WARNING: litetree 0\.5, 10\.30\.0\.99:\/gone: .*; its rows take the next source/);
    expect((await site.must('litelab', 'run', 'n01', 'cat /etc/motd')).stdout.trim()).toBe('Welcome to New York.');
    expect((await site.must('litelab', 'run', 'n01', 'cat /.statelite/statelite.log')).stdout).not.toMatch(/FAILED/);
    expect((await site.must('litelab', 'run', 'n01', 'grep " / " /proc/mounts')).stdout).toMatch(/ nfs4 ro,.*vers=4\.1,/);
  }, 10 * MINUTES);

  test('stops with one clear line when the store cannot be mounted, and when policy denies it the plan', async () => {
    await site.must('litelab', 'down');
    await site.must('chtab', 'node=n01', 'statelite.statemnt=10.30.0.1:/no/such/store');
    await site.must('chtab', 'priority=0.1', 'policy.noderange=n02', 'policy.commands=litefile', 'policy.rule=deny');
    await site.must('nodeset', 'n01,n02', IMAGE);
    await site.must('litelab', 'up');
    try {
      const { exitCode, stderr } = await site.statelite('litelab', 'boot', 'n01,n02', '--timeout', '400');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/STOPPED: the store 10\.30\.0\.1:\/no\/such\/store\/n01 cannot be mounted: .*persistent files are not kept in RAM instead/);
      expect(stderr).toMatch(/STOPPED: statelited at 10\.30\.0\.1:3001 gives no plan \(403\): .*0\.1/);
    } finally {
      await site.must('chtab', '-d', 'node=n01', 'statelite');
      await site.must('chtab', '-d', 'priority=0.1', 'policy');
    }
  }, 10 * MINUTES);
});

describe('nodes that meet failing servers', () => {
  /** A second address of the lab's server, which can be taken away: only one litetree is there. */
  const dying = '10.30.0.2';
  let tree = '';
  let ended: { readonly exitCode: number } = { exitCode: -1 };
  let slow = '';

  /** n01 meets an NFS server that says nothing for a while, then a litetree server that dies during the copy; n02 is refused its root. One boot for all. */
  beforeAll(async () => {
    tree = `${site.home}/common/dying`;
    makeBigFile(`${tree}/var/log`);
    await site.must('chtab', 'priority=0.7', `litetree.directory=${dying}:${tree}`, 'litetree.mntopts=vers=3');
    await site.must('chtab', 'node=n02', 'bootparams.addkcmdline=NFSROOT=10.30.0.1:/no/such/image statelite.timeout=0');
    await site.must('nodeset', 'n01,n02', IMAGE);
    await site.must('litelab', 'up');
    await onServer('ip', 'address', 'replace', `${dying}/24`, 'dev', 'lab0');
    await signalNfs('STOP');
    const booting = site.statelite('litelab', 'boot', 'n01', '--timeout', '900');
    const refused = site.statelite('litelab', 'boot', 'n02', '--timeout', '900');
    try {
      await waitForConsole(site, 'n01', 'no answer in 40 s; trying again', 1, 300);
      slow = await toldBy(site, 'n01', /in root for/);
    } finally {
      await signalNfs('CONT');
    }
    await untilReceived('n01', 80e6);
    await onServer('ip', 'address', 'delete', `${dying}/24`, 'dev', 'lab0');
    ended = await booting;
    await refused;
  }, 20 * MINUTES);

  afterAll(async () => {
    await site.statelite('litelab', 'down');
    await site.statelite('chtab', '-d', 'priority=0.7', 'litetree');
    await site.statelite('chtab', 'node=n02', 'bootparams.addkcmdline=');
    await site.statelite('nodeset', 'n01,n02', IMAGE);
    rmSync(tree, { recursive: true, force: true });
  }, 2 * MINUTES);

  test('an NFS root that is slow is waited for, and the server sees it', () => {
    const shown = consoleOf(requireLab(site.system), 'n01');
    expect(shown).toMatch(/statelite: NFS root \S+: no answer in 40 s; trying again/);
    expect([ended.exitCode, shown.includes('STOPPED')]).toEqual([0, false]);
    expect(slow).toMatch(/^n01: (booting since .*, |STUCK )in root for .*: firmware [\d.]+ s, kernel [\d.]+ s, initrd [\d.]+ s, dhcp [\d.]+ s$/m);
  });

  test('an NFS root that is refused stops the node', () => {
    const shown = consoleOf(requireLab(site.system), 'n02');
    expect(shown.match(/statelite: STOPPED: the NFS root 10\.30\.0\.1:\/no\/such\/image\/rootimg cannot be mounted: .*(No such file or directory|access denied by server)/g)).toHaveLength(1);
  });

  test('a litetree server that dies during the copy is left out, its rows take the next source, and it is said', async () => {
    const shown = consoleOf(requireLab(site.system), 'n01');
    expect(shown).toContain(`statelite: WARNING: litetree 0.7, ${dying}:${tree}: no answer for 30 s while it was copied`);
    expect(shown).toMatch(/statelite: a litetree went away while its rows were made: everything is made again without it\r?\n[^]*statelite: litetree 0\.7 is not mounted: its rows take the next source\r?\n[^]*statelite: (\d+) of \1 rows in place/);
    expect((await site.must('litelab', 'run', 'n01', 'ls /var/log')).stdout).not.toContain('big');
    expect((await site.must('litelab', 'run', 'n01', 'cat /etc/motd')).stdout.trim()).toBe('Welcome to New York.');
  });

  test('the server knows of all of it', async () => {
    const told = await toldBy(site, 'n01', /: booted .*, up /);
    expect(told).toMatch(/^n01: warning: litetree 0\.7, 10\.30\.0\.2:\S+: no answer for 30 s while it was copied$/m);
    expect(told).toMatch(/^n01: NFS: \d+ operations, [\d.]+ MB read, [\d.]+ MB written$/m);
    expect((await site.must('litestat', 'n02')).stdout).toMatch(/^n02: FAILED in root, .*: the NFS root 10\.30\.0\.1:\/no\/such\/image\/rootimg cannot be mounted: /m);
  }, 3 * MINUTES);
});

describe('other ways to the root and to the plan', () => {
  let n02 = '';
  /** A service of the image that never finishes starting, where the kernel command line has its word. */
  const endless = '/etc/systemd/system/endless.service';

  beforeAll(async () => {
    await site.must('chtab', 'node=n01', 'bootparams.addkcmdline=ip=10.30.0.11::10.30.0.1:255.255.255.0:n01::none nameserver=10.30.0.1');
    await site.must('chtab', 'node=n02', 'bootparams.addkcmdline=NFSROOTOPTS=vers=3 endless', 'noderes.xcatmaster=10.99.0.1,10.30.0.1');
    await site.must('chtab', 'key=nodetoken', 'site.value=yes');
    await site.must(...rootOptions('vers=4.0'));
    const root = `${site.home}/install/netboot/debian12/x86_64/compute/rootimg`;
    writeFileSync(root + endless, '[Unit]\nConditionKernelCommandLine=endless\n[Service]\nType=oneshot\nExecStart=/bin/sleep infinity\nTimeoutStartSec=infinity\n');
    rmSync(root + wantsOf(endless), { force: true });
    symlinkSync(endless, root + wantsOf(endless));
    await site.must('nodeset', 'n01,n02', IMAGE);
    await site.must('litelab', 'up');
    await site.must('litelab', 'boot', 'n01,n02', '--timeout', '400');
    n02 = consoleOf(requireLab(site.system), 'n02');
  }, 10 * MINUTES);

  afterAll(async () => {
    for (const node of ['n01', 'n02']) await site.statelite('chtab', `node=${node}`, 'bootparams.addkcmdline=', 'noderes.xcatmaster=');
    await site.statelite('chtab', '-d', 'key=nodetoken', 'site');
    await site.statelite(...rootOptions(''));
    for (const path of [endless, wantsOf(endless)]) rmSync(`${site.home}/install/netboot/debian12/x86_64/compute/rootimg${path}`, { force: true });
    await site.statelite('nodeset', 'n01,n02', IMAGE);
    await site.statelite('litelab', 'down');
  }, 2 * MINUTES);

  test.each([
    ['n01', 'a static address from ip=', 'ip -br address show; cat /etc/resolv.conf', /10\.30\.0\.11\/24[^]*nameserver 10\.30\.0\.1/],
    ['n01', 'an NFS version 4.0 root, as osimage.nfsrootopts says', 'grep " / " /proc/mounts', / nfs4 ro,.*vers=4\.0,/],
    ['n02', 'an NFS version 3 root', 'grep " / " /proc/mounts', / nfs ro,.*vers=3,/],
  ])('%s has %s, and all rows in place', async (node, _what, script, wanted) => {
    expect((await site.must('litelab', 'run', node, script)).stdout).toMatch(wanted);
    expect((await site.must('litelab', 'run', node, 'tail -n 1 /.statelite/statelite.log; systemctl --failed --no-legend')).stdout.trim())
      .toMatch(/^(\d+) of \1 rows in place after \d+ ms$/);
  });

  test('a service that never finishes starting is told to the server, which does not call the node booted', async () => {
    expect(await toldBy(site, 'n02', /waiting for/)).toMatch(/^n02: booting since .*, in up for .*, waiting for endless\.service: firmware .*, kernel .*, switch_root /m);
    expect((await site.must('nodels', 'n02', 'nodelist.status')).stdout).toBe('n02: booting\n');
    expect(await toldBy(site, 'n01', /: booted .*, up /)).toMatch(/^n01: booted /);
  }, 5 * MINUTES);

  test('liteapply brings a changed tree and a new row to a node that runs, after saying so, and leaves what the node has written', async () => {
    const row = ['image=ALL', 'file=/etc/issue'];
    const hosts = `${site.home}/common/etc/hosts`;
    const before = readFileSync(hosts, 'utf8');
    const on = async (command: string): Promise<string> => (await site.must('litelab', 'run', 'n01', command)).stdout.trim();
    try {
      await site.must('chtab', ...row, 'litefile.options=');
      await site.must('liteimg', IMAGE.replace('statelite=', ''));
      writeFileSync(hosts, `${before}10.30.0.77 late\n`);
      const look = await site.must('liteapply', 'n01', '--dry-run');
      expect(look.stdout).toContain('n01: /etc/hosts: would be made anew from its sources\nn01: /etc/issue: would be added\n');
      expect(await on('tail -n 1 /etc/hosts')).not.toContain('late');

      expect((await site.must('liteapply', 'n01')).stdout).toContain('n01: /etc/hosts: made anew from its sources\nn01: /etc/issue: added\n');
      expect(await on('tail -n 1 /etc/hosts')).toBe('10.30.0.77 late');
      expect(await on('echo here >/etc/issue && cat /etc/issue')).toBe('here');

      writeFileSync(hosts, `${before}10.30.0.78 later\n`);
      await on('echo 10.30.0.79 mine >>/etc/hosts');
      expect(await site.statelite('liteapply', 'n01')).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/n01: \/etc\/hosts: LEFT: the node itself has changed it/) });
      expect(await on('tail -n 1 /etc/hosts')).toBe('10.30.0.79 mine');
    } finally {
      writeFileSync(hosts, before);
      await site.must('chtab', '-d', ...row, 'litefile');
      await site.must('liteimg', IMAGE.replace('statelite=', ''));
    }
  }, 10 * MINUTES);

  test('a node asks the next server of its list, and proves itself by the token of its nodeset', () => {
    expect(n02).toMatch(/statelited at 10\.99\.0\.1:3001: .*trying again/);
    expect(n02).not.toMatch(/no plan from statelited/);
  });
});

test('the boot file has the form of the 2010 design', () => {
  const text = readFileSync(`${site.home}/tftpboot/pxelinux.cfg/n02`, 'utf8');
  expect(text).toMatch(/^#statelite debian12-x86_64-compute\nDEFAULT xCAT\nLABEL xCAT\n {2}KERNEL xcat\/netboot\/debian12\/x86_64\/compute\/kernel\n {2}APPEND initrd=xcat\/netboot\/debian12\/x86_64\/compute\/initrd\.gz NFSROOT=\S+ STATEMNT=\S+ XCAT=10\.30\.0\.1:3001 /);
});

// --- internal ---

const wantsOf = (unit: string): string => unit.replace('system/', 'system/multi-user.target.wants/');

function makeBigFile(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const file = openSync(`${directory}/big`, 'w');
  for (let part = 0; part < 250; part += 1) writeSync(file, Buffer.alloc(1e6, 'x'));
  closeSync(file);
}

async function onServer(...command: readonly [string, ...string[]]): Promise<string> {
  const [program, ...words] = inside(requireLab(site.system), ...command);
  return (await site.system.run(program, words)).stdout;
}

async function signalNfs(signal: 'STOP' | 'CONT'): Promise<void> {
  const served = keeperReport(site.system, requireLab(site.system)).services.find(({ name }) => name === 'nfs');
  await onServer('kill', `-${signal}`, String(served?.pid));
}

/** Waits until so many bytes have gone to a node since its power-on: more than a boot reads before its rows are copied. */
async function untilReceived(node: string, bytes: number): Promise<void> {
  for (let waited = 0; waited < 6000; waited += 1) {
    const links = JSON.parse(await onServer('ip', '-s', '-j', 'link', 'show', 'type', 'tun')) as readonly { readonly ifname: string; readonly stats64: { readonly tx: { readonly bytes: number } } }[];
    if (links.some(({ stats64 }) => stats64.tx.bytes > bytes)) return;
    if (consoleOf(requireLab(site.system), node).includes('login:')) break;
    await sleep(100);
  }
  throw new Error(`${node} did not copy ${bytes} bytes`);
}
