import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadVerbs } from '../../bin/verbs.ts';
import { verbFacts } from '../../lib/docs/verb-facts.ts';
import { asset } from '../../lib/system/assets.ts';

const read = (path: string): string => readFileSync(asset(path), 'utf8');
const verbs = new Map((await loadVerbs()).map(verbFacts).map((facts) => [facts.name, facts]));

const records = readdirSync(asset('.github/adr')).sort();
const documents = ['README.md', 'CHANGELOG.md', '.github/ARCHITECTURE.md', '.github/CONTRIBUTING.md', '.github/SECURITY.md', ...records.map((name) => `.github/adr/${name}`)];

/** Lines that the README tells an admin to type. */
const typed = [...read('README.md').matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, lines = '']) => lines.trimEnd().split('\n'));
const ofOthers = new Set(['npm', 'systemctl', 'mkdir']);

describe('the README', () => {
  test('begins with exactly two commands', () => {
    expect(typed.slice(0, 3)).toEqual(['npm run quickstart', 'npm test', 'npm ci']);
  });

  test.each(typed.filter((line) => !ofOthers.has(line.split(' ')[0] ?? '')))('tells a command that is there, with options it has: %s', (line) => {
    const words = line.split(' ');
    const [name = '', ...rest] = words[0] === 'statelite' ? words.slice(1) : words;
    const verb = verbs.get(name);
    expect(verb?.name).toBe(name);
    const known = new Set(verb?.options.flatMap(({ names }) => names));
    for (const option of rest.filter((word) => word.startsWith('-'))) expect([...known]).toContain(option);
  });

  test('says of no command that it is deliberately not there, when it is', () => {
    const [, missing = ''] = /^Deliberately not there[^\n]*\n\n((?:[- ] .*\n)+)/m.exec(read('README.md')) ?? [];
    const names = [...missing.matchAll(/^- ((?:`\w+`(?:, )?)+)/gm)].flatMap(([, list = '']) => [...list.matchAll(/\w+/g)].map(([name]) => name));
    expect(names).toContain('tabprune');
    expect(names.filter((name) => verbs.has(name))).toEqual([]);
  });
});

describe('the documents', () => {
  test.each(documents)('%s: every link to a file leads to one', (path) => {
    for (const [, target = ''] of read(path).matchAll(/\]\((?!https?:)([^)#]+)\)/g)) expect([target, existsSync(asset(join(dirname(path), target)))]).toEqual([target, true]);
  });

  test.each(records)('the decision record %s has its parts, and fits on a page', (name) => {
    const text = read(`.github/adr/${name}`);
    expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
    expect(text.match(/^## .*$/gm)).toEqual(['## Context', '## Decision', '## Consequences']);
    expect(text.split(/\s+/).length).toBeLessThan(500);
  });

  test('the room list of ARCHITECTURE has every room', () => {
    const text = read('.github/ARCHITECTURE.md');
    const rooms = readdirSync(asset('lib'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && readdirSync(asset(`lib/${entry.name}`)).length > 0);
    for (const { name } of rooms) expect(text).toContain(`  ${name}/`);
  });

  test.each(['statelite', 'localdisk'])('ARCHITECTURE says of every part of add-on/%s what it is for', (room) => {
    const text = read('.github/ARCHITECTURE.md');
    for (const name of readdirSync(asset(`add-on/${room}`))) expect(text).toMatch(new RegExp(`^ .* ?${name.replaceAll('.', '\\.')} +\\w`, 'm'));
  });

  test('every file of the package that the documents name is there', () => {
    const named = documents.flatMap((path) => [...read(path).matchAll(/`((?:lib|bin|tables|netboot|add-on|\.ci)\/[\w./-]+)`/g)].map(([, name = '']) => name));
    expect(named.filter((name) => !existsSync(asset(name)))).toEqual([]);
  });
});
