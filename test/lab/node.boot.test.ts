import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../lib/db/open.ts';
import { buildCli, type Cli } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';

let cli: Cli;
let home: Home;

const litelab = (...args: string[]) => cli.run(['litelab', ...args], home.env);

const bootFile = (kernel: string): string => `#statelite img\nDEFAULT xCAT\nLABEL xCAT\n  KERNEL ${kernel}\n  APPEND initrd=none\n`;

// Virtual nodes that get as far as PXELINUX: quick, and real.
beforeAll(async () => {
  cli = await buildCli();
  home = await makeHome({ prefix: 'labnode-' });
  const tftpdir = join(home.path, 'tftpboot');
  mkdirSync(join(tftpdir, 'pxelinux.cfg'), { recursive: true });
  mkdirSync(join(home.path, 'install'));
  writeFileSync(join(tftpdir, 'pxelinux.cfg', '01-52-54-00-78-00-11'), bootFile('xcat/no-such-kernel'));
  // A loader that waits for ever for the menu key: a node that is neither up nor stopped.
  writeFileSync(join(tftpdir, 'pxelinux.cfg', '0A4E000C'), `PROMPT 1\nTIMEOUT 0\n${bootFile('xcat/kernel')}`);
  await withDatabase(home.system, (database) => database.write(async (writer) => {
    await writer.upsert('site', { key: 'master', value: '10.78.0.1' });
    await writer.upsert('site', { key: 'installdir', value: join(home.path, 'install') });
    await writer.upsert('site', { key: 'tftpdir', value: tftpdir });
    for (const number of ['11', '12']) {
      await writer.upsert('nodelist', { node: `n${number}`, groups: 'all' });
      await writer.upsert('hosts', { node: `n${number}`, ip: `10.78.0.${number}` });
      await writer.upsert('mac', { node: `n${number}`, mac: `52:54:00:78:00:${number}` });
    }
  }));
  await litelab('up');
}, 60_000);

afterAll(async () => {
  await litelab('down');
  await home.cleanup();
  cli.remove();
});

describe('litelab boot', () => {
  test('powers a node on through PXE, and tells the one that stops early with its last console lines', async () => {
    const boot = await litelab('boot', 'n11', '--timeout', '100');
    expect(boot).toMatchObject({ exitCode: 1, stdout: '' });
    expect(boot.stderr).toContain('n11: stopped: Loading xcat/no-such-kernel... failed: No such file or directory');
    expect(boot.stderr).toContain('Next server: 10.78.0.1');
    expect((await litelab('status')).stdout).toContain('n11: stopped');
    expect(await litelab('boot', 'n11')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n11: it is running already') });
    expect(await litelab('wait', 'n11')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n11: stopped: Loading xcat/no-such-kernel... failed') });
    expect(await litelab('off', 'n11,n12')).toMatchObject({ exitCode: 0, stdout: 'n11: off\nn12: was off\n' });
    expect(await litelab('wait', 'n11')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n11: it is not running in the lab') });
    expect(await litelab('run', 'n11', 'true')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n11: it is not running in the lab') });
  }, 120_000);

  test('gives up on a node that shows no login prompt in time and leaves it on, to be looked at', async () => {
    const boot = await litelab('boot', 'n12', '--timeout', '1');
    expect(boot).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n12: no login prompt in 1 s; its last console lines:') });
    expect(await litelab('wait', 'n12', '--timeout', '2')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('n12: no login prompt in 2 s') });
    expect((await litelab('status')).stdout).toContain('n12: booting');
    await litelab('off', 'n12');
  }, 120_000);

  test('switches nodes off again that are not up when it is interrupted; the lab stays', async () => {
    const child = spawn(process.execPath, [cli.entry, 'litelab', 'boot', 'n12'], { env: home.env });
    const said: string[] = [];
    child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    while (!existsSync(join(home.path, 'lab', 'run', 'nodes', 'n12', 'state.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(said.join('')).toContain('n12: interrupted before it was up');
    const status = await litelab('status');
    expect(status.exitCode).toBe(0);
    expect(status.stdout).not.toContain('n12');
  }, 120_000);
});
