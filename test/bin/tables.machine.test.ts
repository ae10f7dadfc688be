import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../lib/system/assets.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';

let cli: Cli;
let home: Home;
beforeAll(async () => { [cli, home] = await Promise.all([buildCli(), makeHome()]); }, 60_000);
afterAll(async () => {
  cli.remove();
  await home.cleanup();
});

const run = (line: string, input?: string): Promise<CliResult> => cli.run(line.split(' '), home.env, input);
const printed = async (line: string): Promise<string> => (await run(line)).stdout;

test('a dump that is restored from stdin is the same dump', async () => {
  await run(`tabrestore -a ${asset('tables/samples/litefile.csv')}`);
  const dump = await printed('tabdump litefile');
  expect(dump.split('\n')).toHaveLength(42);
  expect(await run('tabrestore -t litefile -', dump)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(await printed('tabdump litefile')).toBe(dump);
  expect(await run('tabrestore -', dump)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('stdin does not say which table') });
}, 60_000);

test('output that cannot be written is an error', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [cli.entry, 'tabdump', 'site'], { env: home.env, stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
  closeSync(full);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('Error: the output could not be written: ENOSPC') });
});

test('names of objects stand after -o or first, attributes after them', async () => {
  expect(await run('mkdef -t node -o n[1-2] groups=all room=paris')).toEqual({ exitCode: 0, stdout: '2 object definitions have been created or modified.\n', stderr: '' });
  expect(await run('chdef n1 room=tokyo --dry-run')).toMatchObject({ stdout: 'nodepos row node=n1: room: paris -> tokyo\n' });
  await run('chdef -p n1 groups=rack1');
  expect(await printed('lsdef n1 -i groups,room -c')).toBe('n1: groups=all,rack1\nn1: room=paris\n');
  expect(await printed('nodels all room')).toBe('n1: paris\nn2: paris\n');
  expect(JSON.parse(await printed('nodels n2 room --json'))).toEqual([{ node: 'n2', 'nodepos.room': 'paris' }]);
  expect(await run('chdef n22 room=tokyo --dry-run')).toMatchObject({ stdout: expect.stringContaining('nodelist row node=n22: new'), stderr: 'WARNING: n22 was no node and would be made.\n' });
  expect((await run('chdef n22 room=tokyo')).stderr).toBe('WARNING: n22 was no node and now is one.\n  Hint: if the name was mistyped, rmdef n22 takes that back\n');
  expect((await run('rmdef n22')).exitCode).toBe(0);
  await run('noderm n2');
  expect(await printed('nodels')).toBe('n1\n');
}, 60_000);

test('import takes a dump over and reports what differs, litedb tells the address and opens psql on it', async () => {
  const dump = mkdtempSync(join(tmpdir(), 'xcat-dump-'));
  writeFileSync(join(dump, 'litefile.csv'), '#image,file,options,comments,disable\n"ALL","/etc/motd","tempfs",,\n');
  writeFileSync(join(dump, 'switch.csv'), '#node,switch\n"n1","s1"\n');
  expect(await run(`import ${dump} --dry-run`)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/litefile row image=ALL file=\/etc\/motd: new, options: \(unset\) -> tempfs\n[^]*\n {4}here: it is read as tmpfs/), stderr: expect.stringContaining('would be restored: litefile\n') });
  expect(await printed('tabdump litefile')).not.toContain('/etc/motd');
  const { exitCode, stdout, stderr } = await run(`import ${dump}`);
  expect([exitCode, stderr]).toEqual([0, 'restored: litefile\nkept as they came, for no command reads them: switch\n3 rows behave differently here than in xCAT; litecheck tells what else is wrong\n']);
  expect(stdout).toContain('litefile row image=ALL file=/etc/motd\n    xCAT: liteimg refuses tempfs, though nodes take it for tmpfs\n    here: it is read as tmpfs, with a notice\n    do:   chtab image=ALL file=/etc/motd litefile.options=tmpfs\n');
  expect(JSON.parse(await printed('import --json'))).toHaveLength(3);
  rmSync(dump, { recursive: true });
  const url = (await printed('litedb url')).trim();
  expect(await run('db url')).toEqual({ exitCode: 0, stdout: `${url}\n`, stderr: '' });
  expect((await cli.run(['gettab', 'image=ALL,file=/etc/motd', 'litefile.options'], { ...home.env, STATELITE_DATABASE_URL: url })).stdout).toBe('tempfs\n');
  expect((await cli.run(['litedb', 'psql', '--', '-Atc', 'SELECT options FROM litefile'], home.env)).exitCode).toBe(0);
  expect((await cli.run(['litedb', 'psql', '--', '-c', 'SELECT nonsense'], home.env)).exitCode).toBe(1);
}, 60_000);

test('mkdef reads what lsdef -z prints, and the files of a noderange are read', async () => {
  const file = join(tmpdir(), `nodes-${process.pid}`);
  writeFileSync(file, '# these\ns1\n');
  await run('mkdef -t node -o s[1-2] groups=stanza room=paris');
  const stanzas = await printed('lsdef -z stanza');
  await run('noderm stanza');
  expect(await run('mkdef -z', stanzas)).toEqual({ exitCode: 0, stdout: '2 object definitions have been created or modified.\n', stderr: '' });
  expect(await printed('lsdef -z stanza')).toBe(stanzas);
  expect(await printed(`nodels ^${file}`)).toBe('s1\n');
  expect(await run('mkdef -z', 'nonsense')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('stdin line 1') });
  rmSync(file);
  await run('noderm stanza');
}, 60_000);

test('a slip is one error with a hint: exit 2 for the usage, 1 for the rest', async () => {
  expect(await run('chtab key=a')).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^Error: .*\n {2}Hint: .*\n$/) });
  expect(await run('lsdef n9')).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringContaining('Invalid nodes and/or groups in noderange: n9') });
  expect(await run('tabdump nope')).toEqual({ exitCode: 1, stdout: '', stderr: 'Error: Table nope does not exist\n  Hint: tabdump lists the tables\n' });
  expect(await run('chdef -p -m n1 groups=x')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('-p or -m, not both') });
}, 60_000);

test('tabdump lists the tables and describes them', async () => {
  expect((await printed('tabdump')).split('\n')).toContain('litetree');
  expect(await printed('tabdump -d litetree')).toMatch(/\npriority: +Place in the search.*\(key, must be set\)\n/);
  expect(JSON.parse(await printed('tabdump -d statelite --json'))).toMatchObject({ table: 'statelite', keys: ['node'] });
}, 60_000);
