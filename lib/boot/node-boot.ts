import type { Cluster } from '../cluster/cluster.ts';
import { gather, StateliteError } from '../errors.ts';
import type { Overlays } from '../overlay/overlays.ts';
import type { BootPlan, PlanOverlay } from '../plan/boot-plan.ts';
import { compilePlan } from '../plan/compile.ts';
import { nodeAddress, nodeMac, rivals, serverAddress } from '../cluster/addresses.ts';
import type { BootFile } from './boot-files.ts';
import type { BootImage } from './boot-image.ts';
import { kernelCommandLine, masterOf } from './kernel-command-line.ts';
import { commandLineFor, type Loader, loaderNamed } from './loaders.ts';
import type { Render } from './render.ts';

/** All that nodeset writes for one node. */
export interface NodeBoot {
  readonly node: string;
  /** chain.currstate: `statelite <os>-<arch>-<profile>`, `shell …` or `boot`. */
  readonly state: string;
  readonly file: BootFile;
  /** Unset for a node that boots from its own disk. `commandLine` lacks the token, which only the boot-loader file has; `content` gives what goes to the node for a part of its overlays. */
  readonly network?: { readonly image: BootImage; readonly plan: BootPlan; readonly commandLine: string; readonly token?: string; readonly content: (part: PlanOverlay) => Buffer };
}

/** What nodeset says of a node, and notes in the tables. */
export interface NodeState {
  readonly node: string;
  readonly state: string;
  readonly image?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly kcmdline?: string;
}

export const nodeState = ({ node, state, network }: NodeBoot): NodeState => ({
  node, state,
  ...(network === undefined ? {} : { image: network.image.image.name, kernel: network.image.kernel.path, initrd: network.image.initrd.path, kcmdline: network.commandLine }),
});

/** A node's boot loader, and the names by which it finds the node's file. */
export interface BootPlace {
  readonly loader: Loader;
  readonly links: readonly string[];
}

/** The node's boot loader with the names it asks for. Throws NODE_INCOMPLETE for a MAC or an address that is missing or another node's too. */
export function bootPlace(cluster: Cluster, node: string): BootPlace {
  const [loader, mac, address] = gather(
    () => loaderNamed(cluster.attribute(node, 'noderes.netboot')?.value, node),
    () => own(cluster, node, nodeMac(cluster, node), 'mac.mac', 'MAC address', '52:54:00:00:00:01'),
    () => own(cluster, node, nodeAddress(cluster, node), 'hosts.ip', 'IPv4 address', '10.0.0.1'),
  );
  return { loader, links: loader.links(node, mac, address) };
}

/** What an admin's choice adds to the kernel command line. */
export interface BootWords {
  /** Pause three times with a shell. */
  readonly shell: boolean;
  /** One-time token, by which statelited knows that the node boots as nodeset said. */
  readonly token?: string | undefined;
}

/** What fills a node's boot-loader file, and its overlays. */
export interface NodeMakers {
  readonly render: Render;
  readonly overlays: Pick<Overlays, 'partsOf' | 'content'>;
}

/** How a node boots an image over the network. Throws all its problems at once: no store, no server, a variable without a value. */
export function networkBoot(cluster: Cluster, node: string, image: BootImage, { loader, links }: BootPlace, { shell, token }: BootWords, { render, overlays }: NodeMakers): NodeBoot {
  const [plan, commandLine, server] = gather(
    () => withMountPoints(image, compilePlan(cluster, node, image.image, image.rows, () => overlays.partsOf(cluster, node, image.image, image))),
    () => kernelCommandLine(cluster, node, image.image, shell),
    () => tftpServer(cluster, node),
  );
  const state = `${shell ? 'shell' : 'statelite'} ${image.label}`;
  const line = commandLineFor(loader, node, token === undefined ? commandLine : [...commandLine, { name: 'TOKEN', value: token }]);
  const content = render(loader.template, {
    state, local: false, kernel: image.kernel.path, initrd: image.initrd.path, arguments: line, protocol: loader.protocol, server,
    httpPort: cluster.site('httpport') ?? '80', tftpDirectory: cluster.site('tftpdir') ?? '',
  });
  const network = { image, plan, commandLine: commandLineFor(loader, node, commandLine), content: (part: PlanOverlay) => overlays.content(cluster, node, image.image, image, part) ?? changed(node), ...(token === undefined ? {} : { token }) };
  return { node, state, file: { loader, content, links }, network };
}

/** How a node boots from its own disk. Throws NODE_INCOMPLETE without a MAC or an address. */
export function localBoot(cluster: Cluster, node: string, render: Render): NodeBoot {
  const { loader, links } = bootPlace(cluster, node);
  return { node, state: 'boot', file: { loader, content: render(loader.template, { state: 'boot', local: true }), links } };
}

// --- internal ---

/** The root is read-only: a disk whose mount point is not there would stop the node. */
function withMountPoints({ image, missing }: BootImage, plan: BootPlan): BootPlan {
  const lacking = missing((plan.disks ?? []).flatMap(({ parts }) => parts.map(({ mount }) => mount)).filter((mount) => mount.startsWith('/')));
  if (lacking.length === 0) return plan;
  throw new StateliteError('IMAGE_NOT_LITED', `${plan.node}: a local disk is to be mounted at ${lacking.join(', ')}, which is no directory of ${image.name}`, { hint: `liteimg ${image.name}` });
}

/** An address that is there and nobody else's. */
function own(cluster: Cluster, node: string, address: string | undefined, column: string, what: string, example: string): string {
  if (address === undefined) {
    const found = cluster.attribute(node, column)?.value;
    throw new StateliteError('NODE_INCOMPLETE', `${node}: No ${what} available for this node: ${column} is ${found === undefined ? 'empty' : `"${found}"`}`, {
      hint: `chtab node=<node> ${column}=<for example ${example}>`,
    });
  }
  const others = rivals(cluster, node, address);
  if (others.length === 0) return address;
  throw new StateliteError('NODE_INCOMPLETE', `${node}: the ${what} ${address} (${column}) is also that of ${others.join(', ')}`, { hint: `nodels <noderange> ${column} shows who has which` });
}

function changed(node: string): never {
  throw new StateliteError('OVERLAY_INVALID', `the overlays of ${node} were changed while nodeset read them`, { hint: 'run nodeset again' });
}

function tftpServer(cluster: Cluster, node: string): string {
  const server = cluster.attribute(node, 'noderes.tftpserver')?.value;
  return server === undefined || server === '<xcatmaster>' ? masterOf(cluster, node) : serverAddress(cluster, server);
}
