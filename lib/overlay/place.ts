import type { OsImage } from '../cluster/cluster.ts';
import { problemsOf, type StateliteError } from '../errors.ts';
import type { Place } from '../image/locate.ts';
import type { ImageTree } from '../image/tree.ts';
import { isWithin, reservedReason, VOLATILE_ROOTS } from '../policy/path.ts';
import type { PolicyRow } from '../policy/policy.ts';
import { writeOption } from '../policy/option.ts';
import type { Effect } from './merge.ts';
import { invalid } from './scan.ts';
import { bashismsOf, scriptProblem, SCRIPTS } from './scripts.ts';

/** An effect where the node carries it out: paths are those of the image, its symlinks followed. */
export interface PlacedEffect extends Effect {
  /** What the node does: `join` adds to the parts of a con row, `whiteout` is a delete in an overlay row, `opaque` one with something put below it. */
  readonly how: 'put' | 'append' | 'join' | 'absent' | 'delete' | 'whiteout' | 'opaque';
  /** The row that decides where it lives; unset for init scripts. */
  readonly row?: PolicyRow;
}

/** An image as overlays are laid on it. */
export interface ImageGround {
  readonly image: Pick<OsImage, 'name'>;
  readonly tree: ImageTree;
  /** Where a path leads, looked at once for all nodes. */
  readonly locate: (path: string) => Place;
  readonly created: ReadonlySet<string>;
  readonly rows: ReadonlyMap<string, PolicyRow>;
  /** The directories above those rows. */
  readonly above: ReadonlySet<string>;
}

/** Finds the litefile row for each effect of resolved files, and says what cannot be done. Effects that change nothing are left out. */
export function placeEffects(ground: ImageGround, effects: readonly Effect[]): { readonly placed: readonly PlacedEffect[]; readonly problems: readonly StateliteError[] } {
  const problems: StateliteError[] = [];
  const placed: PlacedEffect[] = [];
  for (const effect of effects) {
    try {
      const one = place(ground, effect);
      if (one !== undefined) placed.push(one);
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  const isFilled = ({ path }: PlacedEffect): boolean => placed.some((one) => one.how !== 'whiteout' && isWithin(one.path, path));
  return { placed: placed.map((one) => (one.how === 'whiteout' && isFilled(one) ? { ...one, how: 'opaque' } : one)), problems };
}

/** The row that decides what is at a path of the image. */
export function rowOver(rows: ReadonlyMap<string, PolicyRow>, real: string): PolicyRow | undefined {
  for (let at = real; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const row = rows.get(at);
    if (row !== undefined) return row;
  }
  return undefined;
}

// --- internal ---

function place(ground: ImageGround, effect: Effect): PlacedEffect | undefined {
  const { created, rows, above, locate } = ground;
  const file = effect.from.at(-1);
  if (file === undefined) throw new Error('an effect of nothing');
  const refuse = (why: string, hint?: string): StateliteError => invalid(file, why, hint);
  const { entry, action } = effect;
  if (isWithin(effect.path, '/statelite')) return placeScript(ground, effect, refuse);

  const { path: real, action: lastAction, named = real, unreachable } = file;
  if (unreachable !== undefined) throw refuse(`${named} cannot be reached in the image: ${unreachable}`);
  if (lastAction === 'append' && action === 'put' && entry.type !== 'file') throw refuse(`an earlier overlay puts a ${entry.type} at ${named}, to which nothing can be added`);
  const volatile = VOLATILE_ROOTS.find((root) => isWithin(real, root));
  const isDirectory = entry.type === 'directory';
  const isLink = entry.type === 'symlink' || action === 'delete';
  const isWanted = !isDirectory || file.isEmpty === true;
  const inImage = locate(real).node?.fact;
  if (volatile !== undefined || reservedReason(real) !== undefined) {
    if (!isWanted) return undefined;
    throw refuse(`${named} leads to ${real}: ${volatile === undefined ? reservedReason(real) ?? '' : `${volatile} is made anew when the node starts, so the file would be hidden`}`,
      volatile === undefined ? undefined : 'let systemd-tmpfiles make it: a file in etc/tmpfiles.d');
  }
  const row = rowOver(rows, real);
  if (row === undefined) {
    if (!isWanted || (isDirectory && inImage?.type === 'directory')) return undefined;
    const wanted = isDirectory ? `${real}/` : real;
    throw refuse(`no litefile row covers ${wanted}, so the node has nowhere to put it`, real.endsWith('.ww') ? `a template of Warewulf? Here they are nunjucks, and end in .njk: ${real.replace(/ww$/, 'njk').slice(1)}` : `chtab image=ALL file=${wanted} litefile.options=   and then liteimg ${ground.image.name}`);
  }
  const made = { ...effect, row };
  const option = writeOption(row.option);
  const at = `${row.real}${row.type === 'directory' ? '/' : ''} (${option})`;
  if (row.type === 'file' && row.real !== real) throw refuse(`${real} lies below ${row.real}, which is a file`);
  if (row.real === real && !isLink && isDirectory !== (row.type === 'directory')) throw refuse(`it is a ${entry.type}, but the litefile row ${at} is a ${row.type}`);
  if (row.option.mode === 'ro' && row.type === 'directory' && isWanted) {
    throw refuse(`the litefile row ${at} shows one source as a whole, so nothing can be laid over it`, `write overlay for the row: chtab image=… file=${row.real}/ litefile.options=overlay`);
  }
  const isNeeded = (row.real === real && row.type === 'directory') || above.has(real);
  if (action !== 'delete' && isNeeded && !isDirectory) {
    throw refuse(`the litefile row ${at} and those below it need the directory ${real}, where it is a ${entry.type}`, 'remove the rows');
  }
  if (action === 'put') {
    if (entry.type === 'symlink' && row.real === real && (row.option.mechanism === 'bind' || row.option.mode === 'con')) throw refuse(`a symlink cannot be bound or joined, which the litefile row ${at} asks for`);
    return { ...made, how: 'put' };
  }
  if (action === 'append') {
    if (inImage?.type === 'directory') throw refuse(`the image has a directory at ${real}, to which nothing can be added`);
    if (row.option.mode === 'con') return { ...made, how: 'join' };
    return { ...made, how: 'append' };
  }
  if (row.option.mode === 'con') throw refuse(`the litefile row ${at} joins all it finds, so ${action} means nothing there`);
  if (action === 'absent') return inImage === undefined || created.has(real) ? { ...made, how: 'absent' } : undefined;
  if (isNeeded) throw refuse(`the litefile row ${at} and those below it need ${real}: it cannot be deleted`, 'remove the rows');
  if (row.real === real && (row.option.mechanism !== 'link' || row.option.storage !== 'tmpfs' || row.option.mode !== 'rw')) throw refuse(`the litefile row ${at} gives the file, so it cannot be deleted`, 'remove the row, or make it link');
  return { ...made, how: row.option.mechanism === 'overlay' ? 'whiteout' : 'delete' };
}

/** /statelite/init.d is the node's own; anything else of that name would go nowhere. */
function placeScript({ locate }: ImageGround, effect: Effect, refuse: (why: string, hint?: string) => StateliteError): PlacedEffect | undefined {
  const { path, entry, action } = effect;
  if (entry.type === 'directory') return undefined;
  if (!path.startsWith(SCRIPTS) || path.slice(SCRIPTS.length).includes('/')) throw refuse(`${path} is no init script`, 'init scripts lie in statelite/init.d/, called NN-name');
  if (action === 'delete') return undefined;
  const problem = action === 'put' ? scriptProblem(path.slice(SCRIPTS.length), entry) : 'an init script is there or not, it cannot be appended to';
  if (problem !== undefined) throw refuse(problem);
  const [bashism] = locate('/bin/bash').node === undefined ? bashismsOf(entry.content) : [];
  if (bashism !== undefined) throw refuse(`line ${bashism.line} has ${bashism.what}; the script is for /bin/sh, and the image has no bash`, 'put bash into the image, or write what POSIX has');
  return { ...effect, how: 'put', entry: { ...entry, mode: entry.mode | 0o555 } };
}
