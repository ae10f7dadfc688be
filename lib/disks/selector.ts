import { mebibytes } from './size.ts';

/**
 * The disk a layout row means, as plans have it: a path below /dev, `size>=<MiB>M`, or `first-empty`. Undefined when it is none of these.
 * Which disk of a node that is, the node finds out (add-on/localdisk/disks.sh).
 */
export function readSelector(text: string): string | undefined {
  const written = text.replace(/\s+/g, '');
  if (written === 'first-empty') return written;
  if (written.startsWith('size>=')) {
    const mib = mebibytes(written.slice('size>='.length));
    return mib === undefined ? undefined : `size>=${mib}M`;
  }
  return /^\/dev\/(?:disk\/by-(?:id|path)\/)?[A-Za-z0-9][\w.:+@-]*$/.test(written) && !/^\/dev\/disk$/.test(written) ? written : undefined;
}

/** A kernel name: which disk has it may change from boot to boot. */
export const isKernelName = (selector: string): boolean => selector.startsWith('/dev/') && !selector.startsWith('/dev/disk/');

export const SELECTOR_HELP = '/dev/disk/by-id/…, /dev/disk/by-path/…, /dev/vda, size>=100G or first-empty';
