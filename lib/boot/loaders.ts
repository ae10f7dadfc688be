import { StateliteError } from '../errors.ts';
import { asset } from '../system/assets.ts';
import type { Argument } from './kernel-command-line.ts';

/** The file name PXELINUX and GRUB look for: `10.0.0.17` gives `0A000011`. */
export function hexAddress(address: string): string {
  return address.split('.').map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** The other file name they look for: the ARP type of Ethernet and the address with dashes, `01-52-54-00-00-00-01`. */
export const macFileName = (mac: string): string => `01-${mac.replaceAll(':', '-')}`;

/** Kinds of firmware that load a boot program: x86 BIOS, and UEFI of x86_64 and of aarch64. */
export type Firmware = 'bios' | 'efi64' | 'arm64';

/** A file a loader needs below tftpdir, and where distributions put it. */
export interface LoaderProgram {
  /** Below tftpdir. */
  readonly path: string;
  /** Places to copy it from; the first that is there counts. */
  readonly from: readonly string[];
  /** Debian's package. */
  readonly package: string;
  readonly firmware: readonly Firmware[];
}

/** A network boot loader: where it looks for a node's file, and how it takes kernel arguments. */
export interface Loader {
  /** noderes.netboot without its protocol; the tag of its nodes in DHCP. */
  readonly name: 'pxe' | 'xnba' | 'grub2';
  /** File name in netboot/templates. */
  readonly template: string;
  /** Directory below tftpdir; the node's file in it is named like the node. */
  readonly directory: string;
  /** What the template needs to know of the transport. */
  readonly protocol: 'tftp' | 'http';
  readonly programs: readonly LoaderProgram[];
  /** The program each kind of firmware is told to load; none for a kind the loader does not run on. */
  readonly start: Readonly<Partial<Record<Firmware, string>>>;
  /** File an iPXE is told to load instead, be it that of a network card or our own: it expands the variables itself. */
  readonly script?: string;
  /** Further names the loader asks for, each a symlink to the node's file. */
  readonly links: (node: string, mac: string, address: string) => readonly string[];
  /** Matches every name `links` can give. */
  readonly linkNames: RegExp;
  /** One argument as this loader must have it written, or undefined when the loader cannot carry it. */
  readonly write: (argument: string) => string | undefined;
}

/** Package of programs that are ours, and therefore kept as this version has them. */
export const OWN_PACKAGE = 'statelite';

/** noderes.netboot as xCAT names it, to its loader. */
export const LOADERS: Readonly<Record<string, Loader>> = (() => {
  const pxe: Loader = {
    name: 'pxe', template: 'pxelinux.njk', directory: 'pxelinux.cfg', protocol: 'tftp',
    programs: [
      { path: 'pxelinux.0', from: ['/usr/lib/PXELINUX/pxelinux.0', '/usr/share/syslinux/pxelinux.0'], package: 'pxelinux', firmware: ['bios'] },
      { path: 'ldlinux.c32', from: ['/usr/lib/syslinux/modules/bios/ldlinux.c32', '/usr/share/syslinux/ldlinux.c32'], package: 'syslinux-common', firmware: ['bios'] },
    ],
    start: { bios: 'pxelinux.0' },
    links: (_node, mac, address) => [macFileName(mac), hexAddress(address)],
    linkNames: /^(01(-[0-9a-f]{2}){6}|[0-9A-F]{8})$/,
    write: (argument) => argument,
  };
  const xnba: Loader = {
    name: 'xnba', template: 'xnba.njk', directory: 'xcat/xnba/nodes', protocol: 'http',
    programs: [
      { path: 'xcat/xnba.kpxe', from: ['/usr/lib/ipxe/undionly.kpxe', '/usr/share/ipxe/undionly.kpxe'], package: 'ipxe', firmware: ['bios'] },
      { path: 'xcat/xnba.efi', from: ['/usr/lib/ipxe/snponly.efi', '/usr/share/ipxe/ipxe-snponly-x86_64.efi'], package: 'ipxe', firmware: ['efi64'] },
      { path: 'xcat/xnba.arm64.efi', from: ['/usr/lib/ipxe/snponly-arm64.efi', '/usr/lib/ipxe/ipxe-arm64.efi', '/usr/share/ipxe/arm64-efi/snponly.efi'], package: 'ipxe', firmware: ['arm64'] },
    ],
    start: { bios: 'xcat/xnba.kpxe', efi64: 'xcat/xnba.efi', arm64: 'xcat/xnba.arm64.efi' },
    script: 'xcat/xnba/nodes/${hostname}',
    links: (node) => [`${node}.uefi`],
    linkNames: /\.uefi$/,
    write: (argument) => (/[\s"'\\#]|\$\{|^(&&|\|\|)$/.test(argument) ? undefined : argument),
  };
  const grub2: Loader = {
    name: 'grub2', template: 'grub2.njk', directory: 'boot/grub2', protocol: 'tftp',
    programs: [
      { path: 'boot/grub2/grub2.x86_64', from: ['/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed', '/usr/lib/grub/x86_64-efi/monolithic/grubnetx64.efi'], package: 'grub-efi-amd64-signed', firmware: ['efi64'] },
      { path: 'boot/grub2/grub2.aarch64', from: ['/usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed', '/usr/lib/grub/arm64-efi/monolithic/grubnetaa64.efi'], package: 'grub-efi-arm64-signed', firmware: ['arm64'] },
      { path: 'grub/grub.cfg', from: [asset('netboot/templates/grub-entry.cfg')], package: OWN_PACKAGE, firmware: ['efi64', 'arm64'] },
    ],
    start: { efi64: 'boot/grub2/grub2.x86_64', arm64: 'boot/grub2/grub2.aarch64' },
    links: (_node, mac, address) => [`grub.cfg-${macFileName(mac)}`, `grub.cfg-${hexAddress(address)}`],
    linkNames: /^grub\.cfg-/,
    write: (argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : argument.includes("'") ? undefined : `'${argument.replaceAll('"', '')}'`),
  };
  // GRUB 2.06 of Debian knows TFTP only; with Secure Boot it takes no module. Later ones need none.
  const httpModules: readonly LoaderProgram[] = [
    { path: 'boot/grub2/x86_64-efi/http.mod', from: ['/usr/lib/grub/x86_64-efi/http.mod'], package: 'grub-efi-amd64-bin', firmware: ['efi64'] },
    { path: 'boot/grub2/arm64-efi/http.mod', from: ['/usr/lib/grub/arm64-efi/http.mod'], package: 'grub-efi-arm64-bin', firmware: ['arm64'] },
  ];
  return { pxe, xnba, grub2, 'grub2-tftp': grub2, 'grub2-http': { ...grub2, protocol: 'http', programs: [...grub2.programs, ...httpModules] } };
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
