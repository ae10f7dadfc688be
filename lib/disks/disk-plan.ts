/** What the node is told of one of its disks. */
export interface DiskPlan {
  /** A path below /dev, `size>=<MiB>M`, or `first-empty`; without blanks. */
  readonly disk: string;
  /** By number. */
  readonly parts: readonly PartPlan[];
  /** Text of a program that makes the disk once, in place of `parts`. */
  readonly script?: string;
}

/** Something else makes this disk. */
export const isExisting = ({ parts }: DiskPlan): boolean => parts.some(({ existing }) => existing);

/** What the mark of a disk that a script has made bears in place of a label. */
export const BY_SCRIPT = 'script';

export interface PartPlan {
  readonly number: number;
  /** Label of the partition and of its file system. */
  readonly label: string;
  /** MiB, a share of the disk, or all that is left. */
  readonly size: `${number}M` | `${number}%` | 'rest';
  readonly fstype: FileSystem;
  /** A path of the node; `store` for localdisk rows; '' for swap and for what is not mounted. */
  readonly mount: string;
  readonly options: string;
  readonly nofail: boolean;
  readonly grow: boolean;
  /** Made by something else: used when it is there, never made. All partitions of a disk are, or none; label and size mean nothing. */
  readonly existing: boolean;
  /** A directory of the image, or ''. */
  readonly populate: string;
}

export type FileSystem = 'ext4' | 'xfs' | 'btrfs' | 'swap';

/** Mount point of the partition that holds localdisk rows, in tables and plans. */
export const STORE = 'store';
