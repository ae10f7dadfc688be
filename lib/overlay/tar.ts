/** One name in an archive. Times are whole seconds; extended attributes by their names. */
export interface TarEntry {
  /** Relative, without a slash at its end: `mnt/overlay/etc/hosts`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'whiteout' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  /** Of a file. */
  readonly content: Buffer;
  /** Text of a symlink. */
  readonly target?: string;
  readonly xattrs?: Readonly<Record<string, Buffer>>;
}

/** An archive (pax, POSIX.1-2001) with these entries in this order; the same entries give the same bytes. A whiteout is the device overlayfs knows. */
export const writeTar = (entries: readonly TarEntry[]): Buffer => Buffer.concat(tarFrames(entries, () => false));

/** The same with gaps for the content of those files that `isOpen` names, of which only the length counts. */
export function tarFrames<T extends TarEntry>(entries: readonly T[], isOpen: (entry: T) => boolean): readonly Buffer[] {
  const frames: Buffer[] = [];
  let blocks: Buffer[] = [];
  for (const entry of entries) {
    const records = paxRecords(entry);
    if (records.length > 0) blocks.push(header({ name: 'pax', flag: 'x', size: records.length }), records, padding(records.length));
    const content = entry.type === 'file' ? entry.content : EMPTY;
    blocks.push(header({ ...entry, flag: FLAGS[entry.type], size: content.length }));
    if (entry.type === 'file' && isOpen(entry)) {
      frames.push(Buffer.concat(blocks));
      blocks = [];
    } else blocks.push(content);
    blocks.push(padding(content.length));
  }
  return [...frames, Buffer.concat([...blocks, END])];
}

/** The entries of a pax archive as tar(1) writes it; hard links become files of their own. `other` is a device, pipe or socket. */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  const contents = new Map<string, Buffer>();
  let pax: ReadonlyMap<string, Buffer> = new Map();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const head = archive.subarray(at, at + BLOCK);
    const text = (key: string, start: number, length: number): string => pax.get(key)?.toString('utf8') ?? cString(head.subarray(start, start + length));
    const number = (key: string, start: number, length: number): number => Number(pax.get(key)?.toString('utf8') ?? Number.parseInt(cString(head.subarray(start, start + length)).trim() || '0', 8));
    const size = number('size', 124, 12);
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    const flag = String.fromCharCode(head[156] ?? 0);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (flag === 'x') {
      pax = readPax(body);
      continue;
    }
    const prefix = cString(head.subarray(345, 500));
    const plain = text('path', 0, 100);
    const name = (pax.has('path') || prefix === '' ? plain : `${prefix}/${plain}`).replace(/^\.\//, '').replace(/\/+$/, '');
    const target = text('linkpath', 157, 100);
    const type = TYPES[flag] ?? 'other';
    const content = flag === '1' ? contents.get(target.replace(/^\.\//, '')) ?? EMPTY : type === 'file' ? Buffer.from(body) : EMPTY;
    if (type === 'file') contents.set(name, content);
    const xattrs = Object.fromEntries([...pax].flatMap(([key, value]) => (key.startsWith(XATTR) ? [[key.slice(XATTR.length), value]] : [])));
    entries.push({
      name, type, mode: Number.parseInt(cString(head.subarray(100, 108)).trim(), 8) & 0o7777, uid: number('uid', 108, 8), gid: number('gid', 116, 8),
      mtime: Math.floor(number('mtime', 136, 12)), content,
      ...(type === 'symlink' ? { target } : {}), ...(Object.keys(xattrs).length === 0 ? {} : { xattrs }),
    });
    pax = new Map();
  }
  return entries;
}

// --- internal ---

const BLOCK = 512;
const EMPTY = Buffer.alloc(0);
const XATTR = 'SCHILY.xattr.';
const FLAGS = { file: '0', directory: '5', symlink: '2', whiteout: '3', other: '6' } as const;
const TYPES: Readonly<Record<string, TarEntry['type']>> = { '\0': 'file', 0: 'file', 1: 'file', 2: 'symlink', 5: 'directory' };

const END = Buffer.alloc(2 * BLOCK);

const padding = (size: number): Buffer => END.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);

const cString = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? bytes.length : end).toString('utf8');
};

interface Head extends Partial<Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'target'>> {
  readonly name: string;
  readonly flag: string;
  readonly size: number;
}

const LARGEST_ID = 0o7777777;

function header({ name, flag, size, mode = 0o644, uid = 0, gid = 0, mtime = 0, target = '' }: Head): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (text: string, at: number, length: number): void => { block.write(text.slice(0, length), at, length, 'latin1'); };
  const octal = (value: number, at: number, length: number): void => put(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length);
  put(Buffer.from(name).toString('latin1'), 0, 100);
  octal(mode, 100, 8);
  octal(Math.min(uid, LARGEST_ID), 108, 8);
  octal(Math.min(gid, LARGEST_ID), 116, 8);
  octal(size, 124, 12);
  octal(mtime, 136, 12);
  put('        ', 148, 8);
  put(flag, 156, 1);
  put(Buffer.from(target).toString('latin1'), 157, 100);
  put('ustar\u000000', 257, 8);
  octal(0, 329, 8);
  octal(0, 337, 8);
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += block[at] ?? 0;
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return block;
}

const FITS = /^[ -~]{0,100}$/;

/** What the header has no room for. */
function paxRecords({ name, target = '', uid, gid, xattrs }: TarEntry): Buffer {
  if (FITS.test(name) && FITS.test(target) && uid <= LARGEST_ID && gid <= LARGEST_ID && xattrs === undefined) return EMPTY;
  const isLong = (text: string): boolean => Buffer.byteLength(text) > 100 || Buffer.byteLength(text) !== text.length;
  const records: (readonly [string, Buffer])[] = [
    ...isLong(name) ? [['path', Buffer.from(name)] as const] : [], ...isLong(target) ? [['linkpath', Buffer.from(target)] as const] : [],
    ...uid > LARGEST_ID ? [['uid', Buffer.from(String(uid))] as const] : [], ...gid > LARGEST_ID ? [['gid', Buffer.from(String(gid))] as const] : [],
    ...Object.entries(xattrs ?? {}).sort(([one], [two]) => (one < two ? -1 : 1)).map(([key, value]) => [`${XATTR}${key}`, value] as const),
  ];
  return Buffer.concat(records.map(([key, value]) => {
    const rest = key.length + value.length + 3;
    let length = rest + String(rest).length;
    length = rest + String(length).length;
    return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
  }));
}

function readPax(body: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(0x20, at);
    const length = Number(body.subarray(at, blank).toString('latin1'));
    const equals = body.indexOf(0x3d, blank);
    if (!(length > 0) || blank < 0 || equals < 0) break;
    records.set(body.subarray(blank + 1, equals).toString('utf8'), body.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}
