import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chtab, chtabDelete, gettab } from '../../lib/db/chtab.ts';
import { define, undefine, type DefineOptions } from '../../lib/db/definitions.ts';
import { parseStanzas } from '../../lib/cluster/stanza.ts';
import { dumpTables, restoreTables } from '../../lib/db/dump.ts';
import { lsdef } from '../../lib/db/lsdef.ts';
import { addNodes, editNodes, listNodes } from '../../lib/db/nodes.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { tabdump } from '../../lib/db/tabdump.ts';
import { tabrestore } from '../../lib/db/tabrestore.ts';
import type { StateliteError } from '../../lib/errors.ts';
import { asset } from '../../lib/system/assets.ts';
import type { System } from '../../lib/system/system.ts';
import { keyText } from '../../tables/check-row.ts';
import { TABLES } from '../../tables/index.ts';
import type { Row, Table, TableData } from '../../tables/table.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';
import { legalRows } from '../helpers/legal-rows.ts';

let server: TestServer;
let system: System;
let directory: string;
beforeAll(async () => {
  server = await startTestServer();
  directory = mkdtempSync(join(tmpdir(), 'tables-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await server.close();
});
beforeEach(async () => { system = await server.newDatabase(); });

describe('tabrestore', () => {
  test('loads the shipped sample list, twice without harm, and tabdump gives back its text', async () => {
    const sample = asset('tables/samples/litefile.csv');
    await tabrestore(system, { files: [sample], add: true, dryRun: false });
    await tabrestore(system, { files: [sample], add: true, dryRun: false });
    const dumped = `${await tabdump(system, 'litefile', false)}\n`;
    expect(dumped.split('\n').sort()).toEqual(system.files.readText(sample).split('\n').sort());
  });

  test('gives back any legal rows of every table that dumpxCATdb wrote', async () => {
    const anyTables = fc.record(Object.fromEntries([...TABLES.values()].map((table) => [table.name, legalRows(table, 4)])));
    const stored = (): Promise<TableData> => withDatabase(system, (database) => database.read());
    await fc.assert(fc.asyncProperty(anyTables, async (tables: TableData) => {
      await withDatabase(system, (database) => database.write(async (writer) => {
        for (const [name, rowsOfTable] of Object.entries(tables)) await writer.replace(name, rowsOfTable);
      }));
      const before = await stored();
      for (const table of TABLES.values()) expect(sorted(table, before[table.name])).toEqual(sorted(table, tables[table.name]));
      await dumpTables(system, join(directory, 'any'));
      await restoreTables(system, join(directory, 'any'), false);
      expect(await stored()).toEqual(before);
    }), { numRuns: 8 });
  }, 60_000);

  test('replaces the table, and with -a keeps the other rows', async () => {
    await tabrestore(system, { files: [file('litefile.csv', '#image,file,options,comments\nALL,/a,ro,why\n')], add: false, dryRun: false });
    await tabrestore(system, { files: [file('litefile.csv', 'ALL,/b\nALL,/a,tmpfs\n')], add: true, dryRun: false });
    expect(await rows('litefile')).toEqual([{ image: 'ALL', file: '/a', options: 'tmpfs' }, { image: 'ALL', file: '/b' }]);
    await tabrestore(system, { files: [file('litefile.csv', '#image,file\nALL,/c\n')], add: false, dryRun: false });
    expect(await rows('litefile')).toEqual([{ image: 'ALL', file: '/c' }]);
  });

  test('does not put a file that names no columns in the place of a table', async () => {
    await expect(tabrestore(system, { files: ['/etc/passwd'], add: false, dryRun: false })).rejects.toMatchObject({
      message: '/etc/passwd has no header, so it may be no table at all, and it would replace passwd', hint: expect.stringMatching(/tabrestore -a .* #key,username,password,/),
    });
    await expect(tabrestore(system, { files: [file('site.csv', 'installdir,/x\n')], add: false, dryRun: false })).rejects.toMatchObject({ code: 'CSV_INVALID' });
    await tabrestore(system, { files: [file('site.csv', 'installdir,/x\n')], add: true, dryRun: false });
    expect(await gettab(system, 'key=installdir', ['site.value'], false)).toBe('/x');
  });

  test('takes rows over that xCAT may have and no command here can use, and says which', async () => {
    const told: string[] = [];
    const rowsOfXcat = file('noderes.csv', '#node,netboot,tftpdir\nold,yaboot,/tftpboot\nnew,pxe,\n');
    await tabrestore(system, { files: [rowsOfXcat], add: false, dryRun: false, notice: (line) => told.push(line) });
    expect(told).toEqual([`WARNING: ${rowsOfXcat} line 2, column netboot: 'yaboot' is not one of pxe, xnba, grub2, grub2-tftp, grub2-http; it is kept as it is`]);
    expect(await rows('noderes')).toContainEqual({ node: 'old', netboot: 'yaboot', tftpdir: '/tftpboot' });
    await chtab(system, ['node=old', 'noderes.tftpdir='], false);
    await expect(chtab(system, ['node=new', 'noderes.netboot=yaboot'], false)).rejects.toThrow("noderes row node=new: netboot: 'yaboot' is not one of");
  });

  test('names all bad rows of all files at once and changes nothing', async () => {
    const files = [file('site.csv', 'good,1\n,2\n'), file('litefile.csv', '#image,file,options\nALL,a\nALL,/b,never\n')];
    const error = await tabrestore(system, { files, add: true, dryRun: false }).catch((each: unknown) => each) as StateliteError;
    expect(error.problems.map(({ message }) => message.replace(directory, ''))).toEqual([
      '/site.csv line 2, column key: must be set', expect.stringMatching(/^\/litefile.csv line 2, column file: /), expect.stringMatching(/^\/litefile.csv line 3, column options: /),
    ]);
    expect((await rows('site')).map((row) => row['key'])).not.toContain('good');
  });

  test('a dry run prints what would change and changes nothing', async () => {
    const text = await tabrestore(system, { files: [file('site.csv', 'installdir,/x\n')], add: true, dryRun: true });
    expect(text).toBe('site row key=installdir: value: /install -> /x');
    expect(await gettab(system, 'key=installdir', ['site.value'], false)).toBe('/install');
  });
});

describe('chtab and gettab', () => {
  test('set the policy rows as the 2010 design does', async () => {
    await chtab(system, ['priority=4.7', 'policy.commands=litetree', 'policy.rule=allow'], false);
    expect(await rows('policy')).toContainEqual({ priority: '4.7', commands: 'litetree', rule: 'allow' });
  });

  test('change several tables of a node, append with +=, take with -=, clear with an empty value', async () => {
    await chtab(system, ['node=n01', 'nodelist.groups=all', 'noderes.netboot=pxe', 'noderes.nfsserver=cnfs'], false);
    await chtab(system, ['node=n01', 'nodelist.groups+=compute,all', 'noderes.netboot='], false);
    expect(await gettab(system, 'node=n01', ['nodelist.groups', 'noderes.netboot', 'noderes.nfsserver'], false))
      .toBe('nodelist.groups: all,compute\nnoderes.netboot: \nnoderes.nfsserver: cnfs');
    await chtab(system, ['node=n01', 'nodelist.groups-=all'], false);
    expect(await gettab(system, 'node=n01', ['nodelist.groups'], true)).toBe('nodelist.groups: compute');
  });

  test('a key that is set renames the row, -d deletes it', async () => {
    await chtab(system, ['key=a', 'site.value=1'], false);
    await chtab(system, ['key=a', 'site.key=b'], false);
    expect((await rows('site')).filter((row) => row['value'] === '1')).toEqual([{ key: 'b', value: '1' }]);
    expect(await chtabDelete(system, ['key=b', 'site'], true)).toBe('site row key=b: removed');
    await chtabDelete(system, ['key=b', 'site'], false);
    expect(await rows('site')).not.toContainEqual({ key: 'b', value: '1' });
  });

  test('refuse values that no command can use, all at once, before anything is changed', async () => {
    const error = await chtab(system, ['node=n01', 'mac.mac=zz', 'hosts.ip=300.1.1.1', 'nodelist.groups=all', 'noderes.netboot=|n(|x|'], false).catch((each: unknown) => each as StateliteError) as StateliteError;
    expect(error.problems.map(({ message }) => message)).toEqual([
      "mac row node=n01: mac: 'zz' is not a MAC address such as 52:54:00:00:00:11", "hosts row node=n01: ip: '300.1.1.1' is not an IP address such as 10.0.0.11",
      expect.stringMatching(/^noderes row node=n01: netboot: \|n\(\|x\| cannot be used: Invalid regular expression/),
    ]);
    expect(await rows('nodelist')).toEqual([]);
    await expect(chtab(system, ['key=installdir', 'site.value=install'], false)).rejects.toThrow("'install' is not an absolute path");
    await expect(chtab(system, ['key=xcatdport', 'site.value=0'], false)).rejects.toThrow('not a port');
    await expect(chtab(system, ['priority=1', 'litetree.directory=trees/$node'], false)).rejects.toThrow('is not server:/directory, nor an absolute directory');
    await expect(chtab(system, ['node=all', 'statelite.statemnt=/state'], false)).rejects.toThrow('is not server:/directory');
    await expect(chtab(system, ['layout=node', 'label=swäp', 'disklayout.disk=first-empty', 'disklayout.number=1', 'disklayout.fstype=swap'], false)).rejects.toThrow('label: "swäp" is no label');
    for (const place of ['$noderes.nfsserver:/state', '10.0.0.1:/d/$node', '[fd00::1]:/d']) await chtab(system, ['node=all', `statelite.statemnt=${place}`], false);
  });

  test('a row for nobody is made, with a warning', async () => {
    const told: string[] = [];
    const notice = (line: string): number => told.push(line);
    await chtab(system, ['node=n01', 'nodelist.groups=all,compute'], false, notice);
    for (const node of ['n01', 'compute']) await chtab(system, [`node=${node}`, 'statelite.statemnt=10.0.0.1:/state'], false, notice);
    expect(told).toEqual([]);
    await chtab(system, ['node=ghost', 'statelite.statemnt=10.0.0.1:/state'], false, notice);
    await chtab(system, ['node=n[01-02]', 'statelite.statemnt=10.0.0.1:/state'], false, notice);
    expect(told).toEqual([
      expect.stringContaining('WARNING: ghost is neither a node nor a group: the statelite row is for nobody yet'),
      expect.stringMatching(/n\[01-02\] is neither[^]*nodech n\[01-02\] statelite\.<column>=<value> sets it for several nodes; chtab -d node=n\[01-02\] statelite takes the row away/),
    ]);
  });

  test('refuse unknown tables and columns, values that break a rule, and half a command', async () => {
    await expect(chtab(system, ['key=a', 'sites.value=1'], false)).rejects.toThrow('Table sites does not exist');
    await expect(chtab(system, ['kee=a', 'site.value=1'], false)).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' });
    await expect(chtab(system, ['image=ALL', 'file=x', 'litefile.options=ro'], false)).rejects.toMatchObject({ code: 'ROW_INVALID' });
    await expect(chtab(system, ['key=a'], false)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(chtabDelete(system, ['key=a'], false)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('objects', () => {
  test('mkdef makes nodes from a bracket list, lsdef shows what they inherit', async () => {
    expect(await make('node', 'n[01-03]', 'groups=all,compute', 'ip=|\\D+(\\d+)|10.0.0.($1+0)|')).toBe('3 object definitions have been created or modified.');
    await make('group', 'compute', 'os=debian12', 'arch=x86_64');
    expect(await list('node', 'n02')).toBe('Object name: n02\n    arch=x86_64\n    groups=all,compute\n    ip=10.0.0.2\n    os=debian12');
    expect(await list('node')).toBe('n01  (node)\nn02  (node)\nn03  (node)');
    expect(await lsdef(system, { type: 'node', names: 'n01,n03', attributes: ['ip'], long: false, form: 'compact', json: false })).toBe('n01: ip=10.0.0.1\nn03: ip=10.0.0.3');
    expect(await list('group', 'compute')).toBe('Object name: compute\n    arch=x86_64\n    members=n01,n02,n03\n    os=debian12');
  });

  test('mkdef refuses what is there, -f makes it anew, chdef changes it or makes it', async () => {
    await make('node', 'n01', 'groups=all', 'netboot=pxe');
    await expect(make('node', 'n01', 'groups=x')).rejects.toThrow('the node n01 is already defined');
    await define(system, [{ type: 'node', names: 'n01', words: ['groups=x'] }], { ...base, force: true });
    expect(await list('node', 'n01')).toBe('Object name: n01\n    groups=x');
    expect(await define(system, [{ type: 'node', names: 'n01,n02', words: ['groups=y'] }], { ...base, fresh: false, operator: '+=' }))
      .toBe("2 object definitions have been created or modified.\nNew object definitions 'n02' have been created.");
    expect(await list('node', 'n01')).toBe('Object name: n01\n    groups=x,y');
  });

  test('rmdef takes an object out of all tables, a group out of its members too', async () => {
    await make('node', 'n01,n02', 'groups=all,compute', 'netboot=pxe', 'mac=52:54:00:00:00:aa');
    await make('group', 'compute', 'os=debian12');
    expect(await undefine(system, 'group', 'compute', false)).toBe('1 object definitions have been removed.');
    expect(await rows('nodetype')).toEqual([]);
    expect(await list('node', 'n01')).not.toContain('compute');
    await undefine(system, 'node', 'all', false);
    expect([...await rows('nodelist'), ...await rows('mac'), ...await rows('noderes')]).toEqual([]);
    await expect(undefine(system, 'osimage', 'a,b', false)).rejects.toMatchObject({ problems: [{ message: 'there is no osimage a' }, { message: 'there is no osimage b' }] });
  });

  test('an image that nodes are set to is removed with force only; all that stands against it is told at once', async () => {
    await make('osimage', 'img1', 'provmethod=statelite', 'rootimgdir=/install/img1');
    await make('osimage', 'img2', 'provmethod=statelite');
    await make('node', 'n[01-03]', 'groups=all', 'provmethod=img1');
    await expect(undefine(system, 'osimage', 'img1,img2,img3', false)).rejects.toMatchObject({ problems: [
      { code: 'IMAGE_IN_USE', message: '3 nodes n[01-03] are set to img1', hint: 'nodeset n[01-03] osimage=<another image>, or rmdef -f -t osimage img1' }, { message: 'there is no osimage img3' },
    ] });
    expect((await rows('osimage')).map((row) => row['imagename'])).toEqual(['img1', 'img2']);
    expect(await undefine(system, 'osimage', 'img2', false)).toBe('1 object definitions have been removed.');
    expect(await undefine(system, 'osimage', 'img1', false, true)).toBe('1 object definitions have been removed.');
  });

  test('group members are put into nodelist.groups', async () => {
    await make('node', 'n[1-3]', 'groups=all,rack1');
    await make('group', 'rack1', 'members=n2,n3');
    expect(await listNodes(system, { noderange: 'rack1', attributes: [], hidden: false }, plain)).toBe('n2\nn3');
  });

  test('every type can be made, listed and removed', async () => {
    const objects = [
      ['osimage', 'img1', 'provmethod=statelite', 'pkglist=/p'], ['network', 'net1', 'net=10.0.0.0', 'mask=255.0.0.0'], ['policy', '7', 'commands=x', 'rule=allow'],
      ['litefile', 'ALL:/etc/ntp.conf', 'options=ro'], ['litefile', '/etc/motd', 'options=con'], ['litetree', '1', 'directory=cnfs:/gpfs'], ['statelite', 'compute', 'statemnt=cnfs:/state'],
    ] as const;
    for (const [type, name, ...words] of objects) {
      await make(type, name, ...words);
      const attributes = [...words].sort().map((word) => `    ${word}`).join('\n');
      expect(await list(type, name)).toBe(`Object name: ${name}\n${attributes}`);
      await undefine(system, type, name, false);
      expect((await list(type)).split('\n')).not.toContain(`${name}  (${type})`);
    }
  });

  test('site settings are one object', async () => {
    await define(system, [{ type: 'site', names: '', words: ['master=10.0.0.1', 'tftpdir='] }], { ...base, fresh: false });
    expect(await list('site', 'clustersite')).toBe('Object name: clustersite\n    installdir=/install\n    master=10.0.0.1\n    xcatdport=3001\n    xcatiport=3002');
  });

  test('what lsdef -z prints makes the same objects elsewhere, values with line breaks too', async () => {
    await make('node', 'n[1-2]', 'groups=all', 'usercomment=two\nlines ', 'ip=10.0.0.1');
    await make('group', 'rack1', 'members=n1', 'os=debian12');
    await make('litefile', 'ALL:/etc/motd', 'options=persistent');
    const print = async (on: System, type: string): Promise<string> => lsdef(on, { type, long: true, form: 'stanza', json: false });
    const text = (await Promise.all(['node', 'group', 'litefile', 'site'].map((type) => print(system, type)))).join('\n');
    const { stanzas, problems } = parseStanzas(text, 'stdin');
    expect(problems).toEqual([]);
    const other = await server.newDatabase();
    const items = stanzas.map(({ name, type, attributes }) => ({ type: type ?? '', names: name, words: Object.entries(attributes).map(([key, value]) => `${key}=${value}`) }));
    await define(other, items, base);
    for (const type of ['node', 'group', 'litefile', 'site']) expect(await print(other, type)).toBe(await print(system, type));
  });

  test('dynamic groups have the nodes that fit, chdef -w changes the nodes that fit, lsdef -w lists them', async () => {
    await make('node', 'n[1-3]', 'groups=all', 'arch=x86_64');
    await define(system, [{ type: 'node', names: 'n2,n3', words: ['arch=ppc64le'] }], { ...base, fresh: false });
    await make('group', 'power', 'grouptype=dynamic', 'wherevals=arch==ppc64le');
    expect(await list('group', 'power')).toContain('members=n2,n3');
    await define(system, [{ type: 'node', names: '', words: ['netboot=grub2'], where: ['arch=~^ppc'] }], { ...base, fresh: false });
    expect(await lsdef(system, { type: 'node', where: ['netboot==grub2', 'arch!=x86_64'], long: false, form: 'long', json: false })).toBe('n2  (node)\nn3  (node)');
    await expect(lsdef(system, { type: 'node', where: ['nonsense==1'], long: false, form: 'long', json: false })).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' });
  });

  test('lsdef --blame says which row and which rule gave each value', async () => {
    await make('node', 'n7', 'groups=compute', 'arch=x86_64');
    await make('group', 'compute', 'os=debian12', 'ip=|\\D+(\\d+)|10.0.0.($1)|');
    expect(await lsdef(system, { type: 'node', names: 'n7', long: false, form: 'compact', blame: true, json: false })).toBe([
      'n7: arch=x86_64  (nodetype row of the node itself)', 'n7: groups=compute  (nodelist row of the node itself)',
      'n7: ip=10.0.0.7  (hosts row node=compute, rule |\\D+(\\d+)|10.0.0.($1)|)', 'n7: os=debian12  (nodetype row node=compute)',
    ].join('\n'));
  });

  test('two mkdef of one name at once: one makes it, the other is told', async () => {
    const results = await Promise.allSettled([make('node', 'n1', 'groups=a'), make('node', 'n1', 'groups=b')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('all unknown attributes are named at once', async () => {
    await expect(make('node', 'n01', 'netbot=pxe', 'mac=zz')).rejects.toMatchObject({ problems: [
      { message: 'a node has no attribute netbot', hint: 'did you mean netboot? statelite man tables lists them' }, { message: "node attribute mac: 'zz' is not a MAC address such as 52:54:00:00:00:11" },
    ] });
    await expect(make('node', 'n01', 'foo=1', 'bar=2')).rejects.toMatchObject({ problems: [{ message: 'a node has no attribute foo' }, { message: 'a node has no attribute bar' }] });
  });
});

describe('node commands', () => {
  test('nodeadd makes, nodech changes, nodels prints one or several attributes and where they are from', async () => {
    await addNodes(system, 'n[1-2]', ['groups=all,compute', 'noderes.netboot=pxe'], false);
    await chtab(system, ['node=compute', 'nodetype.os=debian12'], false);
    await editNodes(system, 'n2', ['groups^=compute', 'groups,=rack1', 'room=shanghai'], false);
    expect(await listNodes(system, { attributes: [], hidden: false }, plain)).toBe('n1\nn2');
    expect(await listNodes(system, { noderange: 'all', attributes: ['os'], hidden: false }, plain)).toBe('n1: debian12\nn2: ');
    expect(await listNodes(system, { noderange: 'n2', attributes: ['groups', 'nodepos.room'], hidden: false }, plain)).toBe('n2: nodelist.groups: all,rack1\nn2: nodepos.room: shanghai');
    expect(await listNodes(system, { noderange: 'n1', attributes: ['os'], hidden: false }, { blame: true, json: false })).toBe('n1: debian12 (nodetype row node=compute)');
    await expect(editNodes(system, 'n1', ['nonsense=1', 'mac'], false)).rejects.toMatchObject({ code: 'PROBLEMS' });
  });

  test('nodech changes only the nodes that fit its conditions', async () => {
    await addNodes(system, 'n[1-4]', ['groups=all', 'nodetype.arch=x86_64'], false);
    await editNodes(system, 'n3-n4', ['arch=aarch64'], false);
    expect(await editNodes(system, 'all', ['arch==x86_64', 'node!~2$', 'noderes.netboot=pxe'], true)).toBe('noderes row node=n1: new, netboot: (unset) -> pxe');
    expect(await editNodes(system, 'all', ['arch=~^aarch', 'netboot=grub2'], true)).toBe('noderes row node=n[3-4]: new, netboot: (unset) -> grub2');
    await expect(editNodes(system, 'all', ['arch==x86_64'], false)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('hidden nodes are listed when asked for', async () => {
    await addNodes(system, 'n1', ['hidden=1'], false);
    expect(await listNodes(system, { attributes: [], hidden: false }, plain)).toBe('');
    expect(await listNodes(system, { attributes: [], hidden: true }, plain)).toBe('n1');
  });
});

// --- internal ---

const sorted = (table: Table, list: readonly Row[] = []): readonly Row[] => [...list].sort((a, b) => (keyText(table, a) < keyText(table, b) ? -1 : 1));

const plain = { blame: false, json: false };
const base: DefineOptions = { operator: '=', fresh: true, force: false, dryRun: false };

const make = (type: string, names: string, ...words: readonly string[]): Promise<string> => define(system, [{ type, names, words }], base);

const list = (type: string, names?: string): Promise<string> =>
  lsdef(system, { type, long: false, form: 'long', json: false, ...(names === undefined ? {} : { names }) });

const rows = async (table: string): Promise<readonly Row[]> => (await withDatabase(system, (database) => database.read([table])))[table] ?? [];

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}
