import { join } from 'node:path';
import { createCluster } from '../cluster/create.ts';
import { expandNoderange } from '../cluster/noderange.ts';
import { type Context, type Result, toJson } from '../command.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { stateliteHome } from '../system/home.ts';
import type { System } from '../system/system.ts';
import { nodeAddress, nodeMac } from '../cluster/addresses.ts';
import { forgetsDhcpHosts, mergeDhcpHosts, readDhcpHost, renderDhcpHosts } from './dhcp.ts';
import { DHCP_FORMS, type DhcpFormName } from './dhcp-forms.ts';
import { dhcpSite } from './dhcp-site.ts';
import { bootPlace } from './node-boot.ts';
import { attemptEach, refusalFacts, refusalLines } from '../refusals.ts';

export interface MakedhcpRequest {
  /** Undefined: every node. */
  readonly noderange?: string;
  /** `network` writes the server's configuration, the others change or show the nodes' host lines. */
  readonly action: 'network' | 'add' | 'delete' | 'query';
  /** The server it is for. */
  readonly form: DhcpFormName;
  readonly json: boolean;
}

/**
 * Writes what the DHCP server must know to boot the nodes: its configuration, and the nodes in `<STATELITE_HOME>/dhcp-hosts/nodes`, as dnsmasq reads
 * them; for other servers also in their form. A node without a MAC or an address is refused by name, the others are still done; files that are as
 * wanted are not written.
 */
export async function makedhcp(context: Context, database: Database, request: MakedhcpRequest): Promise<Result> {
  const { system, notice } = context;
  const { files, env } = system;
  const cluster = createCluster(await database.read());
  const home = stateliteHome(env);
  const form = DHCP_FORMS[request.form];
  const write = (path: string, content: string): boolean => {
    if (files.readTextIfThere(path) === content) return false;
    files.makeDirectories(join(path, '..'));
    files.writeAtomic(path, content);
    return true;
  };
  const nodesFile = join(home, 'dhcp-hosts', 'nodes');
  const present = files.readTextIfThere(nodesFile) ?? '';
  if (request.action === 'network') {
    const path = form.configuration(env);
    const written = write(path, form.render(dhcpSite(cluster), home));
    files.makeDirectories(join(nodesFile, '..'));
    const hosts = form.hosts?.(present, dhcpSite(cluster), home);
    if (hosts !== undefined) write(hosts.path, hosts.content);
    if (written) notice(`Wrote ${path}; ${form.use(path)}`);
    return { exitCode: 0, output: '' };
  }

  const nodes = request.noderange === undefined ? cluster.nodes : expandNoderange(cluster, request.noderange);
  const { done, refused } = attemptEach(nodes, (node) => {
    if (request.action === 'add') bootPlace(cluster, node);
    if (request.action === 'query') return lineOf(present, node);
    return { node, mac: nodeMac(cluster, node), ip: nodeAddress(cluster, node) };
  });
  for (const line of refusalLines(refused)) notice(line);
  if (request.action !== 'query') {
    const named = done.map(({ node }) => node);
    const wanted = mergeDhcpHosts(present, named, request.action === 'add' ? renderDhcpHosts(cluster, named) : '');
    const hosts = form.hosts?.(wanted, dhcpSite(cluster), home);
    write(nodesFile, wanted);
    if (hosts !== undefined) {
      if (write(hosts.path, hosts.content)) notice(`Wrote ${hosts.path}; ${form.use(form.configuration(env))}`);
    } else if (forgetsDhcpHosts(present, wanted) && !(await reloadDnsmasq(system))) notice('dnsmasq forgets the old lines after: systemctl reload dnsmasq');
  }
  const shown = request.action === 'query' ? done.map(({ node, ip = '', mac = '' }) => `${node}: ip-address = ${ip}, mac-address = ${mac}`).join('\n') : '';
  return { exitCode: refused.length === 0 ? 0 : 1, output: request.json ? toJson([...done, ...refusalFacts(refused)]) : shown };
}

// --- internal ---

/** Where distributions have dnsmasq write its process id. */
const PID_FILES = ['/run/dnsmasq/dnsmasq.pid', '/run/dnsmasq.pid', '/var/run/dnsmasq.pid'];

/** Has the dnsmasq of this machine read the host lines again; false when none runs that can be told. */
async function reloadDnsmasq({ files, run, env }: System): Promise<boolean> {
  const named = env['STATELITE_DNSMASQ_PID'];
  const pids = (named === undefined ? PID_FILES : [named]).map((path) => (files.readTextIfThere(path) ?? '').trim());
  const pid = pids.find((each) => /^\d+$/.test(each) && files.readTextIfThere(`/proc/${each}/comm`)?.trim() === 'dnsmasq');
  return pid !== undefined && (await run('kill', ['-HUP', pid], { allow: [1] })).exitCode === 0;
}

function lineOf(present: string, node: string): { readonly node: string; readonly mac: string | undefined; readonly ip: string | undefined } {
  const host = present.split('\n').map(readDhcpHost).find((each) => each.node === node);
  if (host !== undefined) return { node, mac: host.mac, ip: host.address };
  throw new StateliteError('NODE_INCOMPLETE', `${node}: DHCP does not know this node`, { hint: `makedhcp ${node}` });
}
