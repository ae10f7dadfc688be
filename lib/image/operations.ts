/** One system call on the tree; paths are absolute inside the image. */
export type Step =
  | { readonly do: 'mkdir'; readonly path: string; readonly mode: number; readonly owner?: Owner }
  | { readonly do: 'create'; readonly path: string; readonly mode: number }
  /** Writes a shipped file. */
  | { readonly do: 'write'; readonly path: string; readonly asset: string; readonly mode: number }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  | { readonly do: 'link'; readonly path: string; readonly existing: string }
  | { readonly do: 'rename'; readonly path: string; readonly from: string }
  /** The directory at `path` and the symlink at `link` change places. */
  | { readonly do: 'exchange'; readonly path: string; readonly link: string }
  | { readonly do: 'unlink'; readonly path: string }
  | { readonly do: 'rmdir'; readonly path: string }
  | { readonly do: 'owner'; readonly path: string; readonly owner: Owner }
  | { readonly do: 'mode'; readonly path: string; readonly mode: number }
  /** Nanoseconds as text, as JSON has no such numbers. */
  | { readonly do: 'mtime'; readonly path: string; readonly mtimeNs: string }
  /** Lets readers that have read a link get to where it leads, before that goes. */
  | { readonly do: 'wait'; readonly path: string; readonly milliseconds: number }
  | { readonly do: 'record'; readonly path: string; readonly what: 'journal' | 'manifest' };

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export type OperationKind = 'clean' | 'prepare' | 'restore' | 'remove' | 'create' | 'link' | 'install' | 'adjust' | 'record';

/** One change that means something to an admin, with the system calls it takes. */
export interface Operation {
  readonly kind: OperationKind;
  /** The path it is about. */
  readonly path: string;
  /** What happens there, for people. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** The operation as a line of `--dry-run`: `+ link     /etc/ntp.conf  default kept in /.default/etc/ntp.conf`. */
export const describeOperation = ({ kind, path, text }: Operation): string => `${SIGNS[kind]} ${kind.padEnd(8)} ${path}${text === '' ? '' : `  (${text})`}`;

/** The step as a line of `-V`. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'symlink': return `symlink ${step.path} -> ${step.target}`;
    case 'link': return `link ${step.existing} ${step.path}`;
    case 'exchange': return `exchange ${step.link} ${step.path}`;
    case 'rename': return `rename ${step.from} ${step.path}`;
    case 'mkdir':
    case 'create':
    case 'mode': return `${step.do} ${step.mode.toString(8)} ${step.path}`;
    case 'wait': return `wait ${step.milliseconds} ms for readers`;
    case 'owner': return `owner ${step.owner.uid}:${step.owner.gid} ${step.path}`;
    default: return `${step.do} ${step.path}`;
  }
}

// --- internal ---

const SIGNS: Readonly<Record<OperationKind, '+' | '-' | '~'>> = {
  clean: '-', prepare: '~', restore: '-', remove: '-', create: '+', link: '+', install: '+', adjust: '~', record: '~',
};
