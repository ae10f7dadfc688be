import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase, withDatabase } from '../../lib/db/open.ts';
import type { StateliteError } from '../../lib/errors.ts';
import type { System } from '../../lib/system/system.ts';
import { TABLES } from '../../tables/index.ts';
import { startTestServer, type TestServer } from '../helpers/database.ts';

let server: TestServer;
let system: System;
beforeAll(async () => { server = await startTestServer(); });
afterAll(async () => server.close());
beforeEach(async () => { system = await server.newDatabase(); });

describe('a new database', () => {
  test('has every table, the site settings and the policy rows with 4.7 litetree and 4.8 litefile', async () => {
    const data = await withDatabase(system, (database) => database.read());
    expect(Object.keys(data)).toEqual([...TABLES.keys()]);
    expect(data['site']).toContainEqual({ key: 'installdir', value: '/install' });
    expect(data['policy']).toContainEqual({ priority: '1', name: 'root', rule: 'allow' });
    expect(data['policy']).toContainEqual({ priority: '4.7', commands: 'litetree', rule: 'allow' });
    expect(data['policy']).toContainEqual({ priority: '4.8', commands: 'litefile', rule: 'allow' });
  });

  test('refuses a database that a newer program made', async () => {
    await withDatabase(system, () => Promise.resolve());
    const client = await rawClient(system);
    await client.query('INSERT INTO statelite_schema (version) VALUES (999)');
    await client.end();
    await expect(openDatabase(system)).rejects.toMatchObject({ code: 'DATABASE_NEWER' });
  });
});

describe('write', () => {
  test('upsert inserts, keeps columns that are not given and clears those given empty', async () => {
    const rows = await withDatabase(system, (database) => database.write(async (writer) => {
      await writer.upsert('litetree', { priority: '1', directory: 'a:/b', mntopts: 'soft', comments: 'x' });
      await writer.upsert('litetree', { priority: '1', mntopts: 'hard', comments: '' });
      await writer.upsert('litefile', { file: '/etc/a' });
      await writer.upsert('litefile', { file: '/etc/a', options: 'ro' });
      return [...await writer.rows('litetree', {}), ...await writer.rows('litefile', { file: '/etc/a' })];
    }));
    expect(rows).toEqual([{ priority: '1', directory: 'a:/b', mntopts: 'hard' }, { file: '/etc/a', options: 'ro' }]);
  });

  test('an empty key is a value of its own, and rows are found and removed by unset columns too', async () => {
    const counts = await withDatabase(system, (database) => database.write(async (writer) => {
      await writer.replace('litefile', [{ file: '/a' }, { image: 'ALL', file: '/a' }, { file: '/b', options: 'ro' }]);
      return [await writer.remove('litefile', { image: '', file: '/a' }), await writer.remove('litefile', { options: '' }), await writer.rows('litefile', {})];
    }));
    expect(counts).toEqual([1, 1, [{ file: '/b', options: 'ro' }]]);
  });

  test('nothing of a failing transaction stays', async () => {
    await withDatabase(system, async (database) => {
      await expect(database.write(async (writer) => {
        await writer.upsert('nodelist', { node: 'n01' });
        throw new RangeError('from the work');
      })).rejects.toThrow(RangeError);
      expect((await database.read(['nodelist']))['nodelist']).toEqual([]);
    });
  });

  test('refuses unknown tables and columns, missing and bad values, all problems of a replace at once', async () => {
    await withDatabase(system, async (database) => {
      const attempt = (table: string, row: Record<string, string>) => database.write((writer) => writer.upsert(table, row));
      await expect(attempt('nope', {})).rejects.toMatchObject({ code: 'TABLE_UNKNOWN' });
      await expect(attempt('site', { key: 'a', valu: '1' })).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' });
      await expect(attempt('site', { value: '1' })).rejects.toThrow('site row key=: key: must be set');
      await expect(attempt('litetree', { priority: '3' })).rejects.toThrow('directory: must be set');
      await expect(attempt('site', { key: 'a', value: 'x\0y' })).rejects.toThrow('NUL');
      const bad = [{ file: 'a' }, { file: '/b' }, { file: '/b' }, { file: '/../c' }];
      const error = await database.write((writer) => writer.replace('litefile', bad)).catch((each: unknown) => each as StateliteError);
      expect((error as StateliteError).problems.map((each) => each.message)).toEqual([
        expect.stringContaining('absolute path'), expect.stringContaining('..'), 'litefile row image= file=/b is there twice',
      ]);
    });
  });

  test('twenty concurrent increments from separate connections are all counted', async () => {
    const databases = await Promise.all(Array.from({ length: 20 }, () => openDatabase(system)));
    await Promise.all(databases.map((database) => database.write(async (writer) => {
      const [row] = await writer.rows('site', { key: 'counter' });
      await writer.upsert('site', { key: 'counter', value: String(Number(row?.['value'] ?? 0) + 1) });
    })));
    const [first] = databases;
    expect((await first?.read(['site']))?.['site']).toContainEqual({ key: 'counter', value: '20' });
    await Promise.all(databases.map((database) => database.close()));
  });

  test('conflicts with a writer that does not queue up are tried again', async () => {
    await withDatabase(system, async (database) => {
      let attempts = 0;
      await database.write(async (writer) => {
        attempts += 1;
        await writer.rows('site', { key: 'counter' });
        if (attempts === 1) {
          const client = await rawClient(system);
          await client.query(`BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT * FROM site; INSERT INTO site (key, value) VALUES ('counter', '5'); COMMIT`);
          await client.end();
        }
        await writer.upsert('site', { key: 'counter', value: '6' });
      });
      expect(attempts).toBe(2);
    });
  });

  test('a database opened for reading refuses to write', async () => {
    const database = await openDatabase(system, { readonly: true });
    expect(() => database.write((writer) => writer.remove('site', {}))).toThrow('reading only');
    await database.close();
  });
});

describe('lock', () => {
  test('the second waits and is told who holds it', async () => {
    await withDatabase(system, async (database) => {
      const order: string[] = [];
      let enter: () => void = () => undefined;
      const entered = new Promise<void>((resolve) => { enter = resolve; });
      let leave: () => void = () => undefined;
      const first = database.lock('image x', () => new Promise<void>((resolve) => {
        leave = () => { order.push('first'); resolve(); };
        enter();
      }));
      await entered;
      await database.lock('image y', () => { order.push('other name'); return Promise.resolve(); });
      await database.lock('image x', () => { order.push('second'); return Promise.resolve(); }, (holder) => { order.push(holder); leave(); });
      await first;
      expect(order).toEqual(['other name', expect.stringContaining(`(pid ${process.pid})`), 'first', 'second']);
    });
  });
});

describe('listen', () => {
  test('each committed change of a table is told, a rolled back one is not', async () => {
    await withDatabase(system, async (database) => {
      const heard: string[] = [];
      let hear: () => void = () => undefined;
      const both = new Promise<void>((resolve) => { hear = resolve; });
      const stop = await database.listen((table) => { if (heard.push(table) === 2) hear(); }, (error) => { throw error; });
      await database.write(async (writer) => { await writer.upsert('mac', { node: 'a', mac: '1' }); throw new Error('no'); }).catch(() => undefined);
      await database.write(async (writer) => { await writer.upsert('site', { key: 'x', value: '1' }); await writer.upsert('hosts', { node: 'a', ip: '1.2.3.4' }); });
      await both;
      await stop();
      expect(heard).toEqual(['site', 'hosts']);
    });
  });
});

// --- internal ---

async function rawClient({ env }: System) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: env['STATELITE_DATABASE_URL'] });
  await client.connect();
  return client;
}
