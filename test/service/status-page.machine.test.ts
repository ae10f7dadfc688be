import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readLastBoots, saveAsked, saveBoots, savePowerOn } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import type { Boot } from '../../lib/stat/boot.ts';
import { asset } from '../../lib/system/assets.ts';
import { openBrowser, type Browser } from '../helpers/chromium.ts';
import { makeCliHome, type CliHome } from '../helpers/cli-home.ts';

const NODE_ADDRESS = '127.0.0.2';
/** Where the pictures stay, for people to look at. */
const ARTEFACTS = process.env['STATELITE_ARTEFACTS'] ?? asset('node_modules/.cache/artefacts');

let home: CliHome;
let browser: Browser;
let daemon: ChildProcess;
let url = '';

const bootId = (number: number): string => `0f0e0d0c-1111-4222-8333-${String(number).padStart(12, '0')}`;
const name = (number: number): string => `n${String(number).padStart(3, '0')}`;
const TIMES: readonly (readonly [string, number])[] = [['initrd', 1900], ['dhcp', 5300], ['root', 5900], ['plan', 6400], ['store', 6900], ['sources', 7300], ['rows', 7800], ['switch_root', 8300], ['up', 21_000]];

/** A boot that has come as far as a phase, some milliseconds ago. */
function bootOf(number: number, last: string, ago: number, more: Partial<Boot> = {}): Boot {
  const done = TIMES.slice(0, TIMES.findIndex(([phase]) => phase === last) + 1).map(([phase, at]): [string, number] => [phase, Math.round(at * (1 + (number % 7) / 10))]);
  const heard = Date.now() - ago;
  return { node: name(number), boot: bootId(number), begun: heard - (done.at(-1)?.[1] ?? 0), heard, phases: Object.fromEntries(done), good: { '/etc/motd': { option: 'tmpfs,rw,link', type: 'file', origin: '1' } }, failed: {}, parts: {}, warnings: [], ...more };
}

const save = (...boots: readonly Boot[]): Promise<void> => withDatabase(home.system, (database) => saveBoots(database, boots));

function get(path: string, { method = 'GET', localAddress = '127.0.0.1', host }: { readonly method?: string; readonly localAddress?: string; readonly host?: string } = {}): Promise<{ status: number; headers: Readonly<Record<string, unknown>>; body: string }> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { method, localAddress, ...(host === undefined ? {} : { headers: { host } }) }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    }).on('error', reject).end();
  });
}

async function start(place: string, within: readonly string[] = []): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const [program, ...words] = within.length === 0 ? [process.execPath] : [within[0] ?? '', ...within.slice(1), process.execPath];
  const child = spawn(program, [...words, home.cli.entry, 'statelited', '--listen', '127.0.0.1', '--port', '0', '--status-page', place], { env: home.env });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
  const found = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
      const said = /status page on (\S+)\/\n/.exec(stdout)?.[1];
      if (said !== undefined) resolve(said);
    });
    child.once('exit', (code) => reject(new Error(`statelited ended with ${String(code)}: ${stderr}`)));
  });
  return { process: child, url: found };
}

beforeAll(async () => {
  home = await makeCliHome();
  mkdirSync(ARTEFACTS, { recursive: true });
  await withDatabase(home.system, async (database) => {
    await database.write(async (writer) => {
      await writer.put('nodelist', Array.from({ length: 180 }, (_, index) => ({ node: name(index + 1), groups: 'compute' })));
      await writer.put('hosts', [{ node: 'n001', ip: NODE_ADDRESS }]);
    });
    await saveAsked(database, [{ node: 'n170', asked: Date.now() - 40_000, answer: 200 }, { node: 'n171', asked: Date.now() - 9000, answer: 403, reason: 'n171: policy row priority=0.1 refuses litefile' }]);
  });
  await save(
    ...Array.from({ length: 120 }, (_, index) => bootOf(index + 1, index % 3 === 0 ? 'up' : 'switch_root', 600_000 + index * 1000, index === 11 ? {
      failed: { '/etc/app.conf': { option: 'tmpfs,con,bind', type: 'file', origin: '1+2' } }, warnings: ['litetree 2, 10.0.0.9:/gone: no answer in 10 s; its rows take the next source'], nfs: { operations: 5312, read: 61_400_000, written: 12_000 },
      good: { '/var/lib/app': { option: 'tmpfs,rw,link', type: 'directory', origin: '1+default', bytes: 61_000_000, ms: 600 }, '/etc/motd': { option: 'tmpfs,rw,link', type: 'file', origin: '1', bytes: 512, ms: 20 } },
      parts: { 'litetree 1': { phase: 'sources', ms: 300, detail: 'nas:/trees/n012' } },
    } : {})),
    ...Array.from({ length: 34 }, (_, index) => bootOf(index + 121, TIMES[index % 7]?.[0] ?? 'dhcp', 2000 + index * 300)),
    ...Array.from({ length: 5 }, (_, index) => bootOf(index + 155, 'store', 200_000 + index * 40_000)),
    bootOf(161, 'plan', 30_000, { stopped: 'the store 10.0.0.1:/state/n161 cannot be mounted: No such file or directory; persistent files are not kept in RAM instead' }),
    bootOf(162, 'dhcp', 90_000, { stopped: 'the NFS root 10.0.0.1:/install/netboot/rootimg cannot be mounted: access denied by server' }),
  );
  const started = await start('127.0.0.1:0');
  daemon = started.process;
  url = started.url;
  await withDatabase(home.system, async (database) => {
    const [boot] = await readLastBoots(database, ['n012']);
    await savePowerOn(database, ['n012'], (boot?.begun ?? 0) - 41_000);
  });
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await ended;
  await home.cleanup();
}, 60_000);

const states = (): Promise<Readonly<Record<string, string>>> => browser.see(`Object.fromEntries([...document.querySelectorAll('.state')].map((one) => [one.classList[1], one.querySelector('.count').textContent]))`);

describe('the status page in a browser', () => {
  test('shows all nodes by state and those under way by phase, each state with a sign and a word beside its colour', async () => {
    await browser.open(`${url}/`);
    await browser.until(`document.querySelectorAll('.node').length > 100`);
    expect(await states()).toEqual({ failed: '2', stuck: '5', booting: '34', waiting: '2', booted: '120', unknown: '17' });
    expect(await browser.see(`[...document.querySelectorAll('.state')].map((one) => one.textContent.replace(/[0-9,]/g, ''))`)).toEqual(['✖failed', '⚠stuck', '▶booting', '…waiting', '✔booted', '○no boot yet']);
    expect(await browser.see(`[...document.querySelectorAll('#phases li')].find((one) => one.textContent.startsWith('sources')).textContent`)).toMatch(/^sources\d+, 5 stuck$/);
    expect(await browser.see(`document.querySelector('#node-n161').textContent`)).toBe('n161 in store: the store 10.0.0.1:/state/n161 cannot be mounted: No such file or directory; persistent files are not kept in RAM instead');
    expect(await browser.see(`document.querySelector('#node-n155').textContent`)).toMatch(/^n155 in sources for \d+ min \d+ s$/);
    expect(await browser.see(`document.querySelector('#node-n171').textContent`)).toContain('policy row priority=0.1 refuses litefile');
  }, 60_000);

  test('shows the timeline of a node that is chosen, with rows and warnings', async () => {
    await browser.see(`document.querySelector('#node-n012').click()`);
    await browser.until(`document.querySelector('#node h2')`);
    const text = await browser.see<string>(`document.querySelector('#node').innerText`);
    expect(text).toMatch(/n012: ✔ booted in \d+\.\d\d s[^]*initrd[^]*switch_root[^]*5,312 operations, 61\.4 MB read[^]*\/etc\/app\.conf[^]*con,bind file from 1\+2[^]*10\.0\.0\.9:\/gone/);
    expect(await browser.see(`location.hash`)).toBe('#n012');
    const bars = await browser.see<readonly (readonly [string, number, number])[]>(`[...document.querySelectorAll('#node .steps li:not(.scale)')].map((one) => [one.firstChild.textContent, ...['left', 'width'].map((side) => parseFloat(one.querySelector('.bar').style[side]))])`);
    expect(bars[0]).toEqual(['firmware', 0, expect.any(Number)]);
    let end = 0;
    for (const [, left, width] of bars) {
      expect(Math.abs(left - end)).toBeLessThan(0.05);
      end = left + width;
    }
    expect(Math.abs(end - 100)).toBeLessThan(0.05);
    await browser.until(`document.querySelector('#node').innerText.includes('Rows and parts')`);
    expect(await browser.see<string>(`document.querySelector('#node').innerText`)).toMatch(/Rows and parts\s+\/var\/lib\/app\s+0\.60 s in rows, 61\.0 MB copied, tmpfs,rw,link from 1\+default\s+litetree 1\s+0\.30 s in sources, nas:\/trees\/n012[^]*Rows that failed/);
    writeFileSync(join(ARTEFACTS, 'status-page.png'), await browser.picture());
    writeFileSync(join(ARTEFACTS, 'status-page-dark.png'), await browser.picture({ dark: true }));
    writeFileSync(join(ARTEFACTS, 'status-page-without-colour.png'), await browser.picture({ withoutColour: true }));
  }, 60_000);

  test('changes by itself when a node goes on, and marks what the change is', async () => {
    await browser.see(`document.querySelector('#node-n130').click()`);
    await save(bootOf(130, 'switch_root', 100));
    await browser.until(`document.querySelector('#node h2').textContent.includes('booted')`);
    expect(await states()).toMatchObject({ booting: '33', booted: '121' });
    await save(bootOf(131, 'root', 100, { stopped: 'the plan is cut short' }));
    await browser.until(`document.querySelector('.state.failed .count').textContent === '3'`);
    expect(await browser.see(`document.querySelector('#node-n131').closest('section').className`)).toContain('failed');
  }, 60_000);

  test('is used with the keyboard alone', async () => {
    await browser.see('document.activeElement.blur()');
    await browser.press('/');
    await browser.type('no such file');
    await browser.until(`document.querySelectorAll('.node').length === 1`);
    await browser.press('Tab');
    expect(await browser.see(`document.activeElement.id`)).toBe('node-n161');
    await browser.press('Enter');
    await browser.until(`document.querySelector('#node h2').textContent.startsWith('n161')`);
    await browser.press('/');
    await browser.press('Escape');
    await browser.until(`document.querySelectorAll('.node').length > 100`);
    await browser.see(`document.querySelector('#node-n001').focus()`);
    await browser.press('ArrowRight');
    expect(await browser.see(`document.activeElement.id`)).toBe('node-n002');
    await browser.see(`document.querySelector('.state.stuck').focus()`);
    await browser.press('Enter');
    await browser.until(`document.querySelectorAll('.node').length === 5`);
    expect(await browser.see(`document.activeElement.getAttribute('aria-pressed')`)).toBe('true');
    await browser.press('Enter');
    await browser.until(`document.querySelectorAll('.node').length > 100`);
  }, 60_000);

  test('keeps the focus while it draws again, on the same element where that did not change', async () => {
    await browser.see(`document.querySelector('.state.stuck').focus(), void (window.had = document.activeElement, window.left = 0, had.addEventListener('blur', () => { left += 1; }))`);
    await browser.see(`new Promise((resolve) => setTimeout(resolve, 2500))`);
    expect(await browser.see(`document.activeElement === had && left`)).toBe(0);
    const before = (await states())['stuck'];
    await save(bootOf(159, 'switch_root', 0));
    await browser.until(`document.querySelector('.state.stuck .count').textContent !== '${String(before)}'`);
    expect(await browser.see(`document.activeElement.className`)).toBe('state stuck');
  }, 60_000);

  test('loads nothing from elsewhere, and nothing of it was refused or failed', () => {
    expect([...new Set(browser.asked().filter((each) => !each.startsWith('data:')).map((each) => each.split('#')[0]))].sort()).toEqual(['/', '/events', '/page.css', '/page.js', ...['n012', 'n130', 'n161'].map((node) => `/rows?${node}`)].map((path) => `${url}${path}`));
    expect(browser.complaints()).toEqual([]);
  });
});

describe('the status page for others', () => {
  test('is there to read only, for the address it is at, and not for nodes', async () => {
    const { status, headers } = await get('/');
    expect({ status, headers }).toMatchObject({ status: 200, headers: { 'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'self'; (?!.*unsafe)/), 'x-content-type-options': 'nosniff' } });
    for (const method of ['POST', 'PUT', 'DELETE']) expect(await get('/', { method })).toMatchObject({ status: 405 });
    for (const path of ['/plan', '/rows?nobody', '/rows?%', '/rows', '/../package.json', '/page.js/', '/%2e%2e/x', '/__proto__']) expect(await get(path)).toMatchObject({ status: 404 });
    expect(await get('/events', { localAddress: NODE_ADDRESS })).toMatchObject({ status: 403, body: 'n001 is a node: it sees itself only\n' });
    expect(await get('/', { host: 'evil.example' })).toMatchObject({ status: 421 });
  });

  test('is off unless asked for, wants an address, and speaks TLS where others could listen', async () => {
    expect((await home.cli.run(['statelited', '--status-page', '3003'], home.env))).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`wanted the address and port of the admin's network`) });
    const other = await start('10.78.0.1:3003', ['unshare', '--net', 'sh', '-c', 'ip link set lo up && ip address add 10.78.0.1/32 dev lo && exec "$@"', 'sh']);
    const { stdout } = await home.system.run('nsenter', [`--net=/proc/${other.process.pid ?? 0}/ns/net`, 'curl', '-sS', '--cacert', join(home.path, 'ca/ca.pem'), '-o', '/dev/null', '-w', '%{http_code}', `${other.url}/`]);
    const ended = once(other.process, 'exit');
    other.process.kill('SIGTERM');
    await ended;
    expect([other.url, stdout]).toEqual(['https://10.78.0.1:3003', '200']);
  }, 60_000);
});
