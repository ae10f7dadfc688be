import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import yargs from 'yargs';
import { loadVerbs, PROGRAMS } from '../../bin/verbs.ts';
import { verbFacts, type VerbFacts } from '../../lib/docs/verb-facts.ts';
import { asset } from '../../lib/system/assets.ts';

const verbs = await loadVerbs();
const facts = verbs.map(verbFacts);

const mentioned = ({ options, positionals, epilogue }: VerbFacts): string =>
  [...options, ...positionals].flatMap(({ names, describe: text }) => [...names, text]).concat(epilogue).join(' ');

describe('the commands', () => {
  test('package.json installs every program under its own name, and no other', () => {
    const { bin } = JSON.parse(readFileSync(asset('package.json'), 'utf8')) as { readonly bin: Readonly<Record<string, string>> };
    expect(Object.keys(bin).sort()).toEqual(['statelite', ...Object.keys(PROGRAMS)].sort());
    expect(new Set(Object.values(bin))).toEqual(new Set(['dist/statelite.js']));
  });

  test.each(facts)('$name says what it is for in one line that needs no more than a terminal', ({ describe: text }) => {
    expect(text).toMatch(/^[A-Z][^\n]{5,85}[^.]$/);
  });

  test.each(facts)('$name shows an example', ({ name, examples }) => {
    expect(examples.map(({ command }) => command.includes(name))).toContain(true);
  });

  test.each(verbs)('$name: man page and completion know every option that --help shows', async ({ name, verb }) => {
    const help = await new Promise<string>((resolve) => {
      void verb.builder(yargs([]).version(false)).parse('--help', (_error: unknown, _args: unknown, output: string) => resolve(output));
    });
    expect(help).toContain('--help');
    const known = facts.filter((each) => each.name === name).map(mentioned).join(' ');
    for (const [option] of help.matchAll(/(?<![\w-])--[a-z][\w-]*/g)) expect(known).toContain(option);
  });
});
