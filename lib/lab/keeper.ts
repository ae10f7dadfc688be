import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import type { System } from '../system/system.ts';
import { answers, type Probe } from './probe.ts';
import { BRIDGE } from './services.ts';

/** A program the keeper runs inside the lab. */
export interface Service {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the keeper's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log: string;
  readonly probe: Probe;
  /** Matches lines of its log that mean it does not do all it was told, though it answers. */
  readonly failure?: string;
}

/** All the keeper needs to know; written by `litelab up`. */
export interface KeeperSpec {
  /** Addresses of the bridge with their prefix: `10.0.0.1/24`. */
  readonly addresses: readonly string[];
  readonly services: readonly Service[];
  /** File the keeper writes its report to after each change. */
  readonly report: string;
}

export interface ServiceState {
  readonly name: string;
  readonly state: 'starting' | 'up' | 'ended';
  /** Process id inside the lab. */
  readonly pid?: number;
  /** Why it ended. */
  readonly reason?: string;
}

export interface KeeperReport {
  readonly state: 'starting' | 'up' | 'failed';
  readonly services: readonly ServiceState[];
  /** Why the lab is not up. */
  readonly reason?: string;
}

/**
 * Process 1 of a lab: makes its network, starts its services in order and reports on them. Ends when the CLI that started it goes away before it
 * has said `keep`, and on SIGTERM; the kernel then ends everything else in the lab. SIGHUP starts the services again that have ended.
 * Resolves with false when a service did not start; else it stays.
 */
export async function keep(system: System, spec: KeeperSpec): Promise<false> {
  const states = new Map<string, ServiceState>(spec.services.map(({ name }) => [name, { name, state: 'starting' }]));
  const report = (state: KeeperReport['state'], reason?: string): void => {
    const text: KeeperReport = { state, services: [...states.values()], ...(reason === undefined ? {} : { reason }) };
    system.files.writeAtomic(spec.report, JSON.stringify(text));
  };
  const start = (service: Service, phase: KeeperReport['state']): Promise<string | undefined> => startService(system, service, (state) => {
    states.set(service.name, state);
    report(phase);
  });
  watchLifeline();
  process.on('SIGTERM', () => process.exit(0));
  try {
    await makeNetwork(system, spec.addresses);
    for (const service of spec.services) {
      const reason = await start(service, 'starting');
      if (reason !== undefined) throw new Error(reason);
    }
  } catch (error) {
    report('failed', error instanceof Error ? error.message : String(error));
    return false;
  }
  report('up');
  process.on('SIGHUP', () => {
    for (const service of spec.services) if (states.get(service.name)?.state === 'ended') void start(service, 'up');
  });
  setInterval(() => undefined, 2 ** 30);
  return new Promise(() => undefined);
}

// --- internal ---

/** Seconds a service has to answer. */
const PATIENCE = 30;

/** The CLI holds the other end of stdin: when it dies before it wrote `keep`, the lab ends with it. */
function watchLifeline(): void {
  let kept = false;
  process.stdin.on('data', (data) => { kept ||= data.includes('keep'); });
  process.stdin.on('end', () => { if (!kept) process.exit(1); });
}

/** The bridge has an address of its own, or it would take the lowest of its ports and change it with each node. */
async function makeNetwork(system: System, addresses: readonly string[]): Promise<void> {
  const ip = (...args: string[]): Promise<unknown> => system.run('ip', args);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', BRIDGE, 'address', '02:5a:7e:11:7e:01', 'type', 'bridge');
  for (const address of addresses) await ip('address', 'add', address, 'dev', BRIDGE, ...(address.includes(':') ? ['nodad'] : []));
  await ip('link', 'set', BRIDGE, 'up');
}

/** Resolves with undefined once the service answers, or with the reason why it does not. */
async function startService(system: System, service: Service, change: (state: ServiceState) => void): Promise<string | undefined> {
  const { name, program, args, env, log, probe } = service;
  const output = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  const outcome: { ended?: string } = {};
  let up = false;
  const onEnd = (reason: string): void => {
    if (outcome.ended !== undefined) return;
    outcome.ended = reason;
    change({ name, state: 'ended', reason });
  };
  child.once('error', (error) => { onEnd(`${program} did not start: ${error.message}`); });
  child.once('exit', (code, signal) => { onEnd(`${program} ${signal === null ? `ended with exit code ${code ?? 0}` : `was ended by ${signal}`}`); });
  const limit = system.clock.now() + PATIENCE * 1000;
  const state = { name, ...(child.pid === undefined ? {} : { pid: child.pid }) };
  change({ ...state, state: 'starting' });
  while (outcome.ended === undefined && !up && system.clock.now() < limit) {
    up = await answers(probe);
    if (!up) await system.clock.sleep(50);
  }
  if (outcome.ended !== undefined) return `${name}: ${outcome.ended}`;
  if (!up) return `${name}: no answer in ${PATIENCE} s`;
  const failure = failureIn(system, service);
  if (failure !== undefined) return `${name}: ${failure}`;
  change({ ...state, state: 'up' });
  return undefined;
}

function failureIn(system: System, { failure, log }: Service): string | undefined {
  if (failure === undefined) return undefined;
  const pattern = new RegExp(failure);
  return system.files.readText(log).split('\n').find((line) => pattern.test(line));
}
