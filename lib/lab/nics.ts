import { StateliteError } from '../errors.ts';

/**
 * A network card of a virtual node, by where its cable leads: `lab` to the network of the tables; `vlan5` too, but its frames
 * must be tagged as of VLAN 5; `dead` to a segment where nobody answers; `stray` to one with a DHCP server whose addresses lead nowhere.
 */
export type LabNic = 'lab' | 'dead' | 'stray' | `vlan${number}`;

/** Reads the cards of a node in the order the kernel finds them; one of them must be on the lab's network. Throws USAGE. */
export function readNics(texts: readonly string[]): readonly LabNic[] {
  for (const text of texts) if (!NIC.test(text)) throw usage(`--nic is "${text}", wanted lab, vlan and its number (1 to 4094), dead or stray`);
  const nics = texts as readonly LabNic[];
  if (nics.filter(isOnLab).length === 1) return nics;
  throw usage(`--nic ${texts.join(' --nic ')}: wanted exactly one on the lab's network, lab or vlan and its number`);
}

/** Number of the VLAN that one of the cards is in. */
export const vlanOf = (nics: readonly LabNic[]): string | undefined => nics.find((nic) => nic.startsWith('vlan'))?.slice(4);

/** Name of a node's network interface in the lab, from its MAC: 13 characters of the 15 there may be. */
export const tapName = (mac: string): string => `t${mac.replaceAll(':', '')}`;

/** What vde_switch is told at its start: nothing is untagged but its first port, the lab's network, in the VLAN; the node's port has the VLAN's frames with their tag. */
export const switchCommands = (vlan: string): string => `vlan/create ${vlan}\nport/setvlan 1 ${vlan}\nport/create ${NODE_PORT}\nvlan/addport ${vlan} ${NODE_PORT}\n`;

/**
 * Arguments of QEMU for the cards; the firmware boots from the one on the lab's network, and iPXE of QEMU is on it when `rom`. QEMU's firmware cannot tag
 * frames, so it boots none in a VLAN. `socket` is that of the node's switch.
 */
export function nicArguments(nics: readonly LabNic[], mac: string, rom: boolean, socket: string): readonly string[] {
  return nics.flatMap((nic, index) => {
    const id = `net${index}`;
    const card = (address: string, more: string): string => `virtio-net-pci,netdev=${id},mac=${address}${more}`;
    switch (nic) {
      case 'lab': return ['-netdev', `tap,id=${id},ifname=${tapName(mac)},script=no,downscript=no`, '-device', card(mac, `,bootindex=1${rom ? '' : ',romfile='}`)];
      case 'dead': return ['-netdev', `hubport,id=${id},hubid=${index}`, '-device', card(otherMac(mac, index), ',romfile=')];
      case 'stray': return ['-netdev', `user,id=${id},restrict=on,net=${STRAY_NETWORK},hostname=stray`, '-device', card(otherMac(mac, index), ',romfile=')];
      default: return ['-netdev', `vde,id=${id},sock=${socket.replaceAll(',', ',,')},port=${NODE_PORT}`, '-device', card(mac, ',romfile=')];
    }
  });
}

// --- internal ---

/** Whether a card is the one that the tables know. */
const isOnLab = (nic: LabNic): boolean => nic === 'lab' || nic.startsWith('vlan');

const NIC = /^(lab|dead|stray|vlan([1-9]\d{0,2}|[1-3]\d{3}|40([0-8]\d|9[0-4])))$/;

const NODE_PORT = 2;

/** For documentation (RFC 5737), so it is nobody's. */
const STRAY_NETWORK = '192.0.2.0/24';

/** An address of local administration, made from the node's own. */
const otherMac = (mac: string, index: number): string => `0e:0${index}${mac.slice(5)}`;

const usage = (message: string): StateliteError => new StateliteError('USAGE', message, { hint: 'litelab --help shows the usage' });
