import { hostname, networkInterfaces } from 'node:os';
import { pino, type Logger } from 'pino';
import { masterOf } from '../boot/kernel-command-line.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { done, type Context, type Result } from '../command.ts';
import { openDatabase } from '../db/open.ts';
import { StateliteError } from '../errors.ts';
import { ensureServerCertificate, isServerName } from './certificates.ts';
import { followTables } from './follow.ts';
import { createMetrics } from './metrics.ts';
import { createReports } from './reports.ts';
import { startServer, type NodeServer } from './server.ts';

export interface ServeOptions {
  /** Address to listen on; all when unset. */
  readonly listen?: string | undefined;
  /** A number as text, 0 for any free one; site.xcatdport when unset. */
  readonly port?: string | undefined;
}

/**
 * Serves nodes until SIGTERM or SIGINT; SIGHUP reads tables and certificate again. Logs JSON on stderr (STATELITE_LOG sets the level)
 * and prints one line when it is ready. Throws SERVICE_REFUSED when the port cannot be had, USAGE for a bad one.
 */
export async function serve({ listen, port }: ServeOptions, { system, print }: Context): Promise<Result> {
  const wantedPort = port === undefined ? undefined : parsePort(port, '--port');
  const log = pino({ name: 'statelited', level: system.env['STATELITE_LOG'] ?? 'info' }, pino.destination({ dest: 2, sync: true }));
  let server: NodeServer | undefined;
  const tables = followTables({ system, log, open: () => openDatabase(system), onSnapshot: () => void renewCertificate() });
  const names = (): string[] => [...ownNames(), ...serverNames(tables.current()?.cluster, log)];
  const renewCertificate = async (): Promise<void> => {
    try {
      if (server !== undefined) server.replaceCertificate(await ensureServerCertificate(system, names()));
    } catch (error) {
      log.error({ err: error }, 'the certificate could not be renewed, the old one stays');
    }
  };
  const metrics = createMetrics({
    active: () => server?.connections.active() ?? 0,
    waiting: () => server?.connections.waiting() ?? 0,
    nodes: () => tables.current()?.cluster.nodes.length ?? 0,
    snapshotAgeSeconds: () => (system.clock.now() - (tables.current()?.loadedAt ?? system.clock.now())) / 1000,
    databaseUp: () => tables.current() !== undefined && tables.awaySince() === undefined,
  });
  const signals = watchSignals(() => {
    log.info('SIGHUP: tables and certificate are read again');
    tables.reload();
    void renewCertificate();
  });
  const daily = setInterval(() => void renewCertificate(), DAY_MS);
  try {
    await Promise.race([tables.tried, signals.stop]);
    server = await startServer({
      service: { clock: system.clock, log, tables, metrics, reports: createReports(REPORTS_LIMIT) },
      certificate: await ensureServerCertificate(system, names()),
      port: wantedPort ?? parsePort(tables.current()?.cluster.site('xcatdport') ?? '3001', 'the site row xcatdport'),
      limits: LIMITS,
      ...(listen === undefined ? {} : { listen }),
    });
    const { address, family, port: bound } = server.address;
    print(`statelited: serving on ${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    log.info({ address, port: bound }, 'serving');
    log.info({ signal: await signals.stop }, 'stopping: requests under way are answered');
    await server.stop(STOP_MS);
  } finally {
    clearInterval(daily);
    signals.release();
    await tables.stop();
  }
  log.info('stopped');
  return done();
}

// --- internal ---

/** Connections at once, of those from one address, and waiting for a place: a storm of 10,000 nodes fits. */
const LIMITS = { active: 512, perAddress: 64, waiting: 30_000 };
/** Characters of reports kept in memory. */
const REPORTS_LIMIT = 64 * 1024 * 1024;
/** What slow peers are given at the end. */
const STOP_MS = 5_000;
const DAY_MS = 86_400_000;

function parsePort(text: string, where: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StateliteError('USAGE', `${where} is ${JSON.stringify(text)}, wanted a port: 0 to 65535`);
}

/** Names and addresses of this machine. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []).map(({ address }) => address.replace(/%.*$/, ''));
  return [hostname(), 'localhost', ...addresses].filter(isServerName);
}

/** What the tables tell nodes to use for this service: site.master and noderes.xcatmaster. */
function serverNames(cluster: Cluster | undefined, log: Logger): string[] {
  if (cluster === undefined) return [];
  const names = new Set([cluster.site('master') ?? '']);
  for (const node of cluster.nodes) {
    try {
      names.add(masterOf(cluster, node));
    } catch (error) {
      log.debug({ node, err: error }, 'no server is known for the node');
    }
  }
  names.delete('');
  const unusable = [...names].filter((name) => !isServerName(name));
  if (unusable.length > 0) log.warn({ names: unusable }, 'no certificate can be issued for these server names of the tables');
  return [...names].filter(isServerName);
}

/** `stop` is fulfilled with the name of the first SIGTERM or SIGINT. */
function watchSignals(onHangup: () => void): { readonly stop: Promise<string>; readonly release: () => void } {
  let stopped: (signal: string) => void = () => undefined;
  const stop = new Promise<string>((resolve) => { stopped = resolve; });
  const listeners = { SIGTERM: stopped, SIGINT: stopped, SIGHUP: onHangup };
  for (const [signal, listener] of Object.entries(listeners)) process.on(signal, listener);
  return { stop, release: () => { for (const [signal, listener] of Object.entries(listeners)) process.off(signal, listener); } };
}
