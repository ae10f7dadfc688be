import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { restoreTables } from '../../lib/db/dump.ts';
import type { System } from '../../lib/system/system.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { startExternalPostgres, type ExternalPostgres } from '../helpers/external-postgres.ts';

let cli: Cli;
let home: Home;
let external: ExternalPostgres;
let directory: string;
beforeAll(async () => {
  [cli, home, external] = await Promise.all([buildCli(), makeHome(), startExternalPostgres()]);
  directory = mkdtempSync(join(tmpdir(), 'many-'));
  for (const side of ['left', 'right']) {
    mkdirSync(join(directory, side));
    writeFileSync(join(directory, side, 'nodelist.csv'), Array.from({ length: 200 }, (_, at) => `n${at},${side}\n`).join(''));
    writeFileSync(join(directory, side, 'nodepos.csv'), Array.from({ length: 200 }, (_, at) => `n${at},${side}\n`).join(''));
  }
}, 60_000);
afterAll(async () => {
  cli.remove();
  external.close();
  rmSync(directory, { recursive: true });
  await home.cleanup();
});

describe.each(['the private server', 'an external server'])('on %s', (kind) => {
  test('twenty processes change and read while another restores: no lost update, no half of a table', async () => {
    const env = envOf(kind);
    const system: System = { ...home.system, env };
    await restoreTables(system, join(directory, 'left'), false);
    let restores = 0;
    const stop = new AbortController();
    const restoring = (async () => {
      for (; !stop.signal.aborted; restores += 1) await restoreTables(system, join(directory, restores % 2 === 0 ? 'right' : 'left'), false);
    })();
    const writers = Array.from({ length: 10 }, (_, at) => cli.run(['chtab', 'key=counter', `site.value+=w${at}`], env));
    const readers = Array.from({ length: 10 }, () => cli.run(['nodels', '/.*', 'groups', 'nodepos.rack'], env));
    const [written, read] = [await Promise.all(writers), await Promise.all(readers)];
    stop.abort();
    await restoring;
    expect(written).toEqual(Array(10).fill({ exitCode: 0, stdout: '', stderr: '' }));
    for (const { stdout, stderr } of read) {
      const sides = new Set(stdout.trim().split('\n').map((line) => line.split(': ').at(-1)));
      expect([stderr, stdout.trim().split('\n').length, sides.size]).toEqual(['', 400, 1]);
    }
    expect(restores).toBeGreaterThan(1);
    const counter = await cli.run(['gettab', 'key=counter', 'site.value'], env);
    expect(counter.stdout.trim().split(',').sort()).toEqual(Array.from({ length: 10 }, (_, at) => `w${at}`));
  }, 120_000);

  test('writers that are killed leave no half change, and the next command just works', async () => {
    const env = envOf(kind);
    const names = Array.from({ length: 8 }, (_, at) => `killed${at}`);
    const exits = await Promise.all(names.map(async (name, at) => {
      const child = spawn(process.execPath, [cli.entry, 'nodeadd', name, 'groups=killed', 'nodepos.rack=r1'], { env, stdio: 'ignore' });
      const timer = setTimeout(() => child.kill('SIGKILL'), 150 + 120 * at);
      const [code] = await once(child, 'exit') as [number | null];
      clearTimeout(timer);
      return code;
    }));
    expect((await cli.run(['nodeadd', 'after', 'groups=killed', 'nodepos.rack=r1'], env)).exitCode).toBe(0);
    const { stdout } = await cli.run(['nodels', 'killed', 'nodepos.rack'], env);
    const there = stdout.trim().split('\n').map((line) => line.replace(': r1', ''));
    for (const [at, code] of exits.entries()) if (code === 0) expect(there).toContain(names[at]);
    expect(there.every((name) => name === 'after' || names.includes(name))).toBe(true);
  }, 120_000);

  test('Postgres killed while commands write: what was acknowledged is there, nothing twice, and the next command just works', async () => {
    const env = envOf(kind);
    const commands = Array.from({ length: 6 }, (_, at) => cli.run(['chtab', 'key=survivors', `site.value+=s${at}`], env));
    for (const wait of [250, 500]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const pid = kind === 'the private server' ? await home.postgres.pid() : external.pid();
      if (pid !== undefined) for (const each of [pid, ...childrenOf(pid)]) kill(each);
      if (kind === 'an external server') await external.restart();
    }
    const results = await Promise.all(commands);
    for (const { exitCode, stderr } of results) if (exitCode !== 0) expect(stderr).toMatch(/^Error: .*(does not answer|terminat|connection)/i);
    expect(await cli.run(['chtab', 'key=survivors', 'site.value+=after'], env)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const { stdout } = await cli.run(['gettab', 'key=survivors', 'site.value'], env);
    const there = stdout.trim().split(',');
    for (const [at, { exitCode }] of results.entries()) if (exitCode === 0) expect(there).toContain(`s${at}`);
    expect([there.includes('after'), new Set(there).size]).toEqual([true, there.length]);
  }, 120_000);
});

// --- internal ---

const envOf = (kind: string): Readonly<Record<string, string>> => kind === 'the private server' ? home.env : { ...home.env, STATELITE_DATABASE_URL: external.url };

// None for a server that is dead already but that its parent has not taken note of.
function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.trim().split(/\s+/).filter((text) => text !== '').map(Number);
}

// The server's child may have ended by itself meanwhile.
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
}
