import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { inside, requireLab } from '../../lib/lab/instance.ts';
import { keeperReport } from '../../lib/lab/lab.ts';
import type { Check } from '../../lib/lab/quickstart-checks.ts';
import { consoleOf, openBootSite, typeOnConsole, waitForConsole, type BootSite } from '../helpers/boot-site.ts';

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

describe('other ways to the root and to the plan', () => {
  let n02 = '';

  beforeAll(async () => {
    await site.must('chtab', 'node=n01', 'bootparams.addkcmdline=ip=10.30.0.11::10.30.0.1:255.255.255.0:n01::none nameserver=10.30.0.1');
    await site.must('chtab', 'node=n02', 'bootparams.addkcmdline=NFSROOTOPTS=vers=3', 'noderes.xcatmaster=10.99.0.1,10.30.0.1');
    await site.must('chtab', 'key=nodetoken', 'site.value=yes');
    await site.must(...rootOptions('vers=4.0'));
    await site.must('nodeset', 'n01,n02', IMAGE);
    await site.must('litelab', 'up');
    await site.must('litelab', 'boot', 'n01,n02', '--timeout', '400');
    n02 = consoleOf(requireLab(site.system), 'n02');
  }, 10 * MINUTES);

  afterAll(async () => {
    for (const node of ['n01', 'n02']) await site.statelite('chtab', `node=${node}`, 'bootparams.addkcmdline=', 'noderes.xcatmaster=');
    await site.statelite('chtab', '-d', 'key=nodetoken', 'site');
    await site.statelite(...rootOptions(''));
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
