import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';
import { proposeRow } from './proposal.ts';

/** Lines of tmpfiles.d(5) that make or change something a node cannot: it is not in the image as they want it, and no row makes it writable. */
export function checkTmpfiles(view: ImageView): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const { file, text } of configuration(view)) {
    for (const line of text.split('\n')) {
      const wish = readLine(line);
      const reason = wish === undefined ? undefined : obstacle(view, wish);
      if (wish === undefined || reason === undefined || found.has(wish.path)) continue;
      found.set(wish.path, { code: 'SL017', reason: `${file}: "${line.trim().replace(/\s+/g, ' ')}": ${reason}, and no row makes it writable`, ...mend(view, wish) });
    }
  }
  return [...found.values()];
}

// --- internal ---

interface Wish {
  readonly type: string;
  readonly path: string;
  /** Undefined when the line leaves it as it is. */
  readonly mode?: number;
  readonly argument: string;
}

const DIRECTORIES: readonly string[] = ['/etc/tmpfiles.d', '/usr/lib/tmpfiles.d'];
const MAKES_DIRECTORY = 'dDvqQ';

// Files by name, those in /etc instead of the vendor's; a symlink to /dev/null has no text.
function configuration(view: ImageView): readonly { readonly file: string; readonly text: string }[] {
  const byName = new Map<string, string>();
  for (const directory of DIRECTORIES) for (const name of view.names(directory)) if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${directory}/${name}`);
  return [...byName].sort(([one], [two]) => (one < two ? -1 : 1)).map(([, file]) => ({ file, text: view.read(file) ?? '' }));
}

// Lines whose failure does not count, those for credentials and those with specifiers of the running system are left out.
function readLine(line: string): Wish | undefined {
  const [, type = '', flags = '', path = '', mode = '', argument = ''] = /^\s*([a-zA-Z])([!+=~^-]*)\s+("[^"]*"|\S+)(?:\s+(\S+)(?:\s+\S+){0,3}(?:\s+(.*))?)?$/.exec(line) ?? [];
  if (!`${MAKES_DIRECTORY}fFLCpcb`.includes(type) || type === '' || /[-^]/.test(flags) || path.includes('%') || !path.startsWith('/')) return undefined;
  const octal = /^[0-7]{3,4}$/.exec(mode)?.[0];
  return { type, path: path.replace(/(?<=.)\/+$/, ''), argument: argument.trim(), ...(octal === undefined ? {} : { mode: Number.parseInt(octal, 8) }) };
}

function obstacle(view: ImageView, { type, path, mode, argument }: Wish): string | undefined {
  const { node, problem } = view.find(posix.dirname(path));
  if (view.isWritable(path) || problem !== undefined) return undefined;
  const present = node === undefined ? undefined : view.entries(posix.dirname(path)).find(({ name }) => name === posix.basename(path))?.node;
  if (present === undefined) return type === 'C' && view.look(argument === '' ? `/usr/share/factory${path}` : argument) === undefined ? undefined : `${path} is not in the image`;
  const fact = view.look(path);
  const isDirectory = MAKES_DIRECTORY.includes(type);
  if (isDirectory && fact?.type === 'directory' && mode !== undefined && mode !== fact.mode) return `${path} in the image has the mode ${fact.mode.toString(8)}`;
  return undefined;
}

// Below a directory that is no place for a row, making it in the image is the way.
function mend(view: ImageView, { type, path, mode = 0o755, argument }: Wish): Pick<Finding, 'fix' | 'proposal'> {
  const parent = posix.dirname(path);
  const physical = `${view.rootimg}${view.find(path).physical}`;
  if (MAKES_DIRECTORY.includes(type)) return view.look(path) === undefined ? proposeRow(view, `${path}/`) : { fix: `chmod ${mode.toString(8)} ${physical}` };
  if (type === 'L' || ['/', '/etc', '/usr', '/var', '/var/lib'].includes(parent)) return { fix: type === 'L' ? `ln -s ${argument || `/usr/share/factory${path}`} ${physical}` : `touch ${physical}` };
  return proposeRow(view, `${parent}/`);
}
