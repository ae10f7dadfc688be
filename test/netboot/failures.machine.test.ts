import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildInitrds, type InitrdCase, type InitrdResult, type Initrds } from '../helpers/initrd.ts';

let initrds: Initrds;
let withoutDhcp: Promise<InitrdResult>;
beforeAll(async () => {
  initrds = await buildInitrds();
  // The DHCP client takes its own time; it may do so beside the other boots.
  withoutDhcp = initrds.boot({ dhcp: true });
  withoutDhcp.catch(() => undefined);
});
afterAll(() => initrds.remove());

const LONG = 180_000;
const stopped = ({ console }: InitrdResult): readonly string[] => console.split('\n').filter((line) => line.includes('STOPPED'));
const warnings = ({ console }: InitrdResult): readonly string[] => console.split('\n').filter((line) => line.includes('WARNING'));
const plansAsked = ({ requests }: InitrdResult): number => requests.filter(({ what }) => what === 'GET /plan').length;

/** Waits that grow from one second as the back-off says: each between its power of two and twice that. */
function expectBackOff(sleeps: readonly number[]): void {
  sleeps.forEach((seconds, index) => {
    expect(seconds).toBeGreaterThanOrEqual(2 ** index);
    expect(seconds).toBeLessThanOrEqual(2 ** (index + 1));
  });
}

describe('a node that boots', () => {
  let result: InitrdResult;
  beforeAll(async () => {
    result = await initrds.boot({ answers: ['plan'], followUp: true, trees: { 1: { 'etc/a': 'tree' } }, look: 'cat $ROOT/etc/a $ROOT/srv/state; cat $RUN/statelite/report' });
  }, LONG);

  test('has what its plan says', () => {
    expect([result.console, result.isRootReady, result.look.slice(0, 9)]).toEqual(['statelite: 2 of 2 rows in place after N ms\n'.replace('N', /after (\d+) ms/.exec(result.console)?.[1] ?? ''), true, 'treeimage']);
  });

  test('tells what happened so far with its request for the plan, on one connection, and the rest when it is up', () => {
    expect(result.requests.map(({ what }) => what)).toEqual(['POST /report', 'GET /plan', 'POST /report']);
    const [begin, plan, end] = result.requests;
    expect(begin?.port).toBe(plan?.port);
    expect(begin?.body).toMatch(/^boot [-0-9a-f]{36}\nphase initrd \d+\nphase dhcp \d+\nphase root \d+\n$/);
    expect(end?.body).toMatch(/\nphase plan \d+\n[^]*source 1 \d+ 10\.9\.0\.1:\/[^]*row ok tmpfs,rw,link file 1 4 \d+ \/etc\/a\/\n[^]*phase rows \d+\n[^]*phase switch_root \d+\nphase up 12345\nnfs \d+ \d+ \d+\n$/);
  });

  test('asks from a port that only root can have', () => {
    for (const { port } of result.requests) expect(port).toBeLessThan(1024);
  });
});

test('a report that meets a dead server is sent again, with longer waits, until it is taken', async () => {
  const { requests, sleeps, isRootReady } = await initrds.boot({ answers: ['plan'], followUp: true, dead: { after: 2, times: 4 } });
  expect([isRootReady, requests.map(({ what }) => what), requests.at(-1)?.body.includes('phase up')]).toEqual([true, ['POST /report', 'GET /plan', 'POST /report'], true]);
  // The first one is the second it waits for systemd.
  expect(sleeps.length).toBe(5);
  expectBackOff(sleeps.slice(1));
}, LONG);

describe('no DHCP answer', () => {
  test('is asked for again and again with longer waits, then the node stops and reboots', async () => {
    const result = await withoutDhcp;
    expect(stopped(result)).toEqual([expect.stringMatching(/^statelite: STOPPED: no address by DHCP on eth0; found: .*eth0/)]);
    expect([result.isRootReady, result.rebooted]).toEqual([false, true]);
    expectBackOff(result.sleeps.slice(0, 4));
  }, LONG);
});

describe('the NFS root', () => {
  test.each([
    ['that is refused stops the node after two tries, which tells it to the server and reboots', 'access denied by server while mounting 10.9.0.1:/install/image/rootimg', 1],
    ['whose server does not answer is tried six times with longer waits, then the node stops', 'Connection refused', 5],
  ])('%s', async (_title, message, waits) => {
    const result = await initrds.boot({ answers: ['plan'], mounts: { '/install/image/rootimg': [message] } });
    expect(stopped(result)).toEqual([`statelite: STOPPED: the NFS root 10.9.0.1:/install/image/rootimg cannot be mounted: mount.nfs: ${message}`]);
    expect([result.isRootReady, result.rebooted, result.requests.at(-1)?.what, result.requests.at(-1)?.body]).toEqual([false, true, 'POST /report', expect.stringMatching(/\nstopped the NFS root /)]);
    expectBackOff(result.sleeps.slice(0, waits));
    expect(result.sleeps.slice(waits, waits + 2)).toEqual([1, 60]);
  }, LONG);

  test('that comes late is waited for', async () => {
    const result = await initrds.boot({ answers: ['plan'], mounts: { '/install/image/rootimg': ['Connection timed out', 3] } });
    expect([result.isRootReady, stopped(result)]).toEqual([true, []]);
    expectBackOff(result.sleeps);
  }, LONG);
});

describe('a plan that cannot be had', () => {
  const copied = /^statelite: WARNING: no plan from statelited at 10\.9\.0\.1:3001; using the copy that nodeset left beside the image$/;

  test.each<[string, InitrdCase, number, RegExp]>([
    ['the server is unreachable', {}, 0, /connect to 10\.9\.0\.1 port 3001|Connection refused/],
    ['the certificate is wrong', { answers: ['plan'], wrongCertificate: true }, 0, /SSL certificate problem/],
    ['the plan is cut short on the wire', { answers: ['cut on the wire'] }, 4, /end of response|transfer closed/],
    ['the plan is cut short', { answers: ['cut short'] }, 4, /the plan it gave is cut short/],
    ['the plan is for another node', { answers: ['other node'] }, 4, /the plan it gave is for n02, this is n01/],
    ['the plan has another form', { answers: ['other form'] }, 4, /the plan it gave is not a plan of form 1/],
    ['the server is not ready', { answers: ['503'] }, 4, /it answered 503/],
  ])('when %s, the node asks four times with longer waits, then uses the copy beside the image and says so', async (_title, one, asked, message) => {
    const result = await initrds.boot(one);
    expect([result.isRootReady, plansAsked(result), stopped(result)]).toEqual([true, asked, []]);
    expect(warnings(result)).toEqual([expect.stringMatching(copied)]);
    expect(result.console).toMatch(message);
    expect(result.sleeps.length).toBe(3);
    expectBackOff(result.sleeps);
  }, LONG);

  test('when the server comes back the node takes the plan from there', async () => {
    const result = await initrds.boot({ answers: ['503', 'cut on the wire', 'cut short', 'plan'] });
    expect([result.isRootReady, plansAsked(result), warnings(result)]).toEqual([true, 4, []]);
  }, LONG);

  test.each<[string, InitrdCase, string]>([
    ['the copy is cut short as well', { copy: 'cut short' }, 'the copy of the plan, 10.9.0.1:/install/image/plans/n01, is cut short'],
    ['the copy is for another node', { copy: 'other node' }, 'the copy of the plan, 10.9.0.1:/install/image/plans/n01, is for n02, this is n01'],
    ['there is no copy', { copy: 'no plan at all' }, 'there is no copy of the plan: 10.9.0.1:/install/image/plans/n01'],
    ['the server refuses', { answers: ['refusal'] }, 'statelited at 10.9.0.1:3001 gives no plan (403): n01: policy row 4.8 denies it'],
    ['the plan is malformed', { answers: ['unknown word'] }, 'the plan has a line that this script does not know: hush; run liteimg again'],
  ])('when %s, the node stops with one line and reboots', async (_title, one, reason) => {
    const result = await initrds.boot(one);
    expect([result.isRootReady, result.rebooted]).toEqual([false, true]);
    expect(stopped(result)).toEqual([`statelite: STOPPED: ${reason}`]);
    if (one.answers !== undefined) expect(result.requests.at(-1)?.body).toContain(`\nstopped ${reason}\n`);
  }, LONG);
});

describe('sources and the store', () => {
  test('a litetree server that is dead at the mount is left out after three tries, its rows take the next source, and it is said', async () => {
    const result = await initrds.boot({ answers: ['plan'], trees: { 1: { 'etc/a': 'one' }, 2: { 'etc/a': 'two' } }, mounts: { '/tree1': ['Connection refused'] }, look: 'cat $ROOT/etc/a', followUp: true });
    expect([result.isRootReady, result.look, warnings(result)]).toEqual([true, 'two', ['statelite: WARNING: litetree 1, 10.9.0.1:/tree1: mount.nfs: Connection refused; its rows take the next source']]);
    expect(result.requests.at(-1)?.body).toContain('\nwarning litetree 1, 10.9.0.1:/tree1: ');
  }, LONG);

  test('a store that is missing stops the node after six tries: nothing is kept in RAM instead', async () => {
    const result = await initrds.boot({ answers: ['plan'], mounts: { '/state/n01': ['Connection refused'], '/state': ['Connection refused'] } });
    expect(stopped(result)).toEqual(['statelite: STOPPED: the store 10.9.0.1:/state/n01 cannot be mounted: mount.nfs: Connection refused; persistent files are not kept in RAM instead']);
    expect([result.isRootReady, result.rebooted, result.requests.at(-1)?.body.includes('\nstopped the store ')]).toEqual([false, true, true]);
  }, LONG);

  test.each<[string, InitrdCase, RegExp]>([
    ['full', { storeSize: '16k', image: { 'srv/state': 'x'.repeat(100_000) } }, /^the first copy to the store failed, see above: nothing is kept in RAM instead$/],
    ['read-only', { storeReadOnly: true }, /^the store \S+ is not writable: no persistent row can be kept$/],
  ])('a store that is %s stops the node: nothing is kept in RAM instead', async (_title, one, reason) => {
    const result = await initrds.boot({ answers: ['plan'], ...one, look: 'find $ROOT/.statelite/tmpfs -type f' });
    expect(stopped(result).map((line) => line.replace('statelite: STOPPED: ', ''))).toEqual([expect.stringMatching(reason)]);
    expect([result.rebooted, result.look, /\nstopped (.*)\n/.exec(result.requests.at(-1)?.body ?? '')?.[1]]).toEqual([true, '', expect.stringMatching(reason)]);
  }, LONG);

  test('a store whose directory of the node is missing gets one', async () => {
    const result = await initrds.boot({ answers: ['plan'], mounts: { '/state/n01': ['mounting failed, reason given by server: No such file or directory', 1] }, look: 'cat $ROOT/srv/state' });
    expect([result.isRootReady, result.look, result.sleeps]).toEqual([true, 'image', []]);
  }, LONG);
});

describe('rows that fail', () => {
  const told = ({ requests }: InitrdResult): readonly string[] => (requests.at(-1)?.body ?? '').split('\n').filter((line) => /^(row FAILED|warning|stopped)/.test(line));

  test('a path that vanished from the image is one warning on the console and to the server; all other rows are in place', async () => {
    const result = await initrds.boot({ answers: ['plan'], followUp: true, spoilImage: 'rm $ROOT/.default/etc/a', look: 'cat $ROOT/srv/state' });
    expect([result.isRootReady, result.look]).toEqual([true, 'image']);
    expect(result.console).toContain('statelite: tmpfs,rw,link /etc/a FAILED: Cannot stat: No such file or directory\n');
    expect(told(result)).toEqual([expect.stringMatching(/^row FAILED tmpfs,rw,link file default 0 \d+ \/etc\/a\/$/), expect.stringMatching(/^warning FAILED \(Cannot stat: .*\/etc\/a/), expect.stringMatching(/^warning some rows are not in place/)]);
  }, LONG);

  test('a persistent path that vanished from the image stops the node', async () => {
    const result = await initrds.boot({ answers: ['plan'], spoilImage: 'rm $ROOT/.default/srv/state' });
    expect(stopped(result)).toEqual(['statelite: STOPPED: /srv/state: it is neither in a source nor in the image, nothing was copied to the store']);
    expect(told(result)).toEqual(['stopped /srv/state: it is neither in a source nor in the image, nothing was copied to the store']);
  }, LONG);

  test('RAM that is full stops the node, which names what did not fit', async () => {
    const result = await initrds.boot({ answers: ['plan'], image: { 'etc/big': 'x'.repeat(900_000) }, rows: ['/etc/a', '/etc/big', '/srv/state persistent'], words: 'statelite.ram=600k' });
    const reason = expect.stringMatching(/RAM is full, \/\.statelite is too small for the rows: \/etc\/big: .*; statelite\.ram= on the command line makes it larger$/);
    expect([result.rebooted, stopped(result), told(result)]).toEqual([true, [reason], [reason]]);
  }, LONG);

  test('a row that fails alone leaves the node running, with a warning', async () => {
    const result = await initrds.boot({ answers: ['plan'], followUp: true, trees: { 1: { 'etc/a/': '' } } });
    expect([result.isRootReady, told(result)[0], told(result)[1]]).toEqual([true, expect.stringMatching(/^row FAILED tmpfs,rw,link file default 5 \d+ \/etc\/a\/$/), expect.stringMatching(/^warning FAILED \(1 has a directory there, the row is a file\)/)]);
  }, LONG);
});
