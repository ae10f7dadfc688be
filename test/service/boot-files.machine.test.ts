import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { serveBootFiles } from '../../lib/service/boot-files.ts';

let root = '';
let port = 0;
let server: Awaited<ReturnType<typeof serveBootFiles>>;
const log = pino({ level: 'silent' });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'boot-files-'));
  mkdirSync(join(root, 'tftp/xcat'), { recursive: true });
  writeFileSync(join(root, 'outside'), 'not for nodes');
  writeFileSync(join(root, 'tftp/xcat/kernel'), 'MZ a kernel');
  writeFileSync(join(root, 'tftp/empty'), '');
  writeFileSync(join(root, 'tftp/secret'), 'x');
  chmodSync(join(root, 'tftp/secret'), 0o600);
  symlinkSync('xcat/kernel', join(root, 'tftp/link'));
  port = await freePort();
  server = await serveBootFiles({ directory: join(root, 'tftp'), prefix: '/tftpboot', port, listen: '127.0.0.1', log });
});

afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

/** A request with the path as it stands, dots and all. */
function ask(path: string, method = 'GET'): Promise<{ status: number | undefined; type: string | undefined; length: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => { body += text; });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], length: response.headers['content-length'], body }));
    }).on('error', reject).end();
  });
}

describe('boot files over HTTP', () => {
  test.each(['/tftpboot/xcat/kernel', '/xcat/kernel', '/link', '//xcat/./kernel'])('%s is the file, with its length and type', async (path) => {
    expect(await ask(path)).toEqual({ status: 200, type: 'application/efi', length: '11', body: 'MZ a kernel' });
  });

  test('HEAD tells the length; an empty file is one', async () => {
    expect(await ask('/xcat/kernel', 'HEAD')).toMatchObject({ status: 200, length: '11', body: '' });
    expect(await ask('/empty')).toEqual({ status: 200, type: 'application/octet-stream', length: '0', body: '' });
  });

  test.each(['/nothing', '/xcat', '/', '/../outside', '/tftpboot/../outside', '/%2e%2e/outside', '/tftpboot/..%2foutside', '/secret', '/a%00b', '/%zz', '/xcat/kernel/'])('%s is nothing', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: '' });
  });

  test('nothing can be put there', async () => {
    expect(await ask('/xcat/kernel', 'PUT')).toMatchObject({ status: 405 });
  });

  test('a port in use is an error that names it', async () => {
    await expect(serveBootFiles({ directory: root, prefix: '/tftpboot', port, listen: '127.0.0.1', log })).rejects.toThrow(`cannot listen on 127.0.0.1, port ${port}: EADDRINUSE`);
  });
});

// --- internal ---

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => resolve(free));
    });
  });
}
