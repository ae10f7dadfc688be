import { StateliteError } from '../errors.ts';
import { hexAddress, macFileName } from './addresses.ts';
import type { Argument } from './kernel-command-line.ts';

/** A network boot loader: where it looks for a node's file, and how it takes kernel arguments. */
export interface Loader {
  /** File name in netboot/templates. */
  readonly template: string;
  /** Directory below tftpdir; the node's file in it is named like the node. */
  readonly directory: string;
  /** What the template needs to know of the transport. */
  readonly protocol: 'tftp' | 'http';
  /** Programs the firmware loads first: place below tftpdir, where Debian's packages put them, and the package. */
  readonly programs: readonly { readonly path: string; readonly from: string; readonly package: string }[];
  /** Further names the loader asks for, each a symlink to the node's file. */
  readonly links: (node: string, mac: string, address: string) => readonly string[];
  /** Matches every name `links` can give. */
  readonly linkNames: RegExp;
  /** One argument as this loader must have it written, or undefined when the loader cannot carry it. */
  readonly write: (argument: string) => string | undefined;
}

/** noderes.netboot as xCAT names it, to its loader. */
export const LOADERS: Readonly<Record<string, Loader>> = (() => {
  const pxe: Loader = {
    template: 'pxelinux.njk', directory: 'pxelinux.cfg', protocol: 'tftp',
    programs: [
      { path: 'pxelinux.0', from: '/usr/lib/PXELINUX/pxelinux.0', package: 'pxelinux' },
      { path: 'ldlinux.c32', from: '/usr/lib/syslinux/modules/bios/ldlinux.c32', package: 'syslinux-common' },
    ],
    links: (_node, mac, address) => [macFileName(mac), hexAddress(address)],
    linkNames: /^(01(-[0-9a-f]{2}){6}|[0-9A-F]{8})$/,
    write: (argument) => argument,
  };
  const xnba: Loader = {
    template: 'xnba.njk', directory: 'xcat/xnba/nodes', protocol: 'http',
    programs: [{ path: 'xcat/xnba.kpxe', from: '/usr/lib/ipxe/undionly.kpxe', package: 'ipxe' }, { path: 'xcat/xnba.efi', from: '/usr/lib/ipxe/ipxe.efi', package: 'ipxe' }],
    links: (node) => [`${node}.uefi`],
    linkNames: /\.uefi$/,
    write: (argument) => (/[\s"'\\#]|\$\{|^(&&|\|\|)$/.test(argument) ? undefined : argument),
  };
  const grub2: Loader = {
    template: 'grub2.njk', directory: 'boot/grub2', protocol: 'tftp',
    programs: [{ path: 'boot/grub2/grub2.x86_64', from: '/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed', package: 'grub-efi-amd64-signed' }],
    links: (_node, mac, address) => [`grub.cfg-${macFileName(mac)}`, `grub.cfg-${hexAddress(address)}`],
    linkNames: /^grub\.cfg-/,
    write: (argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : argument.includes("'") ? undefined : `'${argument.replaceAll('"', '')}'`),
  };
  return { pxe, xnba, grub2, 'grub2-tftp': grub2, 'grub2-http': { ...grub2, protocol: 'http' } };
})();

/** The loader a noderes.netboot value names, pxe when empty; throws ROW_INVALID for an unknown one. */
export function loaderNamed(netboot: string | undefined, node: string): Loader {
  const loader = LOADERS[netboot ?? 'pxe'];
  if (loader !== undefined) return loader;
  throw new StateliteError('ROW_INVALID', `${node}: noderes.netboot is ${String(netboot)}, wanted one of ${Object.keys(LOADERS).join(', ')}`, {
    hint: `chtab node=${node} noderes.netboot=pxe`,
  });
}

/**
 * The arguments as one line for a loader; a value with blanks is written `name="a b"`, as the kernel reads it.
 * Throws ROW_INVALID for an argument the loader cannot carry and for a line longer than a kernel takes (2047 bytes).
 */
export function commandLineFor(loader: Loader, node: string, commandLine: readonly Argument[]): string {
  const line = commandLine.map((argument) => {
    const written = CONTROL.test(argument.value ?? '') || (argument.value ?? '').includes('"') ? undefined : loader.write(kernelForm(argument));
    if (written !== undefined) return written;
    throw new StateliteError('ROW_INVALID', `${node}: the kernel argument ${JSON.stringify(kernelForm(argument))} cannot be written for ${loader.template.replace('.njk', '')}`, {
      hint: 'take blanks, quotes and line ends out of the value',
    });
  }).join(' ');
  if (Buffer.byteLength(line) <= LONGEST) return line;
  throw new StateliteError('ROW_INVALID', `${node}: the kernel command line has ${Buffer.byteLength(line)} bytes, a kernel takes ${LONGEST}`, {
    hint: 'shorten linuximage.addkcmdline or bootparams.addkcmdline',
  });
}

// --- internal ---

const LONGEST = 2047;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

const kernelForm = ({ name, value }: Argument): string => (value === undefined ? name : /\s/.test(value) ? `${name}="${value}"` : `${name}=${value}`);
