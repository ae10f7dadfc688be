// litedisk as it is typed, with its mistakes; what nodes told of their disks is saved as statelited does.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { saveDisks } from '../../lib/db/disks.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { parseDiskReport } from '../../lib/disks/facts.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';

let cli: Cli;
let home: Home;
beforeAll(async () => {
  [cli, home] = await Promise.all([buildCli(), makeHome()]);
  await run('mkdef', '-t', 'osimage', 'img', 'osvers=debian12', 'osarch=x86_64', 'profile=compute', 'provmethod=statelite');
  await run('mkdef', '-t', 'node', 'n01-n03', 'groups=all,compute', 'provmethod=img');
  await part('data', 'data', '/dev/disk/by-id/wwn-1', '1', 'mountpoint=/srv');
  await part('node', 'swap', 'first-empty', '1', 'fstype=swap', 'size=64M');
  await part('node', 'state', 'first-empty', '2', 'mountpoint=store');
  await run('chtab', 'node=n01', 'localdisk.layout=node');
  await run('chtab', 'node=n02', 'localdisk.layout=node,data');
}, 60_000);
afterAll(async () => {
  await home.cleanup();
  cli.remove();
});
beforeEach(() => withDatabase(home.system, async (database) => {
  for (const table of ['statelite_wipe', 'statelite_disk']) await database.query(`DELETE FROM ${table}`);
}));

const run = (...words: readonly string[]): Promise<CliResult> => cli.run(words, home.env);
const part = (layout: string, label: string, disk: string, number: string, ...columns: readonly string[]): Promise<CliResult> =>
  run('chtab', `layout=${layout}`, `label=${label}`, ...['fstype=ext4', ...columns, `disk=${disk}`, `number=${number}`].map((column) => `disklayout.${column}`));
const plan = async (node: string): Promise<string> => (await run('litedisk', 'plan', node)).stdout;

let booted = Date.now();
/** What a node told of its disks at one more boot. */
const tell = (node: string, ...lines: readonly string[]): Promise<void> => withDatabase(home.system, async (database) => {
  const report = parseDiskReport(node, ['boot b', ...lines, ''].join('\n'), (booted += 1000));
  if (report === undefined) throw new Error('no report');
  await saveDisks(database, [report]);
});
const FOREIGN = 'disk /dev/vda 20000 other - - - ext4, no partitions';

/** Types an answer when it is asked for; gives back all that was shown. */
async function onTerminal(words: string, answer: string): Promise<string> {
  const terminal = spawn('script', ['-qec', `stty cols 200; exec ${process.execPath} ${cli.entry} ${words}`, '/dev/null'], { env: home.env, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let answered = false;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (answered || !shown.includes('next boot: ')) return;
    answered = true;
    terminal.stdin.write(answer);
  });
  await new Promise((resolve) => { terminal.on('close', resolve); });
  return shown;
}

describe('litedisk plan', () => {
  test('of nodes that never told of their disks says the rules, and of one that did what comes of them', async () => {
    expect(await plan('n01,n03')).toBe([
      'n01: no boot has told of its disks; a blank one is made, one that fits is used, all else is refused', '    first-empty', '        1  "swap" swap, 64M', '        2  "state" ext4, rest, holds localdisk rows',
      'n03: no local disk', '',
    ].join('\n'));
    await tell('n01', FOREIGN);
    expect(await plan('n01')).toMatch(/^n01: as seen at the boot of [^\n]*\n {4}first-empty: it is REFUSED, nothing is touched: no disk is empty; found \/dev\/vda 20000 MiB: ext4, no partitions\n/);
    await tell('n01', 'disk /dev/vda 20000 blank - - - blank');
    expect(await plan('n01')).toContain('    first-empty: /dev/vda is made: it is blank\n');
    const { exitCode, stdout } = await run('litedisk', 'plan', 'compute', '--json');
    expect([exitCode, (JSON.parse(stdout) as { node: string; decisions?: readonly unknown[] }[]).map(({ node, decisions }) => [node, decisions])]).toEqual([0, [['n01', [{ disk: 'first-empty', device: '/dev/vda', action: 'create', why: 'it is blank' }]], ['n02', undefined], ['n03', undefined]]]);
  });

  test('of partitions that something else has made says that nothing is made', async () => {
    const file = join(home.path, 'disks');
    writeFileSync(file, 'enable=yes\nenablepart=no\n[localspace]\ndev=/dev/sda2\n');
    await run('chdef', '-t', 'osimage', 'img', `partitionfile=${file}`);
    expect(await plan('n03')).toBe('n03: no boot has told of its disks; partitions that hold what is said are used, nothing is made\n    /dev/sda\n        2  "localspace" ext4, as something else made it, holds localdisk rows, nofail\n');
    expect(await run('litedisk', 'wipe', 'n03', '--once', '--yes', 'n03')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/\/dev\/sda is not made by statelite .*: there is nothing to wipe it for/) as unknown });
    await run('chdef', '-t', 'osimage', 'img', 'partitionfile=');
  });
});

describe('litedisk wipe', () => {
  test('is armed when the node\'s name is typed on a terminal, and not by another answer, an empty one or Ctrl-C', async () => {
    await tell('n01', FOREIGN);
    for (const [answer, said] of [['n02\r', '"n02" is not n01: nothing is armed'], ['\r', '"" is not n01: nothing is armed'], ['\u0003', 'no answer']] as const) {
      expect(await onTerminal('litedisk wipe n01 --once', answer)).toContain(said);
      expect(await plan('n01')).not.toContain('is armed');
    }
    expect(await onTerminal('litedisk wipe n01 --once', 'n01\r')).toMatch(/n01: ALL that is on first-empty would be lost: \/dev\/vda, 20000 MiB, ext4, no partitions \(as seen at the boot of [^]*n01: the next boot within 24 hours wipes first-empty once \([0-9a-f]{16}\); litedisk wipe n01 --cancel takes it back/);
    expect(await plan('n01')).toMatch(/first-empty: \/dev\/vda is WIPED and made: a wipe is armed[^]*\n {4}a wipe of first-empty is armed \([0-9a-f]{16}\); litedisk wipe n01 --cancel takes it back\n/);
  }, 30_000);

  test.each([
    ['without --once', 'n01', [], /wipe wants --once or --cancel\n {2}Hint: litedisk wipe n01 --once/],
    ['without a terminal', 'n01', ['--once'], /a wipe must be confirmed, and there is no terminal to ask on\n {2}Hint: litedisk wipe n01 --once --yes n01/],
    ['with another node\'s name', 'n01', ['--once', '--yes', 'n02'], /"n02" is not n01: nothing is armed/],
    ['of a group', 'compute', ['--once', '--yes', 'compute'], /a wipe is armed for one node, found compute/],
    ['of a node without a layout', 'n03', ['--once', '--yes', 'n03'], /n03 has no disk layout\n {2}Hint: chtab node=n03 localdisk\.layout=<layout>/],
    ['of a node with two disks', 'n02', ['--once', '--yes', 'n02'], /n02 has 2 disks: \/dev\/disk\/by-id\/wwn-1, first-empty\n {2}Hint: litedisk plan n02 shows what is on them; litedisk wipe n02 --once --disk <one of them>/],
    ['of a disk that is not the layout\'s', 'n02', ['--once', '--yes', 'n02', '--disk', '/dev/sda'], /no layout of n02 names the disk \/dev\/sda\n {2}Hint: --disk takes one of \/dev\/disk\/by-id\/wwn-1, first-empty/],
    ['of a node that is not there', 'n99', ['--once', '--yes', 'n99'], /Invalid nodes and\/or groups in noderange: n99/],
    ['that is taken back from a node that is not there', 'n99', ['--cancel'], /Invalid nodes and\/or groups in noderange: n99/],
  ])('%s is refused, and nothing is armed', async (_what, node, words, said) => {
    const { exitCode, stderr } = await run('litedisk', 'wipe', node, ...words);
    expect([exitCode > 0, stderr]).toEqual([true, expect.stringMatching(said)]);
    expect(await plan('compute')).not.toContain('is armed');
  });

  test('armed twice is the second one, and says so; taken back it is gone', async () => {
    await run('litedisk', 'wipe', 'n02', '--once', '--yes', 'n02', '--disk', 'first-empty');
    const second = await run('litedisk', 'wipe', 'n02', '--once', '--yes', 'n02', '--disk', '/dev/disk/by-id/wwn-1');
    expect([second.exitCode, second.stderr]).toEqual([0, expect.stringMatching(/n02: one wipe is armed at a time: that of first-empty \([0-9a-f]{16}\) would be taken back/)]);
    expect((await plan('n02')).match(/a wipe of \S+ is armed/g)).toEqual(['a wipe of /dev/disk/by-id/wwn-1 is armed']);
    expect(await run('litedisk', 'wipe', 'n02', '--cancel')).toMatchObject({ exitCode: 0, stdout: 'n02: no wipe is armed any more\n' });
    expect(await run('litedisk', 'wipe', 'n02', '--cancel')).toMatchObject({ exitCode: 1, stdout: 'n02: no wipe was armed\n' });
  });

  test('that the boot would refuse all the same is said to be', async () => {
    await tell('n01', FOREIGN, 'disk /dev/vdb 20000 other - - - xfs, no partitions');
    expect((await run('litedisk', 'wipe', 'n01', '--once', '--yes', 'n01')).stderr).toMatch(/n01: as it was at that boot, it would be refused all the same: no disk is empty; found \/dev\/vda .*; \/dev\/vdb /);
  });

  test('that is carried out is disarmed by the node\'s report of its id, and by no other', async () => {
    await run('litedisk', 'wipe', 'n01', '--once', '--yes', 'n01');
    const [, id = ''] = /is armed \(([0-9a-f]{16})\)/.exec(await plan('n01')) ?? [];
    await tell('n01', FOREIGN, 'wiped 0000000000000000');
    expect(await plan('n01')).toContain(`is armed (${id})`);
    await tell('n01', FOREIGN, `wiped ${id}`);
    expect(await plan('n01')).not.toContain('is armed');
  });
});
