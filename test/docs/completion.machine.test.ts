import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';

let cli: Cli;
let home: Home;
let directory: string;

beforeAll(async () => {
  [cli, home] = await Promise.all([buildCli(), makeHome()]);
  directory = mkdtempSync(join(tmpdir(), 'statelite-completion-'));
  chmodSync(cli.entry, 0o755);
  symlinkSync(cli.entry, join(directory, 'statelite'));
  await cli.run(['mkdef', '-t', 'node', '-o', 'n[1-3],login', 'groups=compute'], home.env);
  await cli.run(['chtab', 'imagename=debian12-x86_64-compute', 'osimage.osvers=debian12'], home.env);
  writeFileSync(join(directory, 'script'), (await cli.run(['completion', 'bash'], home.env)).stdout);
});

afterAll(async () => {
  await home.cleanup();
  cli.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** What bash offers after these words, as readline hands them over. */
const offered = (...words: readonly string[]): string[] => execFileSync('bash', [
  '-c', 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _statelite 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"', 'bash', join(directory, 'script'), ...words,
], { encoding: 'utf8', env: { ...home.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` } }).split('\n').filter((word) => word !== '');

describe('bash completion', () => {
  test('knows the commands', () => {
    expect(offered('statelite', 'litei')).toEqual(['liteimg']);
    expect(offered('statelite', 'man', 'litet')).toEqual(['litetree']);
  });

  test('knows the options of a command, below statelite and by its own name', () => {
    expect(offered('statelite', 'liteimg', '--u')).toEqual(['--undo']);
    expect(offered('liteimg', '--dry')).toEqual(['--dry-run']);
  });

  test('knows nodes and groups, at the end of a noderange too', () => {
    expect(offered('nodeset', 'n')).toEqual(['n1', 'n2', 'n3']);
    expect(offered('statelite', 'litefile', '--json', 'c')).toEqual(['compute']);
    expect(offered('nodeset', 'compute,-l')).toEqual(['compute,-login']);
  });

  test('knows actions, and the images that go with them', () => {
    expect(offered('nodeset', 'n1', 'os')).toEqual(['osimage=', 'osimage']);
    expect(offered('nodeset', 'n1', 'osimage', '=')).toEqual(['debian12-x86_64-compute']);
    expect(offered('nodeset', 'n1', 'osimage', '=', 'deb')).toEqual(['debian12-x86_64-compute']);
    expect(offered('litelab', 'st')).toEqual(['status']);
    expect(offered('litelab', 'boot', '--timeout', '60', 'n')).toEqual(['n1', 'n2', 'n3']);
  });

  test('knows tables', () => {
    expect(offered('tabdump', 'litet')).toEqual(['litetree']);
  });

  test('makes no database for a key press', async () => {
    const fresh = await makeHome({ started: false });
    try {
      expect(await cli.run(['completion', 'names', 'nodes'], fresh.env)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      expect(fresh.system.files.list(fresh.path)).toEqual([]);
    } finally {
      await fresh.cleanup();
    }
  });

  test('says which kinds of names and shells there are', async () => {
    expect((await cli.run(['completion', 'names', 'apples'], home.env)).stderr).toContain('wanted nodes, images or tables');
    expect((await cli.run(['completion', 'zsh'], home.env)).exitCode).toBe(2);
  });
});
