import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { liveChange } from '../../lib/apply/live-change.ts';
import { readOutcomes, writeOrder, type OrderOptions } from '../../lib/apply/order.ts';
import { createCluster } from '../../lib/cluster/create.ts';
import type { BootPlan } from '../../lib/plan/boot-plan.ts';
import { joinScript } from '../../lib/image/join-script.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { asset } from '../../lib/system/assets.ts';
import { createFiles } from '../../lib/system/files.ts';
import { lite, policyOf, type Rows } from '../helpers/liting.ts';
import { plant } from '../helpers/node-tree.ts';

// A node in a mount namespace: its image, two litetree directories and a store, started by rc.statelite as the initrd does it.

let work: string;
const at = (path: string): string => join(work, path);
const LOOK: OrderOptions = { dryRun: true, force: false };
const APPLY: OrderOptions = { dryRun: false, force: false };
const FORCE: OrderOptions = { dryRun: false, force: true };

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'statelite-live-'));
  plant(at('root'), { 'etc/hosts': 'image\n', 'etc/motd': 'image motd\n', 'etc/app/': '', 'etc/app/new.conf': { content: 'new\n', mode: 0o640 }, 'etc/keep': 'kept\n', 'opt/': '', '.statelite/': '' });
  plant(at('tree1'), { 'etc/hosts': 'one\n' });
  plant(at('tree2'), { 'etc/hosts': 'two\n', 'etc/motd': 'two motd\n' });
  mkdirSync(at('store'));
});

afterEach(() => rmSync(work, { recursive: true, force: true }));

/** Prepares the image for rows as liteimg does, and compiles the node's plan. */
function prepare(rows: Rows): BootPlan {
  lite(at('root'), rows);
  writeFileSync(at('root/etc/init.d/statelite'), joinScript(createFiles(), asset('add-on/statelite/rc.statelite')), { mode: 0o755 });
  const cluster = createCluster({
    nodelist: [{ node: 'n01' }], statelite: [{ node: 'n01', statemnt: 'server:/state' }],
    litetree: ['1', '2'].map((priority) => ({ priority, directory: `server:/tree${priority}` })),
    osimage: [{ imagename: 'image', provmethod: 'statelite' }], linuximage: [{ imagename: 'image', rootimgdir: '/install/image' }],
  });
  const image = cluster.image('image');
  if (image === undefined) throw new Error('no image');
  return compilePlan(cluster, 'n01', image, policyOf(at('root'), rows).rows);
}

interface Step {
  /** Shell text that runs on the node, with $ROOT and $WORK; its output is kept. */
  readonly run?: string;
  readonly wanted?: BootPlan;
  readonly options?: OrderOptions;
}

/** Boots the node with a plan, then takes steps on it; what each said. */
function live(running: BootPlan, steps: readonly Step[]): readonly string[] {
  writeFileSync(at('plan'), renderPlan(running));
  const script = readFileSync(asset('add-on/statelite/apply-live'), 'utf8');
  const texts = steps.map(({ run, wanted, options = APPLY }, index) => {
    if (run !== undefined) return run;
    writeFileSync(at(`order${index}`), writeOrder(liveChange(running, wanted ?? running), options, script));
    return `STATELITE_INIT=$$ STATELITE_ROOT=$ROOT unshare --mount --propagation private sh -s <$WORK/order${index} || echo "exit $?"`;
  });
  const whole = [
    'set -eu', `WORK=${work} ROOT=${at('root')} S=${at('root/.statelite')}`,
    'mount -t tmpfs node $S', 'mkdir -p $S/tmpfs $S/mnt/1 $S/mnt/2 $S/persistent/n01',
    'mount --bind $WORK/tree1 $S/mnt/1', 'mount --bind $WORK/tree2 $S/mnt/2', 'mount -o remount,bind,ro $S/mnt/1', 'mount -o remount,bind,ro $S/mnt/2', 'mount --bind $WORK/store $S/persistent/n01', 'cp $WORK/plan $S/plan',
    'STATELITE_ROOT=$ROOT sh $ROOT/etc/init.d/statelite >/dev/null', 'sleep 0.1',
    ...texts.map((text) => `echo ----; ${text}`), 'echo ----; ls -A $S; grep -c apply /proc/self/mounts || true',
  ];
  const output = execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', whole.join('\n')], { encoding: 'utf8' });
  const parts = output.split('----\n').slice(1);
  expect(parts.at(-1)).toMatch(/^[^]*\n0\n$/);
  return parts.slice(0, -1).map((part) => part.trim());
}

const told = (text: string | undefined): Readonly<Record<string, string>> => Object.fromEntries(readOutcomes(`${text ?? ''}\n`).outcomes.map(({ path, outcome }) => [path, outcome]));

describe('con and ro rows', () => {
  test('are made anew when a source has changed; a dry run says so and changes nothing; the second time there is nothing to do', () => {
    const plan = prepare(['/etc/hosts con', '/etc/motd ro']);
    const said = live(plan, [
      { wanted: plan, options: LOOK }, { run: 'echo more >>$WORK/tree2/etc/hosts; mkdir -p $WORK/tree1/etc; echo first >$WORK/tree1/etc/motd' },
      { wanted: plan, options: LOOK }, { run: 'cat $ROOT/etc/hosts $ROOT/etc/motd' }, { wanted: plan }, { run: 'cat $ROOT/etc/hosts $ROOT/etc/motd' }, { wanted: plan },
    ]);
    expect(said.map(told)[0]).toEqual({ '/etc/hosts': 'same', '/etc/motd': 'same' });
    expect(told(said[2])).toEqual({ '/etc/hosts': 'would-refresh', '/etc/motd': 'would-refresh' });
    expect(said[3]).toBe('image\none\ntwo\ntwo motd');
    expect(told(said[4])).toEqual({ '/etc/hosts': 'refreshed', '/etc/motd': 'refreshed' });
    expect(said[5]).toBe('image\none\ntwo\nmore\nfirst');
    expect(told(said[6])).toEqual({ '/etc/hosts': 'same', '/etc/motd': 'same' });
  });

  test('that the node has written are named and left alone, also after they were made anew once; force makes them', () => {
    const plan = prepare(['/etc/hosts con']);
    const said = live(plan, [
      { run: 'echo more >>$WORK/tree1/etc/hosts' }, { wanted: plan }, { run: 'sleep 0.1; echo mine >>$ROOT/etc/hosts; echo again >>$WORK/tree1/etc/hosts' },
      { wanted: plan }, { run: 'tail -n 1 $ROOT/etc/hosts' }, { wanted: plan, options: FORCE }, { run: 'cat $ROOT/etc/hosts' },
    ]);
    expect([1, 3, 5].map((index) => told(said[index])['/etc/hosts'])).toEqual(['refreshed', 'changed-here', 'refreshed']);
    expect(said[4]).toBe('mine');
    expect(said[6]).toBe('image\none\nmore\nagain\ntwo');
  });

  test('that a process has open are named with it and left alone', () => {
    const plan = prepare(['/etc/hosts con']);
    const said = live(plan, [{ run: 'exec 7<$ROOT/etc/hosts; echo more >>$WORK/tree1/etc/hosts' }, { wanted: plan }, { run: 'exec 7<&-' }, { wanted: plan }]);
    expect(said[1]).toMatch(/^in-use \d+ \/etc\/hosts\/\ndone$/);
    expect(told(said[3])).toEqual({ '/etc/hosts': 'refreshed' });
  });

  test('of a bind keep their inode, those of a link are replaced as a whole with mode and owner', () => {
    const plan = prepare(['/etc/hosts con,bind', '/etc/motd con']);
    const said = live(plan, [
      { run: 'stat -c %i $ROOT/etc/hosts; exec 7<$ROOT/etc/motd; for name in hosts motd; do echo more >>$WORK/tree2/etc/$name; done' }, { wanted: plan, options: FORCE },
      { run: 'stat -c %i $ROOT/etc/hosts; tail -qn 1 $ROOT/etc/hosts $ROOT/etc/motd; cat <&7; stat -L -c %a:%u $ROOT/etc/motd' },
    ]);
    expect(said[2]).toBe(`${said[0] ?? ''}\nmore\nmore\nimage motd\ntwo motd\n644:0`);
  });
});

describe('new rows', () => {
  test('are added with their content; persistent ones are copied to the store, by apply and not by a look; the plan the node keeps has them', () => {
    const before = prepare(['/etc/hosts con']);
    const wanted = prepare(['/etc/hosts con', '/etc/app/ tmpfs', '/etc/motd ro', '/etc/keep persistent']);
    const said = live(before, [
      { wanted, options: LOOK }, { run: 'ls $WORK/store' }, { wanted },
      { run: 'cat $ROOT/etc/app/new.conf $ROOT/etc/motd $ROOT/etc/keep $WORK/store/etc/keep; stat -c %a $ROOT/etc/app/new.conf; echo mine >$ROOT/etc/app/mine; grep -c ^row $S/plan' }, { wanted },
      { run: 'cat $ROOT/etc/app/mine' },
    ]);
    expect(told(said[0])).toEqual({ '/etc/hosts': 'same', '/etc/app': 'would-add', '/etc/motd': 'would-add', '/etc/keep': 'would-add' });
    expect(said[1]).toBe('');
    expect(told(said[2])).toEqual({ '/etc/hosts': 'same', '/etc/app': 'added', '/etc/motd': 'added', '/etc/keep': 'added' });
    expect(said[3]).toBe('new\ntwo motd\nkept\nkept\n640\n4');
    expect(said[5]).toBe('mine');
  });

  test('that are binds are mounted in the namespace of the node', () => {
    const before = prepare([]);
    const wanted = prepare(['/etc/motd tmpfs,bind']);
    const said = live(before, [{ wanted }, { run: 'cat $ROOT/etc/motd; echo mine >$ROOT/etc/motd; cat $S/tmpfs/etc/motd' }]);
    expect(told(said[0])).toEqual({ '/etc/motd': 'added' });
    expect(said[1]).toBe('two motd\nmine');
  });
});

test('two at once: the second one is refused, and a node without a plan too', () => {
  const plan = prepare(['/etc/hosts con']);
  const said = live(plan, [{ run: 'exec 6>$S/apply.lock; flock 6' }, { wanted: plan }, { run: 'exec 6>&-; rm $S/plan' }, { wanted: plan }]);
  expect(said[1]).toBe('refused another liteapply is at work on it\nexit 1');
  expect(said[3]).toBe('refused it did not boot with statelite: there is no /.statelite/plan\nexit 1');
});
