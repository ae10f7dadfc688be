import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** One page of a real Chromium without a screen. */
export interface Browser {
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression in the page, as JSON. */
  readonly see: <T>(expression: string) => Promise<T>;
  /** Asks again until the expression is true. */
  readonly until: (expression: string) => Promise<void>;
  /** Presses a key: `Tab`, `Enter`, `ArrowRight`, `a`. */
  readonly press: (key: string) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** PNG of the page, or of its first screen. */
  readonly picture: (emulate?: { readonly withoutColour?: boolean; readonly dark?: boolean }) => Promise<Buffer>;
  /** What the page complained of: errors, refused loads. */
  readonly complaints: () => readonly string[];
  /** URLs the page asked for. */
  readonly asked: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts Debian's chromium and talks to it through a pipe, in the DevTools protocol. */
export async function openBrowser(width = 1400, height = 1000): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'statelite-chromium-'));
  const child = spawn('chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe', `--user-data-dir=${profile}`, `--window-size=${width},${height}`,
  ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  const complaints: string[] = [];
  const asked: string[] = [];
  let [rest, last] = ['', 0];
  from.setEncoding('utf8').on('data', (part: string) => {
    const messages = (rest + part).split('\0');
    rest = messages.pop() ?? '';
    for (const text of messages) {
      const message = JSON.parse(text) as Message;
      const call = waiting.get(message.id ?? 0);
      waiting.delete(message.id ?? 0);
      if (message.error !== undefined) call?.reject(new Error(message.error.message));
      else call?.resolve(message.result);
      if (message.method === 'Network.requestWillBeSent') asked.push((message.params as { request: { url: string } }).request.url);
      if (message.method === 'Log.entryAdded' || message.method === 'Runtime.exceptionThrown') complaints.push(JSON.stringify(message.params));
    }
  });
  const send = <T>(method: string, params: object = {}, sessionId?: string): Promise<T> => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve: resolve as (value: unknown) => void, reject });
    to.write(`${JSON.stringify({ id: last, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
  });
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const tell = <T>(method: string, params: object = {}): Promise<T> => send<T>(method, params, sessionId);
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tell(`${domain}.enable`);
  await tell('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });

  const see: Browser['see'] = async <T>(expression: string): Promise<T> =>
    (await tell<{ result: { value: T } }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result.value;
  return {
    see,
    open: async (url) => { await tell('Page.navigate', { url }); },
    until: async (expression) => {
      while (!(await see<boolean>(`Boolean(${expression})`))) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    press: async (key) => {
      const code = CODES[key] ?? key.toUpperCase().charCodeAt(0);
      const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
      await tell('Input.dispatchKeyEvent', { type: 'keyDown', key, windowsVirtualKeyCode: code, ...(text === undefined ? {} : { text }) });
      await tell('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
    },
    type: async (text) => { await tell('Input.insertText', { text }); },
    picture: async ({ withoutColour = false, dark = false } = {}) => {
      await tell('Emulation.setEmulatedVisionDeficiency', { type: withoutColour ? 'achromatopsia' : 'none' });
      await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
      return Buffer.from((await tell<{ data: string }>('Page.captureScreenshot', { format: 'png' })).data, 'base64');
    },
    complaints: () => complaints,
    asked: () => asked,
    close: async () => {
      await send('Browser.close').catch(() => undefined);
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// --- internal ---

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const CODES: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, End: 35, Home: 36, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, '/': 191 };
