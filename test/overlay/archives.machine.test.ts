import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { buildInitrds, type InitrdCase, type InitrdResult, type Initrds } from '../helpers/initrd.ts';

let initrds: Initrds;
beforeAll(async () => { initrds = await buildInitrds(); });
afterAll(() => initrds.remove());

const LONG = 180_000;
/** The node's overlays have a file that is the same for all nodes, in an archive, and one of its own, which comes with its plan. */
const SILENT: InitrdCase = {
  rows: ['/opt/', '/srv/state persistent'], image: { 'opt/': '' },
  overlays: { site: { 'opt/motd': 'overlay\n', 'opt/name.njk': '{{ node.name }}\n' } }, look: 'cat $ROOT/opt/motd $ROOT/opt/name 2>/dev/null || :',
};
const CASE: InitrdCase = { ...SILENT, answers: ['plan'] };
const HAS = 'overlay\nn01\n';
const FOREIGN = 'does not bring the files of n01 as it says';
const lines = ({ console: text }: InitrdResult, word: string): readonly string[] => text.split('\n').filter((line) => line.includes(word));
const fetched = ({ requests }: InitrdResult): number => requests.filter(({ what }) => what.startsWith('GET /overlay?hash=')).length;

describe('the archives of overlays that a plan names', () => {
  test('come from statelited, one for what several nodes have, one for what not everybody may read', async () => {
    const result = await initrds.boot({ ...CASE, archiveCopies: 'none', overlays: { site: { ...CASE.overlays?.['site'], 'opt/secret': { content: 's', mode: 0o600 } } } });
    expect([result.isRootReady, result.look, fetched(result), lines(result, 'WARNING')]).toEqual([true, HAS, 2, []]);
  }, LONG);

  test('come from beside the image when statelited is down, and it is said', async () => {
    const result = await initrds.boot(SILENT);
    expect([result.isRootReady, result.look]).toEqual([true, HAS]);
    expect(lines(result, 'WARNING')).toEqual([expect.stringContaining('using the copy that nodeset left beside the image'), 'statelite: WARNING: no overlay from statelited; using the copy that nodeset left beside the image']);
  }, LONG);

  test('stop the node without statelited when one has files that not everybody may read', async () => {
    const result = await initrds.boot({ ...SILENT, overlays: { site: { 'opt/secret': { content: 's', mode: 0o600 } } } });
    expect([result.isRootReady, lines(result, 'STOPPED')]).toEqual([false, ['statelite: STOPPED: the overlays site have files that not everybody may read: only statelited gives them, and none answers at 10.9.0.1:3001']]);
  }, LONG);

  test('are fetched anew, with the plan, when the tables have changed between plan and archive; nothing of the old ones is left', async () => {
    const result = await initrds.boot({
      ...CASE, overlays: { site: { 'opt/motd': 'old\n', 'opt/gone': 'old\n', 'opt/gone-own.njk': '{{ node.name }}\n', 'opt/secret': { content: 's', mode: 0o600 } } },
      overlaysLater: { site: { ...CASE.overlays?.['site'], 'opt/secret': { content: 's', mode: 0o600 } } }, archives: ['archive', 'changed', 'archive'],
      look: 'cat $ROOT/opt/motd $ROOT/opt/name; find $ROOT/opt $ROOT/.statelite/mnt -name "gone*" 2>/dev/null || :',
    });
    expect([result.isRootReady, result.look, result.requests.filter(({ what }) => what === 'GET /plan').length, fetched(result)]).toEqual([true, HAS, 2, 4]);
  }, LONG);

  test('stop the node when the tables change again and again', async () => {
    const result = await initrds.boot({ ...CASE, overlaysLater: CASE.overlays ?? {}, archives: ['changed'] });
    expect([result.isRootReady, fetched(result), lines(result, 'STOPPED')]).toEqual([false, 5, ['statelite: STOPPED: the tables change faster than the overlay of the plan can be fetched']]);
  }, LONG);

  test('are asked for again while the server makes them', async () => {
    const result = await initrds.boot({ ...CASE, archives: ['503', '503', 'archive'] });
    expect([result.isRootReady, result.look, fetched(result), lines(result, 'WARNING')]).toEqual([true, HAS, 3, []]);
  }, LONG);

  test('with another checksum than the plan says are not used: the copy is, and when that is spoiled too the node stops', async () => {
    const [good, bad] = await Promise.all([initrds.boot({ ...CASE, archives: ['spoiled', 'spoiled', 'spoiled', 'spoiled', 'archive'] }), initrds.boot({ ...CASE, archives: ['spoiled'], archiveCopies: 'spoiled' })]);
    expect([good.isRootReady, good.look]).toEqual([true, HAS]);
    expect(lines(good, 'trying again')[0]).toBe('statelite: overlays site from 10.9.0.1:3001: what it gave has another checksum than the plan says; trying again');
    expect([bad.isRootReady, lines(bad, 'STOPPED')]).toEqual([false, ['statelite: STOPPED: the copy of the overlays site is not whole: what it gave has another checksum than the plan says']]);
  }, LONG);

  test('that the server refuses stop the node, with the reason', async () => {
    const result = await initrds.boot({ ...CASE, archives: ['refusal'] });
    expect([result.isRootReady, lines(result, 'STOPPED')]).toEqual([false, ['statelite: STOPPED: statelited at 10.9.0.1:3001 does not give the overlays site (403): n01: policy row 4.8 denies it']]);
  }, LONG);
});

describe("a node's own files, which come with its plan", () => {
  test('need no request of their own; the plan that rc.statelite and others read has them no more', async () => {
    const result = await initrds.boot({ ...CASE, overlays: { site: { 'opt/name.njk': '{{ node.name }}\n' } }, look: 'cat $ROOT/opt/name; head -n 1 $ROOT/.statelite/plan; grep -c "^overlay own" $ROOT/.statelite/plan; ls $RUN/statelite' });
    expect([result.isRootReady, fetched(result), lines(result, 'WARNING')]).toEqual([true, 0, []]);
    expect(result.look).toMatch(/^n01\nstatelite-plan 1\n1\n/);
    expect(result.look).not.toMatch(/^own$/m);
  }, LONG);

  test('of a megabyte that cannot be packed are there, from statelited and from beside the image', async () => {
    const text = randomBytes(768 * 1024).toString('base64');
    const large = { ...SILENT, overlays: { site: { 'opt/large.njk': `${text}\n{{ node.name }}\n` } }, look: 'wc -c <$ROOT/opt/large; tail -n 1 $ROOT/opt/large' };
    for (const result of await Promise.all([initrds.boot({ ...large, answers: ['plan'] }), initrds.boot(large)])) {
      expect([result.isRootReady, result.look, lines(result, 'STOPPED')]).toEqual([true, `${text.length + 5}\nn01\n`, []]);
    }
  }, LONG);

  test.each([['own files spoiled', FOREIGN], ['own files missing', FOREIGN], ['cut in own files', 'is cut short']] as const)('are asked for again when the answer has %s', async (answer, fault) => {
    const result = await initrds.boot({ ...CASE, answers: [answer, 'plan'] });
    expect([result.isRootReady, result.look, lines(result, 'again')]).toEqual([true, HAS, [`statelite: statelited at 10.9.0.1:3001: the plan it gave ${fault}; trying again`]]);
  }, LONG);

  test.each([['own files spoiled', FOREIGN], ['own files missing', FOREIGN], ['cut in own files', 'is cut short']] as const)('stop the node when nobody answers and the copy of its plan has %s', async (copy, fault) => {
    const result = await initrds.boot({ ...SILENT, copy });
    expect([result.isRootReady, lines(result, 'STOPPED')]).toEqual([false, [`statelite: STOPPED: the copy of the plan, 10.9.0.1:/install/image/plans/n01, ${fault}`]]);
  }, LONG);
});

test.each(['', 'bind', 'overlay', 'persistent'])('owner, mode, symlink and capability of a file are the same on the node, for a row %j', async (option) => {
  const result = await initrds.boot({
    ...CASE, rows: [`/opt/ ${option}`, '/srv/state persistent'], image: { 'opt/tool': 'image' }, overlays: { site: { 'opt/tool': { content: 'overlay', mode: 0o4750, uid: 12, gid: 34 }, 'opt/other': '-> tool' } },
    prepareOverlays: 'setcap cap_net_raw+ep "$OVERLAYS/site/opt/tool"; setfattr -n user.from -v site "$OVERLAYS/site/opt/tool"',
    look: 'stat -c "%a %u:%g" $ROOT/opt/tool; readlink $ROOT/opt/other; getcap $ROOT/opt/tool | sed "s/.* //"; getfattr --absolute-names -n user.from --only-values $ROOT/opt/tool',
  });
  expect([result.isRootReady, result.look]).toEqual([true, '4750 12:34\ntool\ncap_net_raw=ep\nsite']);
}, LONG);
