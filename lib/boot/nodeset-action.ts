import { StateliteError } from '../errors.ts';

/** Boot an image over the network; without `image` the one the node's nodetype row names. */
export interface ImageAction {
  readonly kind: 'image';
  readonly image?: string;
  /** The initrd pauses three times. */
  readonly shell: boolean;
}

/** What nodeset shall do to each node. */
export type NodesetAction = ImageAction | { readonly kind: 'stat' | 'boot' | 'offline' };

/** Reads `statelite=<image>`, `osimage=<image>`, `osimage`, `statelite`, `shell`, `stat`, `boot` or `offline`; throws USAGE. */
export function parseNodesetAction(text: string): NodesetAction {
  const [, verb = '', image] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  if ((verb === 'statelite' || verb === 'osimage') && image !== '') return { kind: 'image', shell: false, ...(image === undefined ? {} : { image }) };
  if (image === undefined) {
    if (verb === 'shell') return { kind: 'image', shell: true };
    if (verb === 'stat' || verb === 'boot' || verb === 'offline') return { kind: verb };
  }
  throw new StateliteError('USAGE', `nodeset cannot do "${text}"; wanted statelite=<image>, osimage=<image>, osimage, statelite, shell, stat, boot or offline`, {
    hint: 'nodeset <noderange> osimage=<image>',
  });
}
