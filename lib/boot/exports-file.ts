import type { Files } from '../system/files.ts';

/** An export of the kernel's NFS server: a directory for some clients. */
export interface KernelExport {
  /** File it stands in. */
  readonly file: string;
  /** Its line there, from 1; of a continued line the last. */
  readonly line: number;
  readonly directory: string;
  /** `*` is every host. */
  readonly clients: readonly { readonly name: string; readonly options: readonly string[] }[];
}

/** What this machine exports: /etc/exports and /etc/exports.d/*.exports. */
export function readExports(files: Files): readonly KernelExport[] {
  const more = files.look('/etc/exports.d')?.type === 'directory' ? files.list('/etc/exports.d').filter((name) => /^[^.].*\.exports$/.test(name)) : [];
  return ['/etc/exports', ...more.map((name) => `/etc/exports.d/${name}`)].flatMap((file) => parseExports(file, files.readTextIfThere(file) ?? ''));
}

/** Reads exports(5): quoted and escaped names, continued lines, comments, `-` default options. */
export function parseExports(file: string, text: string): readonly KernelExport[] {
  let begun = '';
  return text.split('\n').flatMap((part, index) => {
    const whole = begun + part;
    begun = whole.endsWith('\\') ? `${whole.slice(0, -1)} ` : '';
    const found = begun === '' ? parseLine(whole) : undefined;
    return found === undefined ? [] : [{ file, line: index + 1, ...found }];
  });
}

/** Whether a client may write: the last of rw and ro counts, and without either it may not. */
export const isWritable = ({ options }: KernelExport['clients'][number]): boolean => options.filter((option) => option === 'rw' || option === 'ro').at(-1) === 'rw';

// --- internal ---

function parseLine(line: string): Pick<KernelExport, 'directory' | 'clients'> | undefined {
  const words = line.match(/#.*|(?:"[^"]*"|[^\s"#])+/g)?.filter((word) => !word.startsWith('#')) ?? [];
  const [directory, ...rest] = words.map((word) => word.replaceAll('"', '').replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8))));
  if (directory?.startsWith('/') !== true) return undefined;
  let defaults: readonly string[] = [];
  const clients = rest.flatMap((word) => {
    if (word.startsWith('-')) {
      defaults = word.slice(1).split(',');
      return [];
    }
    const [, name = '', options = ''] = /^([^(]*)(?:\((.*)\))?$/.exec(word) ?? [];
    return [{ name: name === '' ? '*' : name, options: [...defaults, ...options.split(',').filter((option) => option !== '')] }];
  });
  return { directory: directory.replace(/(?<=.)\/+$/, ''), clients: clients.length > 0 ? clients : [{ name: '*', options: defaults }] };
}
