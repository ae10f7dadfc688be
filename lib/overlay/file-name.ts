/** What an overlay's file does on the node. */
export type Action = 'put' | 'append' | 'absent' | 'delete';

/** A file name in an overlay, understood. */
export interface OverlayName {
  /** The name on the node. */
  readonly name: string;
  readonly action: Action;
  readonly isTemplate: boolean;
}

/**
 * Reads what the endings of a name say: `.njk` a template, `.append`, `.absent` (only if nothing else has the file) and `.delete` what is done
 * with it; `hosts.append.njk` is both. `.literal` at the end says that all before it is the name.
 */
export function readFileName(written: string): OverlayName {
  if (endsWith(written, '.literal')) return { name: written.slice(0, -'.literal'.length), action: 'put', isTemplate: false };
  const isTemplate = endsWith(written, '.njk');
  const rest = isTemplate ? written.slice(0, -'.njk'.length) : written;
  const action = ACTIONS.find((one) => endsWith(rest, `.${one}`)) ?? 'put';
  return { name: action === 'put' ? rest : rest.slice(0, -(action.length + 1)), action, isTemplate };
}

// --- internal ---

const ACTIONS = ['append', 'absent', 'delete'] as const;

const endsWith = (name: string, ending: string): boolean => name.length > ending.length && name.endsWith(ending);
