import type { Row } from '../../tables/table.ts';
import { isAddress } from '../cluster/addresses.ts';

/** An IPv4 network: its address, and how many bits of it are the network's. */
export interface Network {
  readonly network: string;
  readonly prefix: number;
}

/** The network of a row of the networks table, whose mask is `255.255.255.0`, `/24` or `24`; undefined when it is none. */
export function networkOf({ net = '', mask: text = '' }: Row): Network | undefined {
  const prefix = isAddress(text) ? Math.clz32(~toNumber(text)) : Number(/^\/?(\d+)$/.exec(text)?.[1] ?? Number.NaN);
  const isMask = isAddress(text) ? netmask(prefix) === text : prefix <= 32;
  return isAddress(net) && isMask ? { network: net, prefix } : undefined;
}

/** Whether a row of the networks table is of IPv6, which does not matter to nodes that boot. */
export const isIpv6 = ({ net = '' }: Row): boolean => net.includes(':');

/** The smallest network, /24 at least, that holds all the addresses. */
export function commonPrefix(addresses: readonly string[]): Network {
  const [first = 0, ...others] = addresses.map(toNumber);
  const differing = others.reduce((bits, address) => bits | (address ^ first), 0);
  const prefix = Math.min(24, Math.clz32(differing));
  return { network: toText((first & mask(prefix)) >>> 0), prefix };
}

/** `255.255.255.0` for 24. */
export const netmask = (prefix: number): string => toText(mask(prefix) >>> 0);

/** Whether an address lies in a network. */
export const isInside = (address: string, { network, prefix }: Network): boolean => (toNumber(address) & mask(prefix)) === (toNumber(network) & mask(prefix));

// --- internal ---

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
const toText = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
const mask = (prefix: number): number => (prefix === 0 ? 0 : -1 << (32 - prefix));
