import type { IncomingMessage, RequestListener } from 'node:http';
import { normalAddress } from './identity.ts';
import { admit, record, refusalOf, type Service } from './service.ts';

/** Largest POST body in bytes: a line for each of a thousand rows. */
export const REPORT_LIMIT = 256 * 1024;

/**
 * Answers our own nodes (GET /plan, POST /report, GET /report: each sees itself only) and the admin's tools (GET /healthz, GET /metrics).
 * A refusal is one line of text that says why.
 */
export function createHttpHandler(service: Service): RequestListener {
  return (request, response) => {
    const since = service.clock.now();
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const call = { request, address: normalAddress(request.socket.remoteAddress ?? '') ?? '', query: new URLSearchParams(query) };
    const name = `${request.method ?? ''} ${path}`;
    const route = ROUTES[name];
    void (async () => (route === undefined ? unknownRoute(path) : route(service, call)))()
      .catch((error: unknown): Answer => {
        const { status, reason } = refusalOf(service, call.address, error);
        return refuse(status, reason);
      })
      .then(({ status, headers, body, facts }) => {
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
        response.end(body);
        record(service, route === undefined ? 'other' : name, String(status), since, { address: call.address, ...facts });
      });
  };
}

// --- internal ---

interface Call {
  readonly request: IncomingMessage;
  readonly address: string;
  readonly query: URLSearchParams;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** For the log. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

type Route = (service: Service, call: Call) => Answer | Promise<Answer>;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /plan': getPlan,
  'GET /report': getReport,
  'POST /report': postReport,
  'GET /healthz': getHealth,
  'GET /metrics': async ({ metrics }) => ({ status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.render() }),
};

function unknownRoute(path: string): Answer {
  const allow = Object.keys(ROUTES).filter((route) => route.endsWith(` ${path}`)).map((route) => route.slice(0, route.indexOf(' ')));
  return allow.length === 0 ? refuse(404, 'there is nothing here') : { ...refuse(405, `use ${allow.join(' or ')}`), headers: { allow: allow.join(', ') } };
}

/** The node's compiled plan; its hash is the ETag. */
function getPlan(service: Service, { request, address, query }: Call): Answer {
  const admission = admit(service, address, ['litefile', 'litetree']);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node, snapshot } = admission;
  const asked = query.get('node') ?? node;
  if (asked !== node) return refuse(403, `${node} asked for the plan of ${asked}: a node sees itself only`);
  const plan = snapshot.planOf(node);
  const headers = { etag: `"${plan.hash}"`, 'x-statelite-node': encodeURIComponent(node) };
  const facts = { node, hash: plan.hash };
  return request.headers['if-none-match'] === headers.etag ? { status: 304, headers, facts } : { status: 200, headers, body: plan.text, facts };
}

/** Takes what a node says of its boot. */
async function postReport(service: Service, { request, address }: Call): Promise<Answer> {
  const admission = admit(service, address, []);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node } = admission;
  const text = await readBody(request, REPORT_LIMIT);
  if (text === undefined) return { ...refuse(413, `a report may have ${REPORT_LIMIT} bytes`), headers: { connection: 'close' } };
  service.reports.put(node, text);
  service.log.info({ node, address, report: text }, 'report');
  return { status: 204, headers: { 'x-statelite-node': encodeURIComponent(node) }, facts: { node, bytes: text.length } };
}

function getReport(service: Service, { address }: Call): Answer {
  const admission = admit(service, address, []);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const body = service.reports.last(admission.node);
  return body === undefined ? refuse(404, `${admission.node} has not reported since this service started`) : { status: 200, body, facts: { node: admission.node } };
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

const refuse = (status: number, reason: string): Answer => ({ status, body: `${reason}\n`, facts: { reason } });

/** The body as text; undefined when it is longer than `limit` bytes, the rest then flows away unread. */
function readBody(request: IncomingMessage, limit: number): Promise<string | undefined> {
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
