import { isWithin } from '../policy/path.ts';
import type { Row } from '../../tables/table.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** A litefile row that makes a path writable in RAM, and the fix that says so. A directory has a slash at its end. */
export function proposeRow(view: ImageView, path: string): Pick<Finding, 'fix' | 'proposal'> {
  const { image, resolved: { rows } } = view;
  const above = view.rowOver(path);
  if (above !== undefined) return { fix: `${above.reason} shows it read-only: give that row another option` };
  const isOverMounts = rows.some(({ real, option }) => isWithin(real, path.replace(/\/$/, '')) && option.mechanism !== 'link');
  const proposal = { image: image.name, file: path, options: isOverMounts ? 'bind' : '' };
  return { fix: `${proposalCommand(proposal)}   (in RAM; with persistent it is kept over a reboot)`, proposal };
}

/** The command that writes a proposed row. */
export const proposalCommand = ({ image = '', file = '', options = '' }: Row): string => ['chtab', `image=${image}`, `file=${file}`, `litefile.options=${options}`].map(shellWord).join(' ');

// --- internal ---

const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
