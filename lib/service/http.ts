import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { readWipes } from '../db/disks.ts';
import { parseDiskReport } from '../disks/facts.ts';
import { claimToken } from '../db/tokens.ts';
import { parseReport } from '../stat/boot.ts';
import { normalAddress } from './identity.ts';
import { admit, record, refusalOf, type Peer, type Service } from './service.ts';
import type { ServedPlan, Snapshot } from './snapshot.ts';

/** Largest POST body in bytes: a line for each of a thousand rows. */
export const REPORT_LIMIT = 256 * 1024;

/** A request of a node or of the admin's tools, whoever read it from the connection. */
export interface Call {
  readonly method: string;
  /** As it stands in the request, with its query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly peer: Peer;
  /** Where the body is read from. */
  readonly body: Readable;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For the log. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * Answers our own nodes (GET /plan, GET /overlay, POST /report: each sees itself only) and the admin's tools (GET /healthz, GET /metrics).
 * A refusal is one line of text that says why. Never fails; log and metrics have it when `send` has returned.
 */
export async function answerCall(service: Service, call: Call, send: (status: number, headers: Readonly<Record<string, string>>, body: string | Buffer) => void): Promise<void> {
  const since = service.clock.now();
  const at = call.target.indexOf('?');
  const path = at < 0 ? call.target : call.target.slice(0, at);
  const name = `${call.method} ${path}`;
  const route = ROUTES[name];
  const { status, headers, body = '', facts } = await answer(service, call, path, route);
  send(status, { 'content-type': 'text/plain; charset=utf-8', ...(status === 204 || status === 304 ? {} : { 'content-length': String(Buffer.byteLength(body)) }), ...headers }, body);
  record(service, route === undefined ? 'other' : name, String(status), since, { address: call.peer.address, ...facts });
}

/** The same for Node's own HTTP server. */
export function createHttpHandler(service: Service): RequestListener {
  return (request, response) => {
    const peer = { address: normalAddress(request.socket.remoteAddress ?? '') ?? '', port: request.socket.remotePort ?? 0 };
    void answerCall(service, { method: request.method ?? '', target: request.url ?? '', headers: request.headers, peer, body: request }, (status, headers, body) => {
      response.writeHead(status, headers);
      response.end(body);
    });
  };
}

// --- internal ---

/** Carries the word after TOKEN= on the kernel command line. */
const TOKEN_HEADER = 'x-statelite-token';

type Route = (service: Service, call: Call) => Answer | Promise<Answer>;

async function answer(service: Service, call: Call, path: string, route: Route | undefined): Promise<Answer> {
  try {
    return await (route === undefined ? unknownRoute(path) : route(service, call));
  } catch (error) {
    const { status, reason } = refusalOf(service, call.peer.address, error);
    return refuse(status, reason);
  }
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /plan': getPlan,
  'GET /overlay': getOverlay,
  'POST /report': postReport,
  'GET /healthz': getHealth,
  'GET /metrics': async ({ metrics }) => ({ status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.render() }),
};

function unknownRoute(path: string): Answer {
  const allow = Object.keys(ROUTES).filter((route) => route.endsWith(` ${path}`)).map((route) => route.slice(0, route.indexOf(' ')));
  return allow.length === 0 ? refuse(404, 'there is nothing here') : { ...refuse(405, `use ${allow.join(' or ')}`), headers: { allow: allow.join(', ') } };
}

/** The node's compiled plan, behind its own files; its hash is the ETag. What a node was told is kept for litestat. */
async function getPlan(service: Service, { headers, peer, target }: Call): Promise<Answer> {
  const admission = admit(service, peer, ['litefile', 'litetree']);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node, snapshot } = admission;
  const answer = await planAnswer(service, node, snapshot, headers, target).catch((error: unknown) => {
    const { status, reason } = refusalOf(service, peer.address, error);
    return refuse(status, reason);
  });
  const reason = answer.facts?.['reason'];
  service.recorder.asked({ node, asked: service.clock.now(), answer: answer.status, ...(typeof reason === 'string' ? { reason } : {}) });
  return { ...answer, facts: { node, ...answer.facts } };
}

async function planAnswer(service: Service, node: string, snapshot: Snapshot, given: IncomingHttpHeaders, target: string): Promise<Answer> {
  const asked = target === '/plan' ? node : queryOf(target).get('node') ?? node;
  if (asked !== node) return refuse(403, `${node} asked for the plan of ${asked}: a node sees itself only`);
  const refusal = await tokenRefusal(service, node, snapshot, given);
  if (refusal !== undefined) return refusal;
  const plan = await withWipe(service, node, snapshot.planOf(node));
  const headers = { etag: `"${plan.hash}"`, 'x-statelite-node': encodeURIComponent(node) };
  const facts = { hash: plan.hash };
  return given['if-none-match'] === headers.etag ? { status: 304, headers, facts } : { status: 200, headers, body: plan.own === undefined ? plan.text : Buffer.concat([plan.own, plan.text]), facts };
}

/** Why the token of a request is not enough, or undefined. */
async function tokenRefusal(service: Service, node: string, { wantsToken }: Snapshot, given: IncomingHttpHeaders): Promise<Answer | undefined> {
  if (!wantsToken) return undefined;
  const token = given[TOKEN_HEADER];
  const database = service.tables.database();
  if (typeof token !== 'string' || token === '') return refuse(403, `${node} gave no token: run nodeset for it, the site row nodetoken wants one`);
  if (database === undefined) return refuse(503, 'the database that knows the tokens is away, come back in a few seconds');
  return await claimToken(database, node, token) ? undefined : refuse(403, `${node} gave a token that is not of its last nodeset, or was used before: run nodeset for it`);
}

/** An archive that the node's own plan names, by its hash. The plan may be another one by now: then the node has to ask for it again. */
async function getOverlay(service: Service, { headers: given, peer, target }: Call): Promise<Answer> {
  const admission = admit(service, peer, ['litefile', 'litetree']);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node, snapshot } = admission;
  const refusal = await tokenRefusal(service, node, snapshot, given);
  if (refusal !== undefined) return refusal;
  const hash = queryOf(target).get('hash') ?? '';
  const archive = snapshot.archiveOf(node, hash);
  if (archive === undefined) return refuse(409, `the plan of ${node} names no such overlay archive now: ask for the plan again`);
  const facts = { node, hash, bytes: archive.length };
  const headers = { 'content-type': 'application/x-tar', 'x-statelite-node': encodeURIComponent(node) };
  if (archive.length < WORTH_PACKING || !/\bgzip\b/.test(given['accept-encoding'] ?? '')) return { status: 200, headers, body: archive, facts };
  return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: packed(archive), facts };
}

const WORTH_PACKING = 16 * 1024;
const PACKED = new WeakMap<Buffer, Buffer>();

function packed(archive: Buffer): Buffer {
  const known = PACKED.get(archive) ?? gzipSync(archive);
  PACKED.set(archive, known);
  return known;
}

/** The plan with the wipe that is armed for the node; without one while the database is away, as nothing is wiped then. */
async function withWipe({ tables }: Service, node: string, plan: ServedPlan): Promise<Pick<ServedPlan, 'hash' | 'text' | 'own'>> {
  const database = plan.withWipe === undefined ? undefined : tables.database();
  const [wipe] = database === undefined ? [] : await readWipes(database, [node]).catch(() => []);
  return wipe === undefined || plan.withWipe === undefined ? plan : { ...plan, hash: `${plan.hash}-${wipe.id}`, text: plan.withWipe(wipe) };
}

/**
 * Takes what a node says of its boot; without a boot id it is in the log only. What ends the initrd's part is answered when it is written: nodes
 * send it again until then, so that no server that is killed loses it. What comes before is answered at once, as a boot waits for that.
 */
async function postReport(service: Service, { body, peer }: Call): Promise<Answer> {
  const admission = admit(service, peer, []);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node } = admission;
  const text = await readBody(body, REPORT_LIMIT);
  if (text === undefined) return { ...refuse(413, `a report may have ${REPORT_LIMIT} bytes`), headers: { connection: 'close' } };
  const boot = parseReport(node, text, service.clock.now());
  const disks = parseDiskReport(node, text, service.clock.now());
  if (disks !== undefined) service.recorder.disks(disks);
  const written = boot === undefined ? undefined : service.recorder.boot(boot);
  if (boot?.stopped !== undefined || boot?.phases['switch_root'] !== undefined) await written;
  service.log.debug({ node, address: peer.address, report: text }, 'report');
  const facts = { node, bytes: text.length, ...(boot?.stopped === undefined ? {} : { stopped: boot.stopped }), ...(boot === undefined ? { kept: false } : {}) };
  return { status: 204, headers: { 'x-statelite-node': encodeURIComponent(node) }, facts };
}

/** 200 while plans can be given, from old tables too; 503 before the tables were read. */
function getHealth({ tables, clock }: Service): Answer {
  const snapshot = tables.current();
  const away = tables.awaySince();
  const health = {
    status: snapshot === undefined ? 'starting' : away === undefined ? 'ok' : 'stale',
    nodes: snapshot?.cluster.nodes.length ?? 0,
    tablesReadSecondsAgo: snapshot === undefined ? null : Math.round((clock.now() - snapshot.loadedAt) / 1000),
    databaseAwaySeconds: away === undefined ? 0 : Math.round((clock.now() - away) / 1000),
  };
  return { status: snapshot === undefined ? 503 : 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(health)}\n` };
}

const queryOf = (target: string): URLSearchParams => new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?')) : '');

const refuse = (status: number, reason: string): Answer => ({ status, body: `${reason}\n`, facts: { reason } });

/** The body as text; undefined when it is longer than `limit` bytes, the rest then flows away unread. */
function readBody(request: Readable, limit: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
