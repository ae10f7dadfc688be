import type { TLSSocket } from 'node:tls';
import { writeOption, type LiteOption } from '../policy/option.ts';
import { describeSource } from '../policy/trees.ts';
import { normalAddress } from './identity.ts';
import { admit, record, refusalOf, type Peer, type Service } from './service.ts';
import type { Snapshot } from './snapshot.ts';
import { END_OF_REQUEST, parseXcatRequest, renderXcatReply, type XcatRequest } from './xcat-xml.ts';

/** Largest XML request in bytes, and the time a connection may take for it. */
const REQUEST_LIMIT = 64 * 1024;
const REQUEST_MS = 15_000;

/** Serves one connection of a node that speaks xCAT's protocol: a request, its reply, the end. Unmodified xCAT nodes ask so (reference 12.1). */
export function serveXcat(service: Service, socket: TLSSocket): void {
  const since = service.clock.now();
  const peer = { address: normalAddress(socket.remoteAddress ?? '') ?? '', port: socket.remotePort ?? 0 };
  const deadline = setTimeout(() => socket.destroy(), REQUEST_MS);
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (request: string, status: string, reply: string, facts: Readonly<Record<string, unknown>>): void => {
    socket.removeAllListeners('data');
    socket.resume();
    socket.end(reply);
    record(service, request, status, since, { address: peer.address, ...facts });
  };
  socket.once('close', () => clearTimeout(deadline));
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    const text = Buffer.concat(chunks).toString('utf8');
    if (size > REQUEST_LIMIT) end('xml', '413', renderXcatReply({ error: `a request may have ${REQUEST_LIMIT} bytes` }), {});
    else if (text.includes(END_OF_REQUEST)) {
      const request = parseXcatRequest(text.trim());
      if (typeof request === 'string') end('xml', '400', renderXcatReply({ error: request }), { reason: request });
      else {
        const { status, facts, ...reply } = answer(service, peer, request);
        end(REPLIES[request.command] !== undefined ? `xml ${request.command}` : 'xml', status, renderXcatReply(reply), facts);
      }
    }
  });
}

// --- internal ---

interface Reply {
  readonly info?: readonly string[];
  readonly error?: string;
  readonly status: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const REPLIES: Readonly<Record<string, (node: string, snapshot: Snapshot) => string[]>> = {
  litefile: (node, snapshot) => snapshot.planOf(node).rows.map(({ real, type, option }) => `${node}: ${xcatOption(option).padEnd(13)} ${real}${type === 'directory' ? '/' : ''}`),
  litetree: (node, snapshot) => snapshot.planOf(node).sources.map((source) => `${node}: ${describeSource(source)}`),
  getpartition: (node, snapshot) => snapshot.partitionsOf(node).split('\n').filter((line) => line.trim() !== ''),
};

function answer(service: Service, peer: Peer, { command, noderange, parameters }: XcatRequest): Reply {
  const admission = admit(service, peer, [command], parameters);
  if ('status' in admission) return refuse(admission.status, admission.reason);
  const { node, snapshot } = admission;
  if (noderange !== undefined && noderange !== node) return refuse(403, `${node} asked about ${noderange}: a node sees itself only`);
  const lines = REPLIES[command];
  if (lines === undefined) return refuse(404, `this service does not answer ${command}`);
  if (snapshot.wantsToken) return refuse(403, `the site row nodetoken wants a token, which ${node} cannot give in this protocol`);
  try {
    return { status: '200', info: lines(node, snapshot), facts: { node } };
  } catch (error) {
    const { status, reason } = refusalOf(service, peer.address, error);
    return refuse(status, reason);
  }
}

const refuse = (status: number, reason: string): Reply => ({ status: String(status), error: reason, facts: { reason } });

/** The words of xCAT's own node script: bare ones mean bind there, and it has no overlay, whose nearest is a bind-mounted copy. */
const xcatOption = (option: LiteOption): string => writeOption(option).replace(/^(bind|overlay),/, '');
