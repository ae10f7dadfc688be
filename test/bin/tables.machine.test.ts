import { afterAll, beforeAll, expect, test } from '@jest/globals';
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

test('names of objects stand after -o or first, attributes after them', async () => {
  expect(await run('mkdef -t node -o n[1-2] groups=all room=paris')).toEqual({ exitCode: 0, stdout: '2 object definitions have been created or modified.\n', stderr: '' });
  expect(await run('chdef n1 room=tokyo --dry-run')).toMatchObject({ stdout: 'nodepos row node=n1: room: paris -> tokyo\n' });
  await run('chdef -p n1 groups=rack1');
  expect(await printed('lsdef n1 -i groups,room -c')).toBe('n1: groups=all,rack1\nn1: room=paris\n');
  expect(await printed('nodels all room')).toBe('n1: paris\nn2: paris\n');
  expect(JSON.parse(await printed('nodels n2 room --json'))).toEqual([{ node: 'n2', 'nodepos.room': 'paris' }]);
  await run('noderm n2');
  expect(await printed('nodels')).toBe('n1\n');
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
