import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { joinScript } from '../../lib/image/join-script.ts';
import { SCRIPTS } from '../../lib/image/layout.ts';
import { asset } from '../../lib/system/assets.ts';
import { createFiles } from '../../lib/system/files.ts';

const files = createFiles();
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'statelite-join-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const functionsOf = (text: string): readonly string[] => [...text.matchAll(/^(\w+)\(\) /gm)].map(([, name]) => name ?? '');

describe.each(SCRIPTS.map((script) => [script.path, script.asset] as const))('the script at %s of an image', (path, name) => {
  const parts = readdirSync(dirname(asset(name))).filter((part) => part.endsWith('.sh'));
  const text = joinScript(files, asset(name)).toString();

  test('has every part that is shipped beside it, once, and reads no other file', () => {
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(text.split(files.readText(join(dirname(asset(name)), part)).trimEnd())).toHaveLength(2);
    expect(text).not.toMatch(/^\s*\. |shellcheck source/m);
  });

  test('has each function once', () => {
    const functions = functionsOf(text);
    expect(functions.filter((one, index) => functions.indexOf(one) !== index)).toEqual([]);
    expect(functions).toContain('main');
    expect(text.endsWith('\n\nmain "$@"\n')).toBe(true);
  });

  test('is right for sh and for shellcheck, as one file', () => {
    const joined = join(directory, name.replaceAll('/', '-'));
    writeFileSync(joined, text);
    execFileSync('sh', ['-n', joined]);
    expect(spawnSync('shellcheck', ['--norc', joined], { encoding: 'utf8' }).stdout).toBe('');
  });

  test('can be run, and tells the same as the one of a checkout', () => {
    const run = (script: string): string => {
      const root = mkdtempSync(join(directory, 'root-'));
      mkdirSync(join(root, '.statelite'));
      const { status, stdout, stderr } = spawnSync(script, ['prepare'], { env: { PATH: process.env['PATH'] ?? '', STATELITE_ROOT: root }, encoding: 'utf8' });
      const told = readdirSync(join(root, '.statelite')).flatMap((file) => (statSync(join(root, '.statelite', file)).isFile() ? [`${file}: ${files.readText(join(root, '.statelite', file))}`] : []));
      return `${status ?? ''} ${stdout}${stderr}${told.join('')}`.replaceAll(root, '');
    };
    const joined = join(directory, `${name.replaceAll('/', '-')}.run`);
    writeFileSync(joined, text, { mode: 0o755 });
    expect(run(joined)).toContain('there is no plan');
    expect(run(joined)).toBe(run(asset(name)));
  });
});

test('A part that is missing is an error that names it', () => {
  cpSync(asset('add-on/localdisk'), join(directory, 'incomplete'), { recursive: true });
  rmSync(join(directory, 'incomplete/mount.sh'));
  expect(() => joinScript(files, join(directory, 'incomplete/rc.localdisk'))).toThrow(/mount\.sh/);
});
