import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadVerbs, VERBS } from '../../bin/verbs.ts';
import { bootPage, tablesPage, umbrellaPage, verbPage } from '../../lib/docs/pages.ts';
import { FAILURES } from '../../lib/docs/failures.ts';
import { list, prose, renderManPage, text } from '../../lib/docs/roff.ts';
import { verbFacts } from '../../lib/docs/verb-facts.ts';
import { ERROR_CODES } from '../../lib/errors.ts';
import { nestingMatrix } from '../../lib/policy/nesting.ts';
import { ALL_OPTIONS, writeOption } from '../../lib/policy/option.ts';
import { asset } from '../../lib/system/assets.ts';
import { TABLES } from '../../tables/index.ts';

const facts = (await loadVerbs()).map(verbFacts);
const umbrella = renderManPage(umbrellaPage(facts), '1.0');

/** Every file below these directories of the package with one of these endings. */
const sources = (directories: readonly string[], endings: RegExp): string[] => directories.flatMap((directory) =>
  readdirSync(asset(directory), { recursive: true, encoding: 'utf8' }).filter((name) => endings.test(name)).map((name) => readFileSync(asset(join(directory, name)), 'utf8')));

describe('statelite-boot(7)', () => {
  test.each(FAILURES)('$what: a test makes it happen', ({ what, decided, test: [file, title] }) => {
    expect(readFileSync(asset(join('test', file)), 'utf8')).toContain(title);
    const page = renderManPage(bootPage(), '1.0').replaceAll('\\-', '-').replaceAll('\\&', '');
    expect([page.includes(what), page.includes(decided)]).toEqual([true, true]);
  });

  test('has every word that the initrd reads from the command line, but for those of the network', () => {
    const scripts = ['boot', 'plan.sh', 'sources.sh', 'overlay.sh', 'report.sh'].map((name) => readFileSync(asset(`netboot/dracut/98statelite/statelite-${name}`), 'utf8')).join('');
    const words = [...scripts.matchAll(/getarg(?:bool \d)? ([\w.-]+)/g)].map(([, word = '']) => word).filter((word) => word !== 'rd.shell');
    expect(words).toEqual(expect.arrayContaining(['NFSROOT', 'statelite.script-timeout']));
    const page = renderManPage(bootPage(), '1.0').replaceAll('\\-', '-');
    expect(words.filter((word) => !page.includes(word))).toEqual([]);
  });
});

describe('a man page', () => {
  test('keeps what roff would take for its own: dots, backslashes, dashes, quotes', () => {
    const page = renderManPage({ name: 'x', section: 1, describe: 'a "b"', sections: [{ heading: 'TEXT', blocks: [text('.dot\n\'quote\nback\\slash --json')] }] }, '1.0');
    expect(page).toContain('\n\\&.dot\n\\&\'quote\nback\\eslash \\-\\-json\n');
  });

  test('has indented lines of a help text as they are', () => {
    expect(prose('Actions:\n  up    start\n  down  end\nMore.')).toEqual([text('Actions:'), { kind: 'verbatim', text: '  up    start\n  down  end' }, text('More.')]);
  });

  test.each(facts)('of $name has its name, arguments, options and examples', (verb) => {
    const page = renderManPage(verbPage(verb), '1.0').replaceAll('\\-', '-');
    for (const { names: [name = ''] } of [...verb.positionals, ...verb.options]) expect(page).toMatch(new RegExp(`^\\.B .*${name}`, 'm'));
    for (const { command } of verb.examples) expect(page).toContain(command);
  });

  test('has no section without content', () => {
    const page = verbPage({ name: 'x', program: 'x', usage: 'x', describe: 'X', positionals: [], options: [], examples: [], epilogue: '' });
    expect(page.sections.map(({ heading }) => heading)).toEqual(['SYNOPSIS', 'EXIT STATUS', 'SEE ALSO']);
    expect(list([]).kind).toBe('list');
  });
});

describe('statelite(1)', () => {
  test.each(Object.keys(VERBS))('names the command %s', (name) => {
    expect(umbrella).toMatch(new RegExp(`^\\.B (statelite\\\\-)?${name}\\(`, 'm'));
  });

  test.each(Object.entries(ERROR_CODES))('tells the error %s', (code, meaning) => {
    expect(umbrella).toContain(`.B ${code}\n${meaning.replaceAll('-', '\\-')}`);
  });
});

describe('statelite-tables(5)', () => {
  test.each([...TABLES.keys()])('describes the table %s', (name) => {
    expect(renderManPage(tablesPage(), '1.0')).toContain(`.SH "${name}"`);
  });

  test.each(ALL_OPTIONS.map(writeOption))('tells what may stand below %s', (parent) => {
    const allowed = nestingMatrix().filter((cell) => writeOption(cell.parent) === parent && cell.verdict.allowed).map(({ child }) => writeOption(child));
    expect(renderManPage(tablesPage(), '1.0')).toContain(`.B ${parent}\n${allowed.length === 0 ? 'nothing' : allowed.join('  ')}\n`);
  });
});

describe('the error catalogue', () => {
  const used = new Set(sources(['bin', 'lib', 'netboot', 'tables'], /\.ts$/).flatMap((file) => file.match(/(?<=')[A-Z_]+(?=')/g) ?? []));

  test.each(Object.keys(ERROR_CODES))('%s is used', (name) => {
    expect(used).toContain(name);
  });
});
