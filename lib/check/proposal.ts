import type { Row } from '../../tables/table.ts';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** A litefile row that makes a path writable in RAM, and the fix that says so. A directory has a slash at its end. */
export function proposeRow({ image }: ImageView, path: string): Pick<Finding, 'fix' | 'proposal'> {
  const proposal = { image: image.name, file: path, options: '' };
  return { fix: `${proposalCommand(proposal)}   (RAM; litefile.options=persistent keeps it over a reboot)`, proposal };
}

/** The command that writes a proposed row. */
export const proposalCommand = ({ image = '', file = '', options = '' }: Row): string => ['chtab', `image=${image}`, `file=${file}`, `litefile.options=${options}`].map(shellWord).join(' ');

// --- internal ---

const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
