import type { Logger } from 'pino';
import { renderError, StateliteError } from '../errors.ts';
import type { Clock } from '../system/system.ts';
import type { Decision } from './access.ts';
import type { Follower } from './follow.ts';
import { identify, whyUnknown } from './identity.ts';
import type { Metrics } from './metrics.ts';
import type { Recorder } from './recorder.ts';
import type { Snapshot } from './snapshot.ts';

/** What the protocols of a running service share. */
export interface Service {
  readonly clock: Clock;
  readonly log: Logger;
  readonly tables: Pick<Follower, 'current' | 'awaySince' | 'database'>;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
}

/** Where a connection comes from. */
export interface Peer {
  /** As `normalAddress` writes it. */
  readonly address: string;
  readonly port: number;
}

/** The node behind a connection with the snapshot that says so, or why it is refused: 403, or 503 before the tables were read. */
export type Admission =
  | { readonly node: string; readonly snapshot: Snapshot }
  | { readonly status: 403 | 503; readonly reason: string };

/** Who asks, by source address only (and a port that only root can have, with the site row privilegedport), and whether the policy table lets that node give these commands about itself. */
export function admit(service: Service, { address, port }: Peer, commands: readonly string[], parameters: readonly string[] = []): Admission {
  const snapshot = service.tables.current();
  if (snapshot === undefined) return { status: 503, reason: 'the tables were not read yet, come back in a few seconds' };
  const node = identify(snapshot.addresses, address);
  if (node === undefined) return { status: 403, reason: whyUnknown(snapshot.addresses, address) };
  if (snapshot.privilegedPort && port >= 1024) return { status: 403, reason: `${node} asked from port ${port}: the site row privilegedport wants one below 1024` };
  const decision: Decision = snapshot.access({ node, address, parameters }, ...commands);
  return decision.allowed ? { node, snapshot } : { status: 403, reason: `${node}: ${decision.reason}` };
}

/** One outcome for log and metrics. `since` is the clock's time when the request came. */
export function record(service: Service, request: string, status: string, since: number, facts: Readonly<Record<string, unknown>>): void {
  const milliseconds = service.clock.now() - since;
  service.metrics.answered(request, status, milliseconds / 1000);
  service.log[status.startsWith('2') || status === '304' ? 'info' : 'warn']({ request, status, ms: milliseconds, ...facts }, 'answered');
}

/** The refusal an error becomes: 503 for what passes by itself, 409 for what the admin has to mend, 500 when the fault is ours. */
export function refusalOf({ log }: Service, address: string, error: unknown): { readonly status: 409 | 500 | 503; readonly reason: string } {
  if (error instanceof StateliteError) return { status: error.code === 'IMAGE_BUSY' ? 503 : 409, reason: renderError(error).replace(/\s*\n\s*/g, ' ') };
  log.error({ err: error, address }, 'answering failed');
  return { status: 500, reason: 'the service failed; its log says why' };
}
