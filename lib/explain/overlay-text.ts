import { StateliteError } from '../errors.ts';
import type { TarEntry } from '../overlay/tar.ts';

/** The bytes of a file as they are shown and compared: of a symlink, where it leads; of no file, none. */
export const bytesShown = (entry: TarEntry | undefined): Buffer => (entry?.target === undefined ? entry?.content ?? Buffer.alloc(0) : Buffer.from(`-> ${entry.target}\n`));

/** Files as one text that can be printed. Throws OVERLAY_INVALID for what is no text, with `lies` as the place where it can be looked at. */
export function printable(all: readonly { readonly entry: TarEntry }[], lies: string | undefined): string {
  const bytes = Buffer.concat(all.map(({ entry }) => bytesShown(entry)));
  const text = bytes.toString('utf8');
  if (bytes.includes(0) || !Buffer.from(text).equals(bytes)) {
    throw new StateliteError('OVERLAY_INVALID', `${all[0]?.entry.name ?? 'it'} is no text, but ${bytes.length} bytes`, { hint: lies === undefined ? undefined : `it lies in ${lies}` });
  }
  return text.replace(/\n$/, '');
}
