import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nestingMatrix } from '../../lib/policy/nesting.ts';
import { ALL_OPTIONS, kindOf, writeOption } from '../../lib/policy/option.ts';
import { parseReport } from '../../lib/stat/boot.ts';
import { bootOne, buildNodeRoots, type BootResult, type NodeCase, type NodeRoots } from '../helpers/node-root.ts';
import { expectNode } from './model.ts';

let roots: NodeRoots;
beforeAll(async () => {
  roots = await buildNodeRoots();
});
afterAll(() => roots.remove());

const boot = (one: NodeCase): BootResult => bootOne(roots, one);
const bootAll = (one: NodeCase): readonly BootResult[] => roots.boot([one])[0] ?? [];
const TIMES = / \d+ ms$/;
/** The log's lines of text, without the times at their ends, which differ from run to run. */
const told = ({ log }: BootResult): readonly string[] => log.filter((line) => !line.startsWith('{')).map((line) => line.replace(TIMES, ' N ms'));
const failures = (result: BootResult): readonly string[] => told(result).filter((line) => line.startsWith('FAILED')).map((line) => line.replace(/, \d+ bytes, N ms$/, ''));
const OPTIONS = ALL_OPTIONS;

describe('what an option means on the node', () => {
  const image = { 'srv/f': { content: 'image\n', mode: 0o640, uid: 3, gid: 4 }, 'srv/d/only-image': 'i', 'srv/d/both': 'i', 'srv/d/deep/only-image': 'i' };
  const sources = {
    1: { 'srv/f': 'one\n', 'srv/d/both': '1', 'srv/d/only-1': '1', 'srv/d/deep/.dot': '1', 'srv/d/empty/': '' },
    2: { 'srv/f': 'two\n', 'srv/d/both': '2', 'srv/d/only-2': '2', 'srv/d/deep/.dot': '2' },
  };

  test.each(OPTIONS.filter(({ mechanism }) => mechanism !== 'overlay').map(writeOption))('%s: a file', (option) => {
    const result = boot({ image, sources, rows: [`/srv/f ${option}`] });
    const [, kind = ''] = option.split(',');
    const wanted = option.endsWith('con') ? 'file 640 3:4 rw image\none\ntwo\n' : `file 644 0:0 ${kind === 'ro' ? 'ro' : 'rw'} one\n`;
    expect([result.exitCode, result.view]).toEqual([0, { '/srv/f': wanted }]);
    expect([result.store['/srv/f'], result.disk['/srv/f']]).toEqual([kind === 'persistent' ? wanted : undefined, kind === 'localdisk' ? wanted : undefined]);
  });

  test.each(OPTIONS.filter((option) => kindOf(option) !== 'con').map(writeOption))('%s: a directory', (option) => {
    const result = boot({ image, sources, rows: [`/srv/d/ ${option}`] });
    const merged = { '': 'directory 755 0:0 rw', '/only-image': 'file 644 0:0 rw i', '/both': 'file 644 0:0 rw 1', '/only-1': 'file 644 0:0 rw 1', '/only-2': 'file 644 0:0 rw 2',
      '/deep': 'directory 755 0:0 rw', '/deep/.dot': 'file 644 0:0 rw 1', '/deep/only-image': 'file 644 0:0 rw i', '/empty': 'directory 755 0:0 rw' };
    const first = { '': 'directory 755 0:0 ro', '/both': 'file 644 0:0 ro 1', '/only-1': 'file 644 0:0 ro 1', '/deep': 'directory 755 0:0 ro', '/deep/.dot': 'file 644 0:0 ro 1', '/empty': 'directory 755 0:0 ro' };
    const wanted = Object.fromEntries(Object.entries(option.endsWith('ro') ? first : merged).map(([path, what]) => [`/srv/d${path}`, what]));
    expect([result.exitCode, result.view]).toEqual([0, wanted]);
    expect(Object.keys(result.store).includes('/srv/d/both')).toBe(option.endsWith('persistent'));
    expect(Object.keys(result.disk).includes('/srv/d/both')).toBe(option.endsWith('localdisk') && !option.startsWith('overlay'));
  });

  test.each(OPTIONS.map(writeOption))('%s: nothing but the image has it', (option) => {
    const rows = [option.endsWith('con') || !option.startsWith('overlay') ? `/srv/f ${option}` : `/srv/d/ ${option}`];
    const { exitCode, plan, view } = boot({ image, rows });
    expect([exitCode, view]).toEqual([0, expectNode({ rows: plan.rows, image, sources: {}, store: {} }).view]);
  });

  test('rows nest as the matrix allows, near and deep, files and directories', () => {
    const cells = nestingMatrix().filter(({ verdict }) => verdict.allowed);
    const cases = cells.flatMap(({ parent, child }): NodeCase[] => ['f', 'only-image', 'deep/er/file', 'deep/', 'deep/er/', 'new/one/', 'new/file'].flatMap((name): NodeCase[] => {
      const isDirectory = name.endsWith('/');
      if (isDirectory ? kindOf(child) === 'con' : child.mechanism === 'overlay') return [];
      const rows = [`/srv/d/ ${writeOption(parent)}`, `/srv/d/${name} ${writeOption(child)}`];
      return [{ image: { ...image, 'srv/d/f': 'f', 'srv/d/deep/er/file': 'e' }, sources: { ...sources, 10: { 'srv/d/f': '10', 'srv/d/deep/er/file': '10' } }, rows }];
    }));
    expect(cases.length).toBeGreaterThan(80);
    roots.boot(cases).forEach(([result], index) => {
      const one = cases[index];
      if (one === undefined || result === undefined) throw new Error('no boot');
      const wanted = expectNode({ rows: result.plan.rows, image: one.image, sources: one.sources as Record<string, never>, store: {} });
      expect([one.rows, result.exitCode, result.log, result.view]).toEqual([one.rows, 0, result.log, wanted.view]);
    });
  });

  test('what is written to an overlay on the local disk is there after a reboot, what was removed stays away', () => {
    const look = 'cat $ROOT/srv/d/only-image; cat $ROOT/srv/d/mine $ROOT/srv/d/deep/mine 2>/dev/null || :; echo mine >$ROOT/srv/d/mine; echo deep >$ROOT/srv/d/deep/mine; rm -f $ROOT/srv/d/both; ls $ROOT/srv/d';
    const looks = bootAll({ image, rows: ['/srv/d/ overlay,localdisk', '/srv/d/deep/ bind,localdisk'], boots: [{ look }, { look }] });
    expect(looks.map(({ exitCode, look: seen }) => [exitCode, seen])).toEqual([[0, 'ideep\nmine\nonly-image\n'], [0, 'imine\ndeep\ndeep\nmine\nonly-image\n']]);
  });

  test('a row below a bound directory shows its own source, not the parent\'s copy', () => {
    const { view, ram } = boot({ image: { 'srv/d/f': 'pristine', 'srv/d/big/content': 'much' }, rows: ['/srv/d/ bind', '/srv/d/f bind,ro', '/srv/d/big/ bind,ro'] });
    expect([view['/srv/d/f'], view['/srv/d/big/content']]).toEqual(['file 644 0:0 ro pristine', 'file 644 0:0 ro much']);
    expect([ram['/srv/d/f'], ram['/srv/d/big/content']]).toEqual(['file 644 0:0 rw ', undefined]);
  });

  test('any name is taken as it is', () => {
    const names = ['a b', "it's", '"q"', '$HOME', '[x]', 'c++', '-rf', 'ü', 'back\\slash', '*', 'tail ', 'tab\tx', 'a,b:c', '#x', '!', 'x/', '\\040', '%s', '`id`', '…'].map((name) => name.replace('/', ''));
    const image = Object.fromEntries(names.flatMap((name) => [[`etc/${name}`, name], [`opt/l${name}/f`, name], [`opt/b${name}/f`, name], [`opt/o${name}/f`, name], [`opt/p${name}/f`, name], [`opt/c${name}`, name]]));
    const result = boot({ image, rows: names.flatMap((name) => [`/etc/${name} link,persistent`, `/opt/l${name}/ link`, `/opt/b${name}/ bind`, `/opt/o${name}/ overlay`, `/opt/p${name}/ bind,persistent`, `/opt/c${name} bind,con`]) });
    expect([result.exitCode, failures(result)]).toEqual([0, []]);
    for (const path of Object.keys(image)) expect(result.view[`/${path}`]).toBe(`file 644 0:0 rw ${image[path] ?? ''}`);
  });

  test('directories above a row are as private as in the image, in RAM and in the store', () => {
    const { ram, store } = boot({ image: { 'root/': { mode: 0o700, uid: 5 }, 'root/.ssh/key': 'k', 'root/.bashrc': 'b', 'root/.profile': 'p' }, rows: ['/root/.ssh/ persistent', '/root/.bashrc', '/root/.profile ro'] });
    expect([ram['/root'], store['/root']]).toEqual(['directory 700 5:0 rw', 'directory 700 5:0 rw']);
  });

  test('a source that is not mounted is passed over, and said', () => {
    const { exitCode, view, log } = boot({ image, sources: { 1: null, 2: sources[2] }, rows: ['/srv/f'] });
    expect([exitCode, view['/srv/f'], log[0]]).toEqual([0, 'file 644 0:0 rw two\n', 'litetree 1 is not mounted: its rows take the next source']);
  });

  test('priorities are numbers: 2 comes before 10', () => {
    expect(boot({ image, sources: { 10: { 'srv/f': 'ten' }, 2: { 'srv/f': 'two' } }, rows: ['/srv/f'] }).view['/srv/f']).toBe('file 644 0:0 rw two');
  });

  test('every row has a line with outcome, option, path, origin, bytes and milliseconds, and the last line counts', () => {
    const result = boot({ image, sources, rows: ['/srv/f link,con', '/srv/d/ bind', '/etc/new persistent', '/etc/shown ro', '/srv/d/both bind'] });
    const bytes = Number(/\/srv\/d from 1\+2\+root, (\d+) bytes/.exec(result.log.join('\n'))?.[1]);
    expect(told(result)).toEqual([
      'ok persistent,rw,link file /etc/new from default, 0 bytes, N ms', 'ok tmpfs,ro,link file /etc/shown from default, 0 bytes, N ms',
      `ok tmpfs,rw,bind directory /srv/d from 1+2+root, ${bytes} bytes, N ms`, 'ok tmpfs,rw,bind file /srv/d/both from parent, 0 bytes, N ms',
      'ok tmpfs,con,link file /srv/f from default+1+2, 14 bytes, N ms', '5 of 5 rows in place after N ms',
    ]);
    expect(bytes).toBeGreaterThanOrEqual(6);
  });

  test('every row has a line of JSON in the log too, and one in the words of the report', () => {
    const names = ['plain', 'a "b"', 'back\\slash', 'tab\tx', '\u0001', 'ü'];
    const { log, look, plan } = boot({ image: Object.fromEntries(names.map((name) => [`etc/${name}`, '12345'])), rows: names.map((name) => `/etc/${name} link`),
      sources: { 1: { 'etc/plain': '123' } }, boots: [{ prepare: "rm -f $ROOT/.default/etc/plain $S/mnt/1/etc/plain", look: 'cat $REPORT' }] });
    const lines = log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { readonly path: string; readonly ms: number });
    expect(lines.map(({ path }) => path)).toEqual(plan.rows.map(({ path }) => path));
    expect(lines.find(({ path }) => path === '/etc/plain')).toEqual({ path: '/etc/plain', outcome: 'FAILED', reason: 'Cannot stat: No such file or directory', option: 'tmpfs,rw,link', type: 'file', source: 'default', bytes: 0, ms: expect.any(Number) });
    expect(lines.find(({ path }) => path === '/etc/ü')).toEqual({ path: '/etc/ü', outcome: 'ok', option: 'tmpfs,rw,link', type: 'file', source: 'default', bytes: 5, ms: expect.any(Number) });
    const report = parseReport('n01', `boot 01234567-0123-0123-0123-0123456789ab\n${look}`, 0);
    expect(report?.good['/etc/back\\slash']).toEqual({ option: 'tmpfs,rw,link', type: 'file', origin: 'default', bytes: 5, ms: expect.any(Number) });
    expect([Object.keys(report?.failed ?? {}), report?.warnings]).toEqual([['/etc/plain'], [expect.stringMatching(/^FAILED \(Cannot stat: No such file or directory\) tmpfs,rw,link file \/etc\/plain from default$/)]]);
  });

});

describe('persistent state', () => {
  const image = { 'etc/f': 'first', 'var/lib/app/data': 'first' };
  const rows = ['/etc/f persistent', '/var/lib/app/ persistent'];

  test('is copied once and never touched again, whatever becomes of the image', () => {
    const [first, second] = bootAll({ image, rows, boots: [
      { look: 'echo mine >$ROOT/etc/f; rm $ROOT/var/lib/app/data; echo own >$ROOT/var/lib/app/new' },
      { image: { 'etc/f': 'second', 'var/lib/app/data': 'second', 'var/lib/app/added': 'second' }, sources: { 1: { 'etc/f': 'tree', 'var/lib/app/tree': 't' } } },
    ] });
    expect(first?.view).toEqual({ '/etc/f': 'file 644 0:0 rw first', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/data': 'file 644 0:0 rw first' });
    expect(second?.view).toEqual({ '/etc/f': 'file 644 0:0 rw mine\n', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/new': 'file 644 0:0 rw own\n' });
    expect(second === undefined ? [] : told(second).slice(0, 2)).toEqual(['ok persistent,rw,link file /etc/f from store, 0 bytes, N ms', 'ok persistent,rw,link directory /var/lib/app from store, 0 bytes, N ms']);
  });

  test('a half copy after a power cut is thrown away and made again', () => {
    const { exitCode, view, store, log } = boot({ image, rows, store: { '.statelite-incomplete': '/etc/f\n/var/lib/app\n', 'etc/f': 'fir', 'var/lib/app/data': 'fi', 'var/lib/app/left-over': 'x', 'var/lib/other/state': 's' } });
    expect([exitCode, log[0]]).toEqual([0, 'persistent: the first copy was cut off last time, it is made again']);
    expect(view).toEqual({ '/etc/f': 'file 644 0:0 rw first', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/data': 'file 644 0:0 rw first' });
    expect(Object.keys(store).sort()).toEqual(['/.statelite-rows', '/etc', '/etc/f', '/var', '/var/lib', '/var/lib/app', '/var/lib/app/data', '/var/lib/other', '/var/lib/other/state']);
  });

  test('a directory row added above a row in the store is filled in around it', () => {
    const tree = { 'var/lib/app/data': 'image', 'var/lib/app/.hidden': 'image', 'var/lib/other/x': 'image', 'var/lib/f': 'image' };
    const [, second] = bootAll({ image: tree, rows: ['/var/lib/app/ persistent'], boots: [
      { look: 'echo mine >$ROOT/var/lib/app/data; rm $ROOT/var/lib/app/.hidden' },
      { rows: ['/var/lib/app/ persistent', '/var/lib/ persistent'] },
    ] });
    expect(second?.view).toEqual({
      '/var/lib': 'directory 755 0:0 rw', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/data': 'file 644 0:0 rw mine\n', '/var/lib/f': 'file 644 0:0 rw image',
      '/var/lib/other': 'directory 755 0:0 rw', '/var/lib/other/x': 'file 644 0:0 rw image',
    });
  });

  test('a source that has a file where the store has a row\'s directory stops the node, and the row is kept', () => {
    const { exitCode, store } = boot({ image: { 'var/lib/app/data': 'image' }, sources: { 1: { 'var/lib/app': 'file' } }, rows: ['/var/lib/ persistent', '/var/lib/app/data persistent'],
      store: { '.statelite-rows': '/var/lib/app/data\n', 'var/lib/app/data': 'mine' } });
    expect([exitCode, store['/var/lib/app/data']]).toEqual([2, 'file 644 0:0 rw mine']);
  });

  test('a power cut while it is filled in costs neither the row below nor anything else that was there', () => {
    const { view } = boot({ image: { 'var/lib/app/data': 'image', 'var/lib/f': 'image' }, rows: ['/var/lib/ persistent', '/var/lib/app/ persistent'], store: {
      '.statelite-rows': '/var/lib/app\n/var/lib/old\n', '.statelite-incomplete': '/var/lib\n', 'var/lib/app/data': 'mine', 'var/lib/f': 'im', 'var/lib/half/x': '', 'var/lib/.half': '', 'var/lib/old/state': 'kept',
    } });
    expect(view).toEqual({
      '/var/lib': 'directory 755 0:0 rw', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/data': 'file 644 0:0 rw mine', '/var/lib/f': 'file 644 0:0 rw image',
      '/var/lib/old': 'directory 755 0:0 rw', '/var/lib/old/state': 'file 644 0:0 rw kept',
    });
  });

  test('what an earlier system left beside a row is kept when a directory row is added above both', () => {
    const [, second] = bootAll({ image: { 'var/lib/app/data': 'image', 'var/lib/f': 'image' }, rows: ['/var/lib/app/ persistent'], store: { 'var/lib/app/data': 'xcat', 'var/lib/f': 'xcat', 'var/lib/dir/f': 'xcat' }, boots: [
      {}, { rows: ['/var/lib/ persistent', '/var/lib/app/ persistent'] },
    ] });
    expect(second?.view).toMatchObject({ '/var/lib/app/data': 'file 644 0:0 rw xcat', '/var/lib/f': 'file 644 0:0 rw xcat', '/var/lib/dir/f': 'file 644 0:0 rw xcat' });
  });

  test('a store of xCAT is taken as it is', () => {
    const { view } = boot({ image, rows, store: { 'etc/f': 'xcat', 'var/lib/app/own': 'xcat' } });
    expect(view).toEqual({ '/etc/f': 'file 644 0:0 rw xcat', '/var/lib/app': 'directory 755 0:0 rw', '/var/lib/app/own': 'file 644 0:0 rw xcat' });
  });

  test('a list that names nothing sensible deletes nothing', () => {
    const { store } = boot({ image, rows, store: { '.statelite-incomplete': '\n/\n//\n/../store\n/etc/../var\nvar\n', 'var/lib/app/own': 'mine', 'x/y': 'mine' } });
    expect(store).toMatchObject({ '/var/lib/app/own': 'file 644 0:0 rw mine', '/x/y': 'file 644 0:0 rw mine' });
  });

  test('is not written through a symlink the node made', () => {
    const { exitCode, console, look } = boot({ image, rows: ['/var/lib/ persistent', '/var/lib/app/ persistent'], store: { '.statelite-rows': '/var/lib\n/var/lib/app\n', 'var/lib/away': '-> /', 'elsewhere/': '', 'var/lib/x': '-> ../../elsewhere' }, boots: [
      { rows: ['/var/lib/ persistent', '/var/lib/x/new persistent'], look: 'ls $STORE/elsewhere' },
    ] });
    expect([exitCode, look]).toEqual([2, '']);
    expect(console).toContain('STOPPED: /var/lib/x/new: the store has no directory at /var/lib/x, but something else');
  });

  test.each<[string, Partial<NodeCase>, RegExp]>([
    ['not mounted', { boots: [{ storeMounted: false }] }, /STOPPED: the store of n01 is not mounted/],
    ['read-only', { boots: [{ storeReadOnly: true }] }, /STOPPED: the store \S+ is not writable/],
    ['full', { storeSize: '40k', image: { 'etc/f': 'first', 'var/lib/app/data': 'x'.repeat(200_000) } }, /No space left|STOPPED/],
    ['full to the last byte', { storeSize: '8k', boots: [{ prepare: 'dd if=/dev/zero of=$STORE/fill bs=1k 2>/dev/null || :' }] }, /STOPPED: cannot write/],
  ])('a store that is %s stops the node, and nothing is in RAM instead', (_, change, message) => {
    const result = boot({ image, rows, ...change });
    expect([result.exitCode, Object.values(result.ram).filter((what) => what.startsWith('file'))]).toEqual([2, []]);
    expect(result.console).toMatch(message);
  });

  test('a read-only store with all state in it stops the node as well', () => {
    const result = boot({ image, rows, store: { '.statelite-rows': '/etc/f\n/var/lib/app\n', 'etc/f': 'x', 'var/lib/app/x': 'x' }, boots: [{ storeReadOnly: true }] });
    expect([result.exitCode, result.console]).toEqual([2, expect.stringContaining('/etc/f FAILED: it is not writable')]);
  });

  test.each<[string, string, string]>([['file', '/etc/f persistent', 'etc/f/'], ['directory', '/var/lib/app/ persistent', 'var/lib/app']])('a %s row that is something else in the store stops the node', (type, row, there) => {
    const { exitCode, console } = boot({ image, rows: [row], store: { [there]: '' } });
    expect([exitCode, console]).toEqual([2, expect.stringContaining(type === 'file' ? 'is a directory' : 'there is no directory')]);
  });
});

describe('what is wrong is said', () => {
  const image = { 'etc/a': 'a', 'etc/b': 'b', 'srv/d/f': 'f' };
  const rows = ['/etc/a', '/etc/b', '/srv/d/ bind'];

  test.each<[string, readonly (readonly [string, string])[], RegExp]>([
    ['loses its last line', [['end \\d+\\n', '']], /the plan is cut short/],
    ['loses a line in the middle', [['row .*/etc/a/\\n', '']], /the plan is cut short/],
    ['is cut in its last line', [['(end \\d)\\d*\\n', '$1']], /the plan is cut short/],
    ['goes on after its end', [['(end \\d+\\n)', '$1hash x\n']], /the plan goes on after its end/],
    ['has an unknown line', [['hash', 'hush']], /a line that this script does not know: hush; run liteimg again/],
    ['is of another version', [['statelite-plan 1', 'statelite-plan 2']], /the plan has form 2, this script reads form 1: run liteimg again/],
    ['does not say what it is', [['statelite-plan 1\\n', '']], /the plan does not begin with statelite-plan/],
    ['is empty', [['[^]*', '']], /the plan is cut short/],
    ['has an unknown storage', [['row tmpfs', 'row cloud']], /the plan asks for cloud,rw,link, which this script does not know: run liteimg again/],
    ['has an unknown mechanism', [['rw link', 'rw glue']], /a row that this script does not know: glue/],
    ['has an overlay on the store', [['tmpfs rw bind directory', 'persistent rw overlay directory']], /the plan asks for persistent,rw,overlay/],
    ['has half a row', [['as .*\\n', 'hash x\n']], /the plan has hash where the rest of the row \/srv\/d was expected/],
    ['has the other half', [['hash \\S+', 'as /x']], /the plan has an as line without its row/],
  ])('a plan that %s stops the node with one clear line', (_, edit, message) => {
    const { exitCode, console } = boot({ image, rows, boots: [{ edit }] });
    expect([exitCode, console.trim().split('\n').length]).toEqual([2, 1]);
    expect(console).toMatch(message);
  });

  test('no plan at all stops the node', () => {
    expect(boot({ image, rows, boots: [{ prepare: 'rm $S/plan' }] })).toMatchObject({ exitCode: 2, console: 'statelite: STOPPED: there is no plan\n' });
  });

  test.each(OPTIONS.map(writeOption).filter((option) => !option.startsWith('overlay')))('a %s file that vanished from the image is named, the other rows are in place', (option) => {
    const result = boot({ image, rows: ['/etc/a', `/etc/b ${option}`, '/srv/d/ bind'], boots: [{ prepare: 'rm -f $ROOT/.default/etc/b; [ -L $ROOT/etc/b ] || rm $ROOT/etc/b' }] });
    const isKept = /persistent|localdisk/.test(option);
    expect(result.exitCode).toBe(isKept ? 2 : 1);
    expect(result.console).toContain('/etc/b');
    if (!isKept) expect([failures(result).length, result.view['/etc/a'], result.view['/srv/d/f']]).toEqual([1, 'file 644 0:0 rw a', 'file 644 0:0 rw f']);
  });

  test('a directory that vanished from the image is named', () => {
    const result = boot({ image, rows: ['/etc/a', '/srv/d/ link', '/srv/e/ overlay'], boots: [{ prepare: 'rm -r $ROOT/.default/srv/d $ROOT/srv/e' }] });
    expect([result.exitCode, failures(result).map((line) => line.replace(/ \(.*\)/, ''))]).toEqual([1, ['FAILED tmpfs,rw,link directory /srv/d from nowhere', 'FAILED tmpfs,rw,overlay directory /srv/e from nowhere']]);
  });

  test('RAM that is too small for a row makes that row fail', () => {
    const result = boot({ image: { ...image, 'srv/big/f': 'x'.repeat(400_000) }, rows: ['/etc/a', '/srv/big/'], boots: [{ ramSize: '200k' }] });
    expect(result.exitCode).not.toBe(0);
    expect(result.console).toContain('/srv/big');
  });

  test('a litetree server that dies during the copy: its rows take the next source, in RAM and in the store, and it is said', () => {
    // Whoever joins the parts waits at the pipe until the source is gone.
    const die = 'mkfifo $S/mnt/1/srv/joined\nnohup setsid sh -c "exec 9>$S/mnt/1/srv/joined; umount -l $S/mnt/1; rmdir $S/mnt/1" >/dev/null 2>&1 &';
    const result = boot({ image: { ...image, 'srv/copied': 'i', 'srv/kept': 'i', 'srv/shown': 'i', 'srv/joined': 'i', 'srv/layers/f': 'i' },
      sources: { 1: { 'srv/kept': '1', 'srv/shown': '1', 'srv/layers/f': '1', 'srv/copied': '1' }, 2: { 'srv/copied': '2', 'srv/kept': '2' } },
      rows: ['/srv/copied', '/srv/kept persistent', '/srv/shown bind,ro', '/srv/joined con', '/srv/layers/ overlay'], boots: [{ prepare: die }] });
    expect(told(result).slice(0, 3)).toEqual([
      'a litetree went away while its rows were made: everything is made again without it', 'litetree 1 is not mounted: its rows take the next source', 'ok tmpfs,rw,link file /srv/copied from 2, 1 bytes, N ms',
    ]);
    expect([result.exitCode, failures(result)]).toEqual([0, []]);
    expect(result.view).toEqual({ '/srv/copied': 'file 644 0:0 rw 2', '/srv/kept': 'file 644 0:0 rw 1', '/srv/shown': 'file 644 0:0 ro i', '/srv/joined': 'file 644 0:0 rw i', '/srv/layers': 'directory 755 0:0 rw', '/srv/layers/f': 'file 644 0:0 rw i' });
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['file where the row is a directory', { 'srv/d': 'x' }, '/srv/d/ link', 'FAILED (1 has a file there, the row is a directory) tmpfs,rw,link directory /srv/d from default'],
    ['directory where the row is a file', { 'etc/a/': '' }, '/etc/a link', 'FAILED (1 has a directory there, the row is a file) tmpfs,rw,link file /etc/a from default'],
    ['symlink where the row is joined', { 'etc/a': '-> b' }, '/etc/a con', 'FAILED (1 has a symlink there, which cannot be joined or mounted) tmpfs,con,link file /etc/a from default'],
    ['symlink above a row that leads out of it', { etc: '-> ../../../etc' }, '/etc/a link', 'FAILED (1 leads out of its tree above this path) tmpfs,rw,link file /etc/a from default'],
  ])('a source with a %s makes it fail', (_, tree, row, line) => {
    const result = boot({ image, sources: { 1: tree }, rows: [row] });
    expect([result.exitCode, failures(result)]).toEqual([1, [line]]);
  });

  test('a symlink above a row that stays inside its source is followed', () => {
    const { exitCode, view } = boot({ image, sources: { 1: { etc: '-> shared/etc', 'shared/etc/a': 'shared' } }, rows: ['/etc/a'] });
    expect([exitCode, view['/etc/a']]).toEqual([0, 'file 644 0:0 rw shared']);
  });
});

describe('trees of any shape', () => {
  test('an absolute symlink is copied as it is, and nothing is written through it', () => {
    const outside = `/tmp/statelite-outside-${process.pid}`;
    const result = boot({ image: { 'var/x/from-image': 'i', 'var/y/f': 'i', 'etc/c': 'c' }, rows: ['/var/', '/var/x/state persistent', '/var/y/joined con'],
      sources: { 1: { 'var/x': `-> ${outside}`, 'var/z': `-> ${outside}` }, 2: { 'var/x/f': '2', 'var/z/f': '2', 'var/y': `-> ${outside}` } },
      boots: [{ prepare: `mkdir ${outside}`, look: `ls -A ${outside}; rmdir ${outside}` }] });
    expect([result.look, result.exitCode]).toEqual(['', 2]);
    expect(result.ram).toMatchObject({ '/var/x': `-> ${outside}`, '/var/z': `-> ${outside}` });
    expect(failures(result).length).toBe(2);
  });

  test('a file of a better source takes the place of a directory, and the other way round', () => {
    const { exitCode, view } = boot({ image: { 'var/a/deep/f': 'i', 'var/b': 'i', 'var/s/f': 'i' }, sources: { 1: { 'var/a': 'file', 'var/s': '-> nowhere' }, 2: { 'var/b/f': '2', 'var/a/g': '2' } }, rows: ['/var/'] });
    expect([exitCode, view]).toEqual([0, { '/var': 'directory 755 0:0 rw', '/var/a': 'file 644 0:0 rw file', '/var/b': 'directory 755 0:0 rw', '/var/b/f': 'file 644 0:0 rw 2', '/var/s': '-> nowhere' }]);
  });

  test.each(['link', 'bind', 'persistent'])('%s: times, hard links, holes, devices, attributes, modes and empty things are kept', (option) => {
    const look = (root: string): string => `cd ${root}
      stat -c '%n %F %a %u:%g %Y %h %t,%T' new old twin empty null fifo suid bin dot/.dot hole
      [ $(stat -c %b hole) -lt 100 ] && stat -c %s hole
      [ twin -ef old ] && echo linked
      getcap bin | sed 's/.* //'`;
    const make = `mkdir -p $ROOT/srv/d/dot && cd $ROOT/srv/d
      echo old >old && touch -d 2001-01-01 old && ln old twin && : >empty && mknod null c 1 3 && mkfifo fifo && echo x >new
      echo x >suid && chmod 4755 suid && chown 1:2 suid && chmod u+s suid && : >dot/.dot && truncate -s 5M hole
      cp /bin/true bin && setcap cap_net_raw+ep bin`;
    const [result] = bootAll({ image: {}, rows: [`/srv/d/ ${option}`], boots: [{ prepareImage: make, look: `{ ${look('$ROOT/srv/d')}; } >$S/seen\n{ ${look(option === 'bind' ? '$ROOT/srv/d' : '$ROOT/.default/srv/d')}; } >$S/wanted\ndiff $S/wanted $S/seen && cat $S/seen` }] });
    expect(result?.look).toMatch(/old regular file 644 0:0 978\d+ 2 0,0\n[^]*null character special file 644 0:0 \d+ 1 1,3\nfifo fifo[^]*suid regular file 4755 1:2[^]*5242880\nlinked\ncap_net_raw=ep\n/);
  });

  test.each(['link', 'bind', 'persistent', 'overlay'])('%s: POSIX ACLs are kept, of files and the defaults of directories', (option) => {
    const look = (root: string): string => `cd ${root}/srv/d && getfacl --absolute-names --numeric f sub`;
    const [result] = bootAll({ image: {}, rows: [`/srv/d/ ${option}`], boots: [{
      prepareImage: 'mkdir -p $ROOT/srv/d/sub && cd $ROOT/srv/d && echo f >f && setfacl -m u:1234:rw,g:99:r f && setfacl -d -m u:77:rwx sub',
      look: `{ ${look('$ROOT')}; } >$S/seen\n{ ${look(['link', 'persistent'].includes(option) ? '$ROOT/.default' : '$ROOT')}; } >$S/wanted\ndiff $S/wanted $S/seen && cat $S/seen`,
    }] });
    expect(result?.look).toMatch(/user:1234:rw-\ngroup::r--\ngroup:99:r--\n[^]*default:user:77:rwx\n/);
  });
});

describe('whatever shell is the initrd\'s', () => {
  test.each(['dash', 'bash --posix', 'busybox ash'])('%s carries out every kind of row, with the same log', (shell) => {
    const image = { 'etc/a': 'a', 'etc/b "x"': 'b', 'etc/c': 'c\n', 'srv/d/f': 'f', 'srv/d/g': 'g', 'srv/o/f': 'o', 'var/lib/app/data': 's' };
    const one: NodeCase = { image, sources: { 1: { 'etc/c': '1\n', 'srv/d/f': '1' }, 2: null }, rows: ['/etc/a', '/etc/b "x" persistent', '/etc/c con', '/srv/d/ bind', '/srv/d/g bind,ro', '/srv/o/ overlay', '/var/lib/app/ persistent'] };
    const [plain, other] = [boot(one), boot({ ...one, shell })];
    expect([other.exitCode, told(other), other.view, other.store]).toEqual([0, told(plain), plain.view, plain.store]);
  });
});

describe('the work', () => {
  test('takes as many processes for 200 rows as for 10', () => {
    const kinds = ['link', 'persistent', 'con', 'ro', 'bind', 'bind,con', 'bind,persistent', 'bind,ro'];
    const one = (count: number): NodeCase => {
      const names = Array.from({ length: count }, (_, index) => `etc/file${index}`);
      return {
        quiet: true, image: Object.fromEntries(names.map((name) => [name, name])), sources: { 1: Object.fromEntries(names.map((name) => [name, 'tree'])) },
        rows: names.map((name, index) => `/${name} ${kinds[index % kinds.length] ?? ''}`), boots: [{ countProcesses: true }],
      };
    };
    const [few, many] = roots.boot([one(10), one(200)]).map(([result]) => result);
    expect([few?.exitCode, many?.exitCode]).toEqual([0, 0]);
    expect(few?.processes).toBeGreaterThan(10);
    expect(many?.processes).toBe(few?.processes);
  });

  test('leaves only the log behind', () => {
    const { look } = boot({ image: { 'etc/a': 'a', 'srv/d/f': 'f' }, rows: ['/etc/a ro', '/srv/d/ bind', '/srv/d/f bind,ro'], boots: [{ look: 'ls -A $S' }] });
    expect(look.trim().split('\n')).toEqual(['localdisk', 'mnt', 'persistent', 'plan', 'statelite.log', 'tmpfs']);
  });
});
