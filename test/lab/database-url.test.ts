import { describe, expect, test } from '@jest/globals';
import { databaseUrl } from '../../lib/lab/database-url.ts';
import { createSystem } from '../../lib/system/system.ts';

const urlFor = (env: Readonly<Record<string, string>>): string => databaseUrl({ ...createSystem(), env });

describe('the database as the lab sees it', () => {
  test('is the private one by its unix socket', () => {
    expect(urlFor({ STATELITE_HOME: '/srv/state lite' })).toMatch(/^postgresql:\/\/\w+@\/postgres\?host=%2F[^/]+&port=\d+$/);
  });

  test.each(['postgresql://u@/db?host=/run/postgresql', 'postgresql://u:p@/db?ssl=0&host=%2Frun', 'postgresql://u@%2Frun%2Fpg/db', 'socket:/run/pg?db=x'])('is the external one as it is: %s', (url) => {
    expect(urlFor({ STATELITE_DATABASE_URL: url })).toBe(url);
  });

  test.each(['postgresql://u:secret@db.example.org/x', 'postgresql://localhost/x?host=', 'postgresql:///x'])('is refused when only the network leads to it: %s', (url) => {
    expect(() => urlFor({ STATELITE_DATABASE_URL: url })).toThrow('nothing leaves it or enters it by network');
  });
});
