import { isIP, type AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import { mastersOf } from '../boot/kernel-command-line.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { done, type Context, type Result } from '../command.ts';
import type { Database } from '../db/database.ts';
import { openDatabase } from '../db/open.ts';
import { StateliteError } from '../errors.ts';
import { checkAuthority } from './authority.ts';
import { serveBootFiles } from './boot-files.ts';
import { ensureServerCertificate, isServerName } from './certificates.ts';
import { followTables } from './follow.ts';
import { startInstallMonitor, type InstallMonitor } from './install-monitor.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import { startServer, type NodeServer } from './server.ts';
import { serveStatusPage, type StatusPage } from './status-page.ts';

export interface ServeOptions {
  /** Address to listen on; all when unset. */
  readonly listen?: string | undefined;
  /** A number as text, 0 for any free one; site.xcatdport when unset. */
  readonly port?: string | undefined;
  /** Port for xCAT's status reports; site.xcatiport when unset, any free one when `port` is 0. */
  readonly iport?: string | undefined;
  /** Record this server's certificate authority in place of another one. */
  readonly replaceAuthority?: boolean;
  /** Directory to give out over plain HTTP too, on site.httpport; none when unset. */
  readonly bootFiles?: string | undefined;
  /** `address:port` of the admin's status page; none when unset. */
  readonly statusPage?: string | undefined;
}

/**
 * Serves nodes until SIGTERM or SIGINT; SIGHUP reads tables and certificate again. Logs JSON on stderr (STATELITE_LOG sets the level)
 * and prints a line for each port when it is ready. Throws SERVICE_REFUSED when a port cannot be had, USAGE for a bad one,
 * AUTHORITY_DIFFERS when the nodes of this database trust another authority.
 */
export async function serve({ listen, port, iport, replaceAuthority = false, bootFiles, statusPage }: ServeOptions, { system, print }: Context): Promise<Result> {
  const wanted = { port: optionalPort(port, '--port'), iport: optionalPort(iport, '--iport') };
  const pageAt = statusPage === undefined ? undefined : parsePlace(statusPage);
  const log = createLog(system.env['STATELITE_LOG'] ?? 'info');
  let server: NodeServer | undefined;
  let monitor: InstallMonitor | undefined;
  let files: Awaited<ReturnType<typeof serveBootFiles>> | undefined;
  let page: StatusPage | undefined;
  const authority = refusable((database: Database) => checkAuthority(system, database, replaceAuthority));
  const tables = followTables({
    system, log, open: () => openDatabase(system), onConnect: authority.check,
    onSnapshot: (snapshot) => {
      void renewCertificate();
      void snapshot.prepare(() => tables.current() === snapshot);
    },
  });
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
  const recorder = createRecorder(tables.database, log, REPORTS_LIMIT);
  const daily = setInterval(() => void renewCertificate(), DAY_MS);
  try {
    await Promise.race([tables.tried, signals.stop, authority.refused]);
    if (bootFiles !== undefined) {
      const cluster = tables.current()?.cluster;
      files = await serveBootFiles({
        directory: bootFiles, prefix: cluster?.site('tftpdir') ?? '/tftpboot', port: parsePort(cluster?.site('httpport') ?? '80', 'the site row httpport'), listen, log,
      });
    }
    const sitePort = (key: string, usual: string): number => parsePort(tables.current()?.cluster.site(key) ?? usual, `the site row ${key}`);
    const common = { service: { clock: system.clock, log, tables, metrics, recorder }, limits: LIMITS, ...(listen === undefined ? {} : { listen }) };
    server = await startServer({ ...common, certificate: await ensureServerCertificate(system, names()), port: wanted.port ?? sitePort('xcatdport', '3001') });
    monitor = await startInstallMonitor({ ...common, port: wanted.iport ?? (wanted.port === 0 ? 0 : sitePort('xcatiport', '3002')) });
    if (pageAt !== undefined) page = await serveStatusPage({ ...pageAt, service: common.service, files: system.files, certificate: await ensureServerCertificate(system, [...names(), pageAt.address]) });
    print(`statelited: serving on ${placeOf(server.address)}`);
    print(`statelited: status reports of xCAT nodes on ${placeOf(monitor.address)}`);
    if (page !== undefined) print(`statelited: status page on ${page.url}`);
    log.info({ address: server.address.address, port: server.address.port, iport: monitor.address.port }, 'serving');
    log.info({ signal: await Promise.race([signals.stop, authority.refused]) }, 'stopping: requests under way are answered');
  } finally {
    clearInterval(daily);
    await Promise.all([server?.stop(STOP_MS), monitor?.stop(), files?.stop(), page?.stop()]);
    signals.release();
    await recorder.stop();
    await tables.stop();
  }
  log.info('stopped');
  return done();
}

// --- internal ---

/**
 * Connections at once, of those from one address, and waiting for a place: a storm of 10,000 nodes fits. Few at once are each served quickly,
 * and the more at once, the more give up in the middle; a node waits 5 s for its handshake.
 */
const LIMITS = { active: 128, perAddress: 16, waiting: 30_000, patience: 5_000 };
/** Boots kept in memory while the database is away. */
const REPORTS_LIMIT = 20_000;
/** What slow peers are given at the end. */
const STOP_MS = 5_000;
const DAY_MS = 86_400_000;

const placeOf = ({ address, family, port }: AddressInfo): string => `${family === 'IPv6' ? `[${address}]` : address}:${port}`;

const optionalPort = (text: string | undefined, option: string): number | undefined => (text === undefined ? undefined : parsePort(text, option));

/** The check as the follower runs it on each connection; `refused` fails with its refusal, which ends the service. */
function refusable(check: (database: Database) => Promise<void>): { readonly check: (database: Database) => Promise<void>; readonly refused: Promise<never> } {
  let refuse: (error: StateliteError) => void = () => undefined;
  const refused = new Promise<never>((_resolve, reject) => { refuse = reject; });
  refused.catch(() => undefined);
  return {
    refused,
    check: (database) => check(database).catch((error: unknown) => {
      if (error instanceof StateliteError && error.code === 'AUTHORITY_DIFFERS') refuse(error);
      throw error;
    }),
  };
}

function parsePort(text: string, where: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StateliteError('USAGE', `${where} is ${JSON.stringify(text)}, wanted a port: 0 to 65535`);
}

function parsePlace(text: string): { readonly address: string; readonly port: number } {
  const [, address = '', port = ''] = /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (isIP(address) === 0) throw new StateliteError('USAGE', `--status-page is ${JSON.stringify(text)}, wanted the address and port of the admin's network`, { hint: 'for example --status-page 127.0.0.1:3003' });
  return { address, port: parsePort(port, '--status-page') };
}

/** Names and addresses of this machine. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []).map(({ address }) => address.replace(/%.*$/, ''));
  return [hostname(), 'localhost', ...addresses].filter(isServerName);
}

/** What the tables tell nodes to use for this service. */
function serverNames(cluster: Cluster | undefined, log: Logger): string[] {
  if (cluster === undefined) return [];
  const names = new Set([cluster.site('master') ?? '']);
  for (const node of cluster.nodes) {
    try {
      for (const server of mastersOf(cluster, node)) names.add(server);
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
