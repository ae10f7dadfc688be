import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { compilePlan } from '../../lib/plan/compile.ts';
import { ownLine, splitOwn } from '../../lib/plan/own-files.ts';
import { createPlanReader } from '../../lib/plan/parse.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { parseOption } from '../../lib/policy/option.ts';
import type { PolicyRow } from '../../lib/policy/policy.ts';
import { imageOf, planCluster, policyRows } from '../helpers/plans.ts';

const path = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '\\', 'ü', '\r', '\u2028', '$', 'end 1', 'row ', 'as '), minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const option = fc.constantFrom('', 'persistent', 'link,ro', 'con', 'bind', 'bind,persistent', 'overlay');
const word = fc.stringMatching(/^[a-z][a-z0-9,=.]{0,12}$/);
const place = fc.record({ server: word, directory: path, options: fc.oneof(fc.constant(''), word) });

const plan = fc.record({
  rows: fc.uniqueArray(fc.tuple(path, option, fc.boolean()), { maxLength: 8, selector: ([one]) => one }),
  sources: fc.array(fc.record({ source: place, isRemote: fc.boolean() }), { maxLength: 3 }),
  store: place,
  scripts: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[0-9]{2}-[a-z][a-z.+_-]{0,9}$/), fc.constantFrom('must', 'warn', 'must:0', 'warn:3600')), { minLength: 1, maxLength: 4, selector: ([name]) => name }),
}).map(({ rows, sources, store, scripts }) => {
  const paths = rows.map(([one]) => one);
  const made = rows.map(([real, written, isDirectory]): PolicyRow => {
    const [parent] = paths.filter((one) => real.startsWith(`${one}/`)).sort((one, two) => two.length - one.length);
    return { path: real, real, type: isDirectory ? 'directory' : 'file', option: parseOption(written).option, written, reason: '', ...(parent === undefined ? {} : { parent }) };
  });
  const compiled = compilePlan(planCluster({ statelite: [{ node: 'n01', statemnt: 'srv:/state' }], overlays: [{ node: 'n01', scripts: scripts.map((words) => words.join('=')).join() }] }), 'n01', imageOf(planCluster()), made);
  return {
    ...compiled, store,
    sources: sources.map(({ source: { server, directory, options }, isRemote }, index) => ({ priority: String(index + 1), ...(isRemote ? { server } : {}), directory, options })),
  };
});

const read = createPlanReader();
const SAMPLE = renderPlan(compilePlan(planCluster({ litetree: [{ priority: '1', directory: 'srv:/t' }] }), 'n01', imageOf(planCluster()), policyRows('/etc/a', '/var/', '/srv/ bind')));

describe('a plan that is read back', () => {
  test('is the plan that was written', () => {
    fc.assert(fc.property(plan, (one) => {
      expect(read(renderPlan(one), 'plan')).toEqual(one);
    }));
  });

  test('is the same behind the line of own files, which gives their archive back', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 1000 }), fc.uint8Array({ maxLength: 100_000 })).map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const text = `${ownLine(pieces)}${SAMPLE}`;
      expect(read(text, 'plan')).toEqual(read(SAMPLE, 'plan'));
      expect(splitOwn(text).own?.('plan').equals(Buffer.concat(pieces))).toBe(true);
      expect(execFileSync('gzip', ['-dc'], { input: Buffer.from(text.slice(text.indexOf(' ') + 1, text.indexOf('\n')), 'base64') }).equals(Buffer.concat(pieces))).toBe(true);
    }), { numRuns: 30 });
    expect(splitOwn(SAMPLE)).toEqual({ plan: SAMPLE });
    const spoiled = `${ownLine([Buffer.from('archive')])}${SAMPLE}`.replace(/(?<=own .{20})./, '!');
    expect(() => splitOwn(spoiled).own?.('/plans/n01')).toThrow('the node\'s own files in /plans/n01 are damaged');
  });

  test('shares its rows with other plans that have the same', () => {
    const [one, two] = ['n01', 'n02'].map((node) => read(renderPlan(compilePlan(planCluster(), node, imageOf(planCluster()), policyRows('/etc/a', '/var/'))), node));
    expect(one?.node).not.toBe(two?.node);
    expect(one?.rows).toBe(two?.rows);
  });

  test.each([
    ['', 'it is cut short'], ['hello\n', 'it is cut short'], [SAMPLE.slice(0, -8), 'it is cut short'],
    [SAMPLE.replace('statelite-plan 1', 'statelite-plan 2'), 'its form is not 1'], [SAMPLE.replace(/node .*\n/, '').replace('end 9', 'end 8'), 'there is no line node'],
    [SAMPLE.replace('row tmpfs', 'row ramfs'), 'row ramfs rw link file top /etc/a/'], [SAMPLE.replace('source 1', 'source'), 'source srv - /t/'],
    [SAMPLE.replace('image image', 'picture image'), 'it has the line "picture image"'], [SAMPLE.replace(/end \d+/, 'end 99'), 'it ends with 99 after 9 lines'],
    [SAMPLE.replace('file top /etc/a/', 'file below /etc/a/'), 'nothing is above /etc/a'],
  ])('%j is refused with what is wrong with it', (text, why) => {
    expect(() => read(text, '/plans/n01')).toThrow(`/plans/n01 is not a plan as nodeset writes it: ${why}`);
  });
});
