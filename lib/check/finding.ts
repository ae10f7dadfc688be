import type { Row } from '../../tables/table.ts';

/** error: nodes will not have what the tables promise, or something is open that must not be. warning: most likely not meant. notice: good to know. */
export type Severity = 'error' | 'warning' | 'notice';

/** Every code of litecheck, which stays what it is for ever, with its severity and what it means. */
export const CHECKS = {
  SL001: ['error', 'a litefile option cannot be used'],
  SL002: ['error', 'a litefile path cannot be used in the image'],
  SL003: ['error', 'litefile rows contradict each other or the image'],
  SL004: ['error', 'a litefile row cannot stand below another'],
  SL005: ['warning', 'a litefile row is for no image'],
  SL006: ['warning', 'a litefile row changes nothing, as one above it does the same'],
  SL007: ['warning', 'two litefile rows are one path in the image'],
  SL008: ['notice', 'a litefile row is for a path that is volatile already'],
  SL009: ['warning', 'ro or con has nothing to show or join'],
  SL010: ['error', 'a persistent row has no store for some nodes'],
  SL011: ['error', 'a plan cannot be made for some nodes'],
  SL012: ['warning', 'programs replace the file of a row instead of writing to it'],
  SL013: ['error', 'a secret lies in the shared image'],
  SL014: ['error', 'the image is exported writable'],
  SL015: ['error', 'a service has no place to write'],
  SL016: ['error', 'nodes would share one machine-id, or have none'],
  SL017: ['warning', 'systemd-tmpfiles cannot make what it is to make'],
  SL018: ['warning', 'a relative symlink leads out of a linked directory'],
  SL019: ['warning', 'a value is read as /pattern/replacement/ and looks like a directory'],
  SL020: ['warning', 'the tables name an image whose root tree is not there'],
  SL021: ['error', 'the overlays of some nodes cannot be made'],
  SL022: ['notice', 'an init script for /bin/sh is one for bash'],
  SL023: ['error', 'the image lacks a program that local disks need'],
  SL024: ['error', 'the mount point of a local disk cannot be used'],
  SL025: ['warning', 'a local disk hides what a litefile row gives'],
  SL026: ['warning', 'a disk is named as the kernel calls it'],
  SL027: ['error', 'a local disk is to be filled from what is not there'],
  SL028: ['warning', 'a node has disk layouts by two groups, and gets one'],
  SL029: ['error', 'a localdisk row has no local disk for some nodes'],
  SL030: ['error', 'an overlay is named that is not there'],
  SL031: ['error', 'a partition file cannot be used'],
  SL032: ['warning', 'the script of a partition file does not do on nodes what it did with xCAT'],
  SL033: ['notice', 'a partition file does not count, as a disk layout does'],
  SL034: ['notice', 'a partition file means something else than in xCAT'],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>;

export type CheckCode = keyof typeof CHECKS;

/** One thing that litecheck found. */
export interface Finding {
  readonly code: CheckCode;
  /** Unset for what is about the tables alone. */
  readonly image?: string;
  /** The row it is about, as messages name rows. */
  readonly row?: string;
  /** What was found, and why that is wrong. */
  readonly reason: string;
  /** What to do. */
  readonly fix: string;
  /** A litefile row that would mend it. */
  readonly proposal?: Row;
}

export const severityOf = ({ code }: Finding): Severity => CHECKS[code][0];
