import type { Files } from '../system/files.ts';
import { isWithin } from '../policy/path.ts';
import type { Finding } from './finding.ts';

/** An export of the kernel's NFS server: a directory for some clients. */
export interface Export {
  /** File it stands in. */
  readonly file: string;
  readonly directory: string;
  readonly clients: readonly { readonly name: string; readonly options: readonly string[] }[];
}

/** What this machine exports: /etc/exports and /etc/exports.d/*.exports. */
export function readExports(files: Files): readonly Export[] {
  const more = files.look('/etc/exports.d')?.type === 'directory' ? files.list('/etc/exports.d').filter((name) => /^[^.].*\.exports$/.test(name)) : [];
  return ['/etc/exports', ...more.map((name) => `/etc/exports.d/${name}`)].flatMap((file) => parseExports(file, files.readTextIfThere(file) ?? ''));
}

/** Reads exports(5): quoted and escaped names, continued lines, comments, `-` default options. */
export function parseExports(file: string, text: string): readonly Export[] {
  return text.replace(/\\\n/g, ' ').split('\n').flatMap((line) => {
    const words = line.match(/#.*|(?:"[^"]*"|[^\s"#])+/g)?.filter((word) => !word.startsWith('#')) ?? [];
    const [directory, ...clients] = words.map((word) => word.replaceAll('"', '').replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))));
    if (directory?.startsWith('/') !== true) return [];
    let defaults: readonly string[] = [];
    const found = clients.flatMap((word) => {
      if (word.startsWith('-')) {
        defaults = word.slice(1).split(',');
        return [];
      }
      const [, name = '', options = ''] = /^([^(]*)(?:\((.*)\))?$/.exec(word) ?? [];
      return [{ name: name === '' ? '*' : name, options: [...defaults, ...options.split(',').filter((option) => option !== '')] }];
    });
    return [{ file, directory: directory.replace(/(?<=.)\/+$/, ''), clients: found.length > 0 ? found : [{ name: '*', options: defaults }] }];
  });
}

/** Exports by which nodes could write to the root tree. Of several for one client, the deepest counts, as for the server. */
export function checkExports(exports: readonly Export[], rootimg: string): readonly Finding[] {
  const above = exports.filter(({ directory }) => isWithin(rootimg, directory)).sort((one, two) => two.directory.length - one.directory.length);
  const decided = new Set<string>();
  return above.flatMap(({ file, directory, clients }) => {
    const open = clients.filter(({ name, options }) => !decided.has(name) && isWritable(options));
    for (const { name } of clients) decided.add(name);
    if (open.length === 0) return [];
    const names = open.map(({ name }) => name).join(' ');
    return [{ code: 'SL014' as const, reason: `${file} exports ${directory} writable to ${names}: any of them can change the image of all nodes`, fix: `write ro for ${directory} in ${file}, then exportfs -ra` }];
  });
}

// --- internal ---

// The last of rw and ro counts; without either it is read-only.
const isWritable = (options: readonly string[]): boolean => options.filter((option) => option === 'rw' || option === 'ro').at(-1) === 'rw';
