import { dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';

/**
 * A shipped script as the one file that nodes have: its parts stand in it where the shipped one reads them from beside itself.
 * @throws {StateliteError} FILE_SYSTEM when a part is missing
 */
export function joinScript(files: Files, path: string): Buffer {
  return Buffer.from(files.readText(path).replaceAll(PART, (_, name: string) => `${files.readText(join(dirname(path), name)).trimEnd()}\n\n`));
}

// --- internal ---

const PART = /^# shellcheck source=.*\n\. "\$\(dirname "\$0"\)\/([\w-]+\.sh)"\n+/gm;
