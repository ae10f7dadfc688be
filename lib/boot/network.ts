/** The smallest network, /24 at least, that holds all the addresses. */
export function commonPrefix(addresses: readonly string[]): { readonly network: string; readonly prefix: number } {
  const [first = 0, ...others] = addresses.map(toNumber);
  const differing = others.reduce((bits, address) => bits | (address ^ first), 0);
  const prefix = Math.min(24, Math.clz32(differing));
  return { network: toText((first & mask(prefix)) >>> 0), prefix };
}

/** `255.255.255.0` for 24. */
export const netmask = (prefix: number): string => toText(mask(prefix) >>> 0);

/** Whether an address lies in a network. */
export const isInside = (address: string, network: string, prefix: number): boolean => (toNumber(address) & mask(prefix)) === (toNumber(network) & mask(prefix));

// --- internal ---

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
const toText = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
const mask = (prefix: number): number => (prefix === 0 ? 0 : -1 << (32 - prefix));
