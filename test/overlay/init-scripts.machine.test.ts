import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildInitrds, type InitrdCase, type InitrdResult, type Initrds } from '../helpers/initrd.ts';

let initrds: Initrds;
beforeAll(async () => { initrds = await buildInitrds(); });
afterAll(() => initrds.remove());

const LONG = 120_000;
const scripts = (texts: Readonly<Record<string, string>>): Pick<InitrdCase, 'overlays' | 'answers' | 'followUp'> => ({
  answers: ['plan'], followUp: true,
  overlays: { site: Object.fromEntries(Object.entries(texts).map(([name, text]) => [`statelite/init.d/${name}`, `#!/bin/sh\n${text}\n`])) },
});
const told = ({ requests }: InitrdResult): readonly string[] => (requests.at(-1)?.body ?? '').split('\n')
  .filter((line) => /^(script|output|warning|stopped) /.test(line)).map((line) => line.replace(/^(script \w+) \d+/, '$1 N'));
const said = ({ console: text }: InitrdResult): readonly string[] => text.split('\n').filter((line) => line.includes('init script'));

describe('init scripts', () => {
  test('run in lexical order in the node\'s root, with its rows made; each outcome and its last lines are reported', async () => {
    const result = await initrds.boot({
      ...scripts({ '20-b': 'echo "$NODE $PATH"; cat /etc/a; echo; ls /proc/self/stat', '10-a': 'for n in 1 2 3 4 5 6 7; do echo "line $n"; done; printf "%s\\\\n" "a\\\\nb" >&2; >/etc/a; echo mine >/etc/a' }),
      look: 'cat $ROOT/etc/a; ls $ROOT/proc',
    });
    expect([result.isRootReady, result.look, said(result)]).toEqual([true, 'mine\n', ['statelite: init script 10-a is done', 'statelite: init script 20-b is done']]);
    expect(told(result)).toEqual([
      'script 0 N 10-a', ...[4, 5, 6, 7].map((n) => `output 10-a line ${n}`), 'output 10-a a\\nb',
      'script 0 N 20-b', 'output 20-b n01 /usr/sbin:/usr/bin:/sbin:/bin', 'output 20-b mine', 'output 20-b /proc/self/stat',
    ]);
    expect(result.log).toMatch(/\nscript 10-a: line 1\n[^]*\nscript 20-b is done after \d+ ms\n/);
  }, LONG);

  test('that fail are a warning with their exit code, the next ones run', async () => {
    const result = await initrds.boot(scripts({ '10-a': 'echo no disk >&2; exit 3', '20-b': 'exit 124', '30-c': ':' }));
    expect([result.isRootReady, said(result)]).toEqual([true, [
      'statelite: WARNING: the init script 10-a ended with 3: no disk', 'statelite: WARNING: the init script 20-b ended with 124', 'statelite: init script 30-c is done',
    ]]);
    expect(told(result)).toEqual([
      'script 3 N 10-a', 'output 10-a no disk', 'warning the init script 10-a ended with 3: no disk', 'script 124 N 20-b', 'warning the init script 20-b ended with 124', 'script 0 N 30-c',
    ]);
  }, LONG);

  test('that are called *.must stop the node when they fail, and nothing after them runs', async () => {
    const result = await initrds.boot(scripts({ '10-a.must': 'echo broken; exit 1', '20-b': 'echo ran' }));
    expect([result.isRootReady, result.rebooted, said(result)]).toEqual([false, true, ['statelite: STOPPED: the init script 10-a.must ended with 1: broken']]);
    expect(told(result)).toEqual(['script 1 N 10-a.must', 'output 10-a.must broken', 'stopped the init script 10-a.must ended with 1: broken']);
  }, LONG);

  test('stop the node, or do not, as the table says, whatever they are called; each has its own time', async () => {
    const must = await initrds.boot({ ...scripts({ '10-a': 'echo broken; exit 1', '20-b': 'echo ran' }), scriptRules: '10-a=must,20-b=warn:5' });
    expect([must.isRootReady, must.rebooted, said(must)]).toEqual([false, true, ['statelite: STOPPED: the init script 10-a ended with 1: broken']]);
    const warn = await initrds.boot({ ...scripts({ '10-a.must': 'exit 1', '20-b': 'sleep 8765', '20-b.c': 'sleep 2' }), scriptRules: '10-a.must=warn,20-b=warn:1,20-b.c=must:0', words: 'statelite.script-timeout=1' });
    expect([warn.isRootReady, said(warn)]).toEqual([true, [
      'statelite: WARNING: the init script 10-a.must ended with 1', 'statelite: WARNING: the init script 20-b was ended after 1 s', 'statelite: init script 20-b.c is done',
    ]]);
  }, LONG);

  test('that run too long are ended with all they started, after statelite.script-timeout seconds', async () => {
    const result = await initrds.boot({ ...scripts({ '10-a': 'echo waiting; sleep 8765 & wait', '20-b': 'trap "" TERM; while :; do sleep 1; done' }), words: 'statelite.script-timeout=1', look: 'ps ax | grep -c "[s]leep 8765" || :' });
    expect([result.isRootReady, result.look, said(result)]).toEqual([true, '0\n', [
      'statelite: WARNING: the init script 10-a was ended after 1 s: waiting', expect.stringMatching(/^statelite: WARNING: the init script 20-b was ended after 1 s(: Killed)?$/),
    ]]);
    expect(told(result).filter((line) => line.startsWith('script'))).toEqual(['script timeout N 10-a', 'script timeout N 20-b']);
  }, LONG);

  test('a time that is no number is told, and the usual one taken', async () => {
    const result = await initrds.boot({ ...scripts({ '10-a': ':' }), words: 'statelite.script-timeout=10m' });
    expect([result.isRootReady, result.console]).toEqual([true, expect.stringContaining('WARNING: statelite.script-timeout=10m is no number of seconds, so it is 900\n')]);
  }, LONG);

  test('that nothing can run are told as such', async () => {
    const result = await initrds.boot({ ...scripts({}), overlays: { site: { 'statelite/init.d/10-a': '#!/usr/bin/python9\n' } } });
    expect(said(result)).toEqual([expect.stringMatching(/^statelite: WARNING: the init script 10-a ended with 127: chroot: failed to run command .*No such file or directory$/)]);
  }, LONG);
});
