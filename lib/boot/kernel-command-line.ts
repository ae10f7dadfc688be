import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { storeOf } from '../plan/store.ts';
import { serverAddress } from '../cluster/addresses.ts';
import { additionalArguments } from './additional-arguments.ts';

/** One word of the kernel command line: `name` or `name=value`. */
export interface Argument {
  readonly name: string;
  readonly value?: string;
}

/**
 * The kernel arguments a node boots an image with, in xCAT's order; the initrd is the boot loader's affair. STATEMNT is
 * empty for a node without a store; `shell` makes the initrd pause three times. Throws NODE_INCOMPLETE when no server or no console speed can be told,
 * VARIABLE_UNSET for a template without a value, ROW_INVALID for interfaces that are none.
 */
export function kernelCommandLine(cluster: Cluster, node: string, image: OsImage, shell = false): readonly Argument[] {
  const store = storeOf(cluster, node);
  const rootOptions = image.osimage['nfsrootopts'];
  const additional = [
    ...additionalArguments(cluster, node, image.linuximage['addkcmdline'] ?? '', `linuximage row imagename=${image.name}, addkcmdline`),
    ...additionalArguments(cluster, node, cluster.attribute(node, 'bootparams.addkcmdline')?.value ?? '', `bootparams.addkcmdline of ${node}`),
  ];
  return [
    { name: 'NFSROOT', value: `${imageServer(cluster, node)}:${imageDirectory(cluster, node, image)}` },
    { name: 'STATEMNT', value: store === undefined ? '' : `${store.server}:${store.directory}` },
    { name: 'XCAT', value: mastersOf(cluster, node).map((server) => `${server}:${cluster.site('xcatdport') ?? '3001'}`).join(',') },
    { name: 'NODE', value: node },
    ...(rootOptions === undefined ? [] : [{ name: 'NFSROOTOPTS', value: rootOptions }]),
    ...consoles(cluster, node, image),
    ...(additional.some(({ name }) => name === 'ip') ? [] : furtherInterfaces(image)),
    ...additional,
    ...(shell ? [{ name: 'shell' }] : []),
  ];
}

/** The address of the server a node gets its boot files from: the first of `mastersOf`. */
export const masterOf = (cluster: Cluster, node: string): string => mastersOf(cluster, node)[0];

/**
 * The addresses of the servers a node asks for its plan, in the order it tries them: noderes.xcatmaster, else noderes.servicenode (both
 * comma lists), else site.master. Throws NODE_INCOMPLETE when there is none.
 */
export function mastersOf(cluster: Cluster, node: string): readonly [string, ...string[]] {
  const servers = named(cluster, node, 'noderes.xcatmaster') ?? named(cluster, node, 'noderes.servicenode') ?? cluster.site('master') ?? '';
  const [first, ...others] = new Set(servers.split(',').map((server) => server.trim()).filter((server) => server !== '').map((server) => serverAddress(cluster, server)));
  if (first !== undefined) return [first, ...others];
  throw new StateliteError('NODE_INCOMPLETE', `${node}: no server is known: noderes.xcatmaster, noderes.servicenode and the site row master are empty`, {
    hint: 'chtab key=master site.value=<address of this server as the nodes see it>',
  });
}

// --- internal ---

/** First letters of the serial console's device where it is no PC's. */
const SERIAL: Readonly<Record<string, string>> = { ppc64: 'hvc', aarch64: 'ttyAMA', arm64: 'ttyAMA' };

/** `<xcatmaster>` in a server column stands for "not set". */
function named(cluster: Cluster, node: string, column: string): string | undefined {
  const value = cluster.attribute(node, column)?.value;
  return value === '<xcatmaster>' ? undefined : value;
}

function imageServer(cluster: Cluster, node: string): string {
  const server = named(cluster, node, 'noderes.nfsserver') ?? named(cluster, node, 'noderes.tftpserver');
  return server === undefined ? masterOf(cluster, node) : serverAddress(cluster, server);
}

/** noderes.nfsdir takes the place of installdir; with two leading slashes it is the image's own directory. */
function imageDirectory(cluster: Cluster, node: string, image: OsImage): string {
  const directory = cluster.attribute(node, 'noderes.nfsdir')?.value;
  if (directory === undefined) return image.directory;
  if (directory.startsWith('//')) return directory.slice(1);
  return `${directory.replace(/\/+$/, '')}/netboot/${image.os}/${image.arch}/${image.profile}`;
}

/** DHCP on the further interfaces of an image (genimage -r), and last on the one it is booted from (-i): its address, gateway and name servers are the node's. */
function furtherInterfaces({ name: image, linuximage: { otherifce = '', nodebootif = '' } }: OsImage): readonly Argument[] {
  const others = otherifce.split(/[,\s]+/).filter((name) => name !== '' && name !== nodebootif);
  if (others.length === 0) return [];
  const wrong = [...others, nodebootif].find((name) => !/^[A-Za-z][\w.-]*$/.test(name));
  if (wrong === undefined) return [...[...others, nodebootif].map((name) => ({ name: 'ip', value: `${name}:dhcp` })), { name: 'bootdev', value: nodebootif }];
  throw new StateliteError('ROW_INVALID', `linuximage row imagename=${image}: otherifce is ${otherifce} and nodebootif is "${nodebootif}", wanted are names of interfaces, in nodebootif that which nodes boot from`, { hint: `chdef -t osimage ${image} nodebootif=eth0 otherifce=eth1` });
}

function consoles(cluster: Cluster, node: string, image: OsImage): readonly Argument[] {
  const [port, speed, flow] = ['serialport', 'serialspeed', 'serialflow'].map((column) => cluster.attribute(node, `nodehm.${column}`)?.value);
  if (port === undefined) return [];
  if (speed === undefined) {
    throw new StateliteError('NODE_INCOMPLETE', `${node}: nodehm.serialport is ${port}, but nodehm.serialspeed is empty`, { hint: `chtab node=${node} nodehm.serialspeed=115200` });
  }
  const device = SERIAL[image.arch.replace(/le$/, '')] ?? 'ttyS';
  const control = /hard|cts/i.test(flow ?? '') ? 'n8r' : '';
  return [{ name: 'console', value: 'tty0' }, { name: 'console', value: `${device}${port},${speed}${control}` }];
}
