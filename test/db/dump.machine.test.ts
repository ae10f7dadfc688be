import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addNodes } from '../../lib/db/nodes.ts';
import { chtab } from '../../lib/db/chtab.ts';
import { dumpTables, restoreTables } from '../../lib/db/dump.ts';
import { tabdump } from '../../lib/db/tabdump.ts';
import { tabedit } from '../../lib/db/tabedit.ts';
import { tabgrep } from '../../lib/db/tabgrep.ts';
import type { StateliteError } from '../../lib/errors.ts';
import type { System } from '../../lib/system/system.ts';
import { TABLES } from '../../tables/index.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';

let server: TestServer;
let system: System;
let directory: string;
beforeAll(async () => { server = await startTestServer(); });
afterAll(() => server.close());
beforeEach(async () => {
  system = await server.newDatabase();
  directory = mkdtempSync(join(tmpdir(), 'dump-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a dump', () => {
  test('has a file for every table that only its owner may read, and restores to the same dump', async () => {
    await addNodes(system, 'n[1-3]', ['groups=all', 'nodelist.comments=say "hi", twice\nand again'], false);
    await chtab(system, ['node=n2', 'nodelist.disable=yes'], false);
    const names = await dumpTables(system, join(directory, 'one'));
    expect(names).toEqual([...TABLES.keys()].sort());
    expect(statSync(join(directory, 'one', 'passwd.csv')).mode & 0o777).toBe(0o600);
    const other = await server.newDatabase();
    await restoreTables(other, join(directory, 'one'), false);
    await dumpTables(other, join(directory, 'two'));
    expect(contents('two')).toEqual(contents('one'));
  });

  test('of xCAT keeps tables that nobody knows here, byte for byte', async () => {
    const bytes = Buffer.from('#switch,vlan\r\n"sw1","3",,\r\n\xff\x00 no text', 'latin1');
    write('switches.csv', bytes);
    write('site.csv', 'master,10.0.0.1\n');
    expect(await restoreTables(system, directory, true)).toMatchObject({ text: expect.stringContaining('site row key=master: new, value: (unset) -> 10.0.0.1') });
    await expect(tabdump(system, 'switches', false)).rejects.toMatchObject({ code: 'TABLE_UNKNOWN' });
    expect(await restoreTables(system, directory, false)).toEqual({ tables: ['site'], kept: ['switches'], text: '', doubts: [] });
    await dumpTables(system, join(directory, 'out'));
    expect(readFileSync(join(directory, 'out', 'switches.csv'))).toEqual(bytes);
    expect(await tabdump(system, 'switches', false)).toMatch(/^#switch,vlan/);
  });

  test('with bad rows in several files names them all and changes nothing', async () => {
    write('site.csv', 'master,10.0.0.1\n,lost\n');
    write('litefile.csv', '#image,file,options\nALL,relative,\n');
    const error = await restoreTables(system, directory, false).catch((each: unknown) => each) as StateliteError;
    expect(error.problems.map(({ message }) => message.replace(directory, ''))).toEqual([expect.stringMatching(/^\/litefile.csv line 2, column file/), '/site.csv line 2, column key: must be set']);
    expect(await tabdump(system, 'site', false)).not.toContain('10.0.0.1');
    await expect(restoreTables(system, join(directory, '..', 'nowhere'), false)).rejects.toThrow('nowhere');
  });

  test('may have columns of a newer xCAT as long as nothing stands in them', async () => {
    write('osimage.csv', '#imagename,colour,provmethod\nimg1,,statelite\n');
    await restoreTables(system, directory, false);
    write('osimage.csv', '#imagename,colour,provmethod\nimg1,red,statelite\n');
    await expect(restoreTables(system, directory, false)).rejects.toThrow('osimage.csv line 1, column colour: table osimage has no such column');
  });
});

describe('tabdump -w', () => {
  test('prints the rows that fit all conditions, numbers as numbers, % as any text', async () => {
    expect(await listed('policy', 'priority>=4.8')).toEqual(['4.8', '4.9']);
    expect(await listed('policy', 'commands=~lite%', 'priority!=4.7')).toEqual(['4.8']);
    expect(await listed('policy', 'commands!~%e%', 'priority<3')).toEqual(['1', '2.3']);
    await expect(listed('policy', 'nonsense')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(listed('policy', 'foo==1')).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' });
  });
});

describe('tabgrep', () => {
  test('lists the tables with a row for a node or its groups', async () => {
    await addNodes(system, 'n1', ['groups=rack1', 'mac.mac=52:54:00:00:00:01'], false);
    await chtab(system, ['node=rack1', 'noderes.netboot=pxe'], false);
    await chtab(system, ['node=other', 'nodehm.mgt=ipmi'], false);
    expect(await tabgrep(system, 'n1')).toEqual(['mac', 'nodelist', 'noderes']);
    await expect(tabgrep(system, 'n2')).rejects.toMatchObject({ code: 'NODE_UNKNOWN' });
  });
});

describe('tabedit', () => {
  test('saves what the editor left, and nothing when it left the text as it was', async () => {
    expect(await edit('s/3001/3005/')).toBe('');
    expect(await tabdump(system, 'site', false)).toContain('"xcatdport","3005"');
    expect(await edit('s/nothing/else/')).toBe('No file modifications detected, not restoring.');
    expect(readdirSync(directory).filter((name) => name.startsWith('tabedit-'))).toEqual([]);
  });

  test('opens the text again with the reasons above the rows, and saves it once they are right', async () => {
    const editor = script('#!/bin/sh\nif grep -q "^#! tabedit: options: " "$1"; then sed -i s/neverr/persistent/ "$1"; else echo ALL,/etc/a,neverr >> "$1"; fi\n');
    expect(await tabedit(withEditor(editor), 'litefile', false)).toBe('');
    expect(await tabdump(system, 'litefile', false)).toBe('#image,file,options,comments,disable\n"ALL","/etc/a","persistent",,');
  });

  test('gives up when the bad text is left as it is, and keeps it in a file', async () => {
    const editor = script('#!/bin/sh\ngrep -q tabedit: "$1" || echo ALL,a,b >> "$1"\n');
    const error = await tabedit(withEditor(editor), 'litefile', false).catch((each: unknown) => each) as StateliteError;
    const path = /the text is in (\S+)/.exec(error.message)?.[1] ?? '';
    expect(error.problems.map(({ message }) => message.replace(path, ''))).toEqual([expect.stringContaining(' line 2, column file:'), expect.stringContaining(' line 2, column options:'), expect.anything()]);
    expect(readFileSync(path, 'utf8')).toContain('ALL,a,b');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('gives up when a script makes it worse each time', async () => {
    const editor = script('#!/bin/sh\necho ALL,a,b >> "$1"\n');
    await expect(tabedit(withEditor(editor), 'litefile', false)).rejects.toMatchObject({ code: 'PROBLEMS', message: expect.stringContaining('nothing was changed') });
  });

  test('names the file with the text when the editor fails', async () => {
    await expect(edit('nonsense')).rejects.toMatchObject({ code: 'COMMAND_FAILED', message: expect.stringMatching(/nothing was changed; the text is in \S+site\.csv/) });
  });

  test('refuses to save over what somebody else changed meanwhile, and names it', async () => {
    const editor = script('#!/bin/sh\nsed -i s/3001/3005/ "$1"\n');
    const slow: System = { ...withEditor(editor), run: async (program, args, options) => {
      await chtab(system, ['key=master', 'site.value=10.0.0.1'], false);
      return system.run(program, args, options);
    } };
    await expect(tabedit(slow, 'site', false)).rejects.toMatchObject({ code: 'TABLE_CHANGED', message: expect.stringContaining('site row key=master: new') });
    expect(await tabdump(system, 'site', false)).toContain('"xcatdport","3001"');
  });

  test('a dry run prints what would change', async () => {
    const editor = script('#!/bin/sh\nsed -i s/3001/3005/ "$1"\n');
    expect(await tabedit(withEditor(editor), 'site', true)).toBe('site row key=xcatdport: value: 3001 -> 3005');
    expect(await tabdump(system, 'site', false)).toContain('"xcatdport","3001"');
  });
});

// --- internal ---

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(directory, name), content);
}

const contents = (name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(join(directory, name)).map((file) => [file, readFileSync(join(directory, name, file), 'utf8')]));

const listed = async (table: string, ...where: readonly string[]): Promise<readonly string[]> =>
  (JSON.parse(await tabdump(system, table, true, where)) as readonly { readonly priority: string }[]).map(({ priority }) => priority);

function script(text: string): string {
  const path = join(directory, 'editor');
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

const withEditor = (editor: string): System => ({ ...system, env: { ...system.env, TABEDITOR: '', EDITOR: editor, TMPDIR: directory } });

const edit = (expression: string): Promise<string> => tabedit(withEditor(`sed -i ${expression}`), 'site', false);
