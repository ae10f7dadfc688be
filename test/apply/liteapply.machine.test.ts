import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshManifest } from '../../lib/boot/fresh-manifest.ts';
import { loadCluster } from '../../lib/cluster/load.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { plant } from '../helpers/node-tree.ts';
import { SSHD_IMAGE, startSshNodes, type SshNodes } from '../helpers/ssh-nodes.ts';

// Twenty nodes with real sshd, and the admin's machine, in namespaces. Some of the nodes are in a bad way.

const COUNT = 20;
const name = (number: number): string => `n${String(number).padStart(2, '0')}`;
/** A litetree server that has the file and never gives it. */
const SILENT = 'umount $S/mnt/1; mount -t tmpfs silent $S/mnt/1; mkdir $S/mnt/1/etc; mkfifo $S/mnt/1/etc/app.conf';
const APART = {
  2: 'sleep 1000 <$R/etc/app.conf &',
  5: `echo 'AuthorizedKeysFile none' >>$CONFIG`,
  6: 'cd $R; echo Server listening, so they say; exec sleep infinity',
  7: SILENT,
  8: `${SILENT}\n(until [ -e /.statelite/apply.lock ]; do sleep 0.1; done; sleep 1; kill -9 -1) &`,
  10: 'rm $S/plan',
};

let work: string;
let home: Home;
let cli: Cli;
let nodes: SshNodes | undefined;
const at = (path: string): string => join(work, path);

const within: SshNodes['within'] = (program, words) => nodes?.within(program, words) ?? [program, words];

/** A command of ours, typed on the admin's machine. */
function type(...words: readonly string[]): Promise<CliResult> {
  const [program, all] = within(process.execPath, [cli.entry, ...words]);
  return new Promise((resolve, reject) => {
    const child = spawn(program, all, { env: home.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { output.stderr += text; });
    child.on('error', reject).on('close', (code) => resolve({ exitCode: code ?? 1, ...output }));
  });
}

function onNode(number: number, script: string): string {
  const [program, words] = within('ssh', ['-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR', `root@10.77.0.${number}`, script]);
  return execFileSync(program, words, { encoding: 'utf8' });
}

async function must(words: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await cli.run(words, home.env);
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'statelite-ssh-'));
  chmodSync(work, 0o755);
  plant(at('rootimg'), { ...SSHD_IMAGE, 'etc/app.conf': 'of the image\n', 'etc/motd': 'hello\n', 'etc/added.conf': 'added\n', 'etc/bound.conf': 'bound\n' });
  plant(at('tree1'), { 'etc/app.conf': 'of the tree\n' });
  mkdirSync(at('keys'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('id_ed25519')]);
  execFileSync('cp', [at('id_ed25519.pub'), at('keys')]);
  home = await makeHome();
  cli = await buildCli();
  const all = Array.from({ length: COUNT }, (_, index) => index + 1);
  await withDatabase(home.system, (database) => database.write(async (writer) => {
    await writer.put('nodelist', all.map((number) => ({ node: name(number), groups: 'compute' })));
    await writer.put('hosts', all.map((number) => ({ node: name(number), ip: `10.77.0.${number}` })));
    await writer.upsert('nodetype', { node: 'compute', provmethod: 'img' });
    await writer.upsert('osimage', { imagename: 'img', provmethod: 'statelite' });
    await writer.upsert('linuximage', { imagename: 'img', rootimgdir: work });
    await writer.upsert('litefile', { image: 'img', file: '/etc/app.conf', options: 'con' });
    await writer.upsert('litetree', { priority: '1', directory: 'nas:/tree1' });
  }));
  await must(['add_ssh', at('rootimg'), '--from', at('keys')]);
  await must(['liteimg', 'img']);
  await withDatabase(home.system, async (database) => {
    const cluster = await loadCluster(database);
    for (const number of all) {
      const image = cluster.imageOf(name(number));
      writeFileSync(at(`plan.${number}`), renderPlan(compilePlan(cluster, name(number), image, freshManifest(home.system.files, cluster, image).rows)));
    }
  });
  nodes = await startSshNodes({ work, count: COUNT, apart: APART, client: `{ printf '10.77.0.4 ' && cat ${at('id_ed25519.pub')}; } >${homedir()}/.ssh/known_hosts` });
  execFileSync(...within('sh', ['-c', 'kill -STOP "$(ss -Hltnp src 10.77.0.9 | sed "s/.*pid=\\([0-9]*\\).*/\\1/")"']));
}, 120_000);

afterAll(async () => {
  await nodes?.stop();
  cli.remove();
  await home.cleanup();
  rmSync(work, { recursive: true, force: true });
}, 60_000);

describe('liteapply by ssh', () => {
  test('has nothing to do where nothing changed; a node that was never seen is taken at its word', async () => {
    expect(await type('liteapply', 'n01')).toEqual({ exitCode: 0, stdout: 'n01: nothing to do\n', stderr: '' });
    expect(onNode(1, 'cat /etc/app.conf')).toBe('of the image\nof the tree\n');
  }, 60_000);

  test('shows what would change, does the safe part, and leaves a file in use alone, named with the process', async () => {
    writeFileSync(at('tree1/etc/app.conf'), 'of the tree, changed\n');
    for (const [file, options] of [['/etc/added.conf', 'tmpfs'], ['/etc/bound.conf', 'tmpfs,bind'], ['/etc/motd', 'persistent']] as const) {
      await must(['tabch', 'image=img', `file=${file}`, `litefile.options=${options}`]);
    }
    await must(['chtab', 'node=compute', 'statelite.statemnt=nas:/state']);
    await must(['liteimg', 'img']);
    const atBoot = (node: string): readonly string[] => [`${node}: at its next boot: store none -> nas:/state`, `${node}: at its next boot: /etc/motd none -> persistent`];
    const dry = await type('liteapply', 'n01,n02', '--dry-run');
    expect([dry.exitCode, dry.stderr]).toEqual([1, '']);
    expect(dry.stdout.split('\n').slice(0, -1)).toEqual([
      'n01: /etc/added.conf: would be added', 'n01: /etc/app.conf: would be made anew from its sources', 'n01: /etc/bound.conf: would be added', ...atBoot('n01'),
      'n02: /etc/added.conf: would be added', expect.stringMatching(/^n02: \/etc\/app\.conf: LEFT: in use by process \d+; --force does it all the same$/), 'n02: /etc/bound.conf: would be added', ...atBoot('n02'),
    ]);
    expect(onNode(1, 'cat /etc/app.conf; grep -c ^row /.statelite/plan; ls /.statelite/tmpfs/etc')).toBe('of the image\nof the tree\n1\napp.conf\n');
    const done = await type('liteapply', 'n01,n02');
    expect([done.exitCode, done.stderr]).toEqual([1, '']);
    expect(done.stdout).toMatch(/^n01: \/etc\/added\.conf: added\nn01: \/etc\/app\.conf: made anew from its sources\nn01: \/etc\/bound\.conf: added\n[^]*\nn02: \/etc\/app\.conf: LEFT: in use by process \d+; /);
    expect(onNode(1, 'cat /etc/app.conf; echo mine >>/etc/added.conf; cat /etc/added.conf; echo mine >>/etc/bound.conf; cat /.statelite/tmpfs/etc/bound.conf')).toBe('of the image\nof the tree, changed\nadded\nmine\nbound\nmine\n');
    expect(onNode(2, 'cat /etc/app.conf')).toBe('of the image\nof the tree\n');
    expect((await type('liteapply', 'n02', '--force')).stdout).toMatch(/^n02: \/etc\/app\.conf: made anew from its sources\n/);
  }, 60_000);

  test('does twenty nodes, tells of each that is in a bad way why and what to do, and waits for none longer than it was told', async () => {
    const { exitCode, stdout, stderr } = await type('liteapply', 'compute', '--timeout', '30');
    expect(exitCode).toBe(1);
    expect([...new Set(stdout.split('\n').map((line) => line.split(':')[0]).filter((node) => node !== ''))]).toEqual(Array.from({ length: COUNT }, (_, index) => name(index + 1)).filter((node) => !/n0[4-9]|n10/.test(node)));
    expect(stderr.split('\n')).toEqual([
      'Error: n04: 10.77.0.4 shows another host key than it did before',
      '  Hint: ssh-keygen -R 10.77.0.4, if you know why: a node without a persistent row for /etc/ssh makes new keys at each boot',
      'Error: n05: 10.77.0.5 does not let root in with the keys of this account',
      '  Hint: add_ssh puts them into the image; ssh root@10.77.0.5 true shows whether they work',
      'Error: n06: 10.77.0.6 cannot be reached: connect to host 10.77.0.6 port 22: Connection refused',
      expect.stringMatching(/^Error: n07: 10\.77\.0\.7 did not answer to the end in [23]\d s; a part may be done, the next liteapply goes on from there$/),
      '  Hint: --timeout gives nodes more time',
      expect.stringMatching(/^Error: n08: the connection to 10\.77\.0\.8 broke off.*; a part may be done, the next liteapply goes on from there$/),
      '  Hint: ssh root@10.77.0.8 true',
      expect.stringMatching(/^Error: n09: 10\.77\.0\.9 cannot be reached: Connection .*timed out/),
      '  Hint: litestat tells how the nodes booted, rpower stat whether they are on',
      'Error: n10: it shows no plan: cat: /.statelite/plan: No such file or directory',
      '  Hint: a boot brings the plan that liteplan n10 shows', '',
    ]);
  }, 120_000);

  test('tells the same as JSON', async () => {
    const { exitCode, stdout, stderr } = await type('liteapply', 'n01,n06', '--json');
    expect([exitCode, stderr.split('\n')[0]]).toEqual([1, 'Error: n06: 10.77.0.6 cannot be reached: connect to host 10.77.0.6 port 22: Connection refused']);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ node: 'n01', outcomes: expect.arrayContaining([{ path: '/etc/app.conf', outcome: 'same' }]) }),
      { node: 'n06', problems: [{ code: 'NODE_UNREACHABLE', message: expect.stringContaining('Connection refused'), hint: expect.stringContaining('litestat') }] },
    ]);
    expect(readFileSync(at('console.1'), 'utf8')).toContain('Accepted publickey for root');
  }, 60_000);
});
