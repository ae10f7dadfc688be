import type { DiskPlan, FileSystem, PartPlan } from '../disks/disk-plan.ts';
import { partSize } from '../disks/size.ts';
import { StateliteError } from '../errors.ts';
import type { Mechanism, Mode, Storage } from '../policy/option.ts';
import { splitOwn } from './own-files.ts';
import type { BootPlan, PlanOverlay, PlanRow, PlanScript, Source, Store } from './boot-plan.ts';

/** Reads the text of a plan; `where` names it in messages. Throws FILE_SYSTEM when nodeset did not write it, or not all of it is there. */
export type PlanReader = (text: string, where: string) => BootPlan;

/**
 * The reverse of renderPlan, which leaves out what a node does not need: blanks in mount options and slashes at the end of directories. Own files before the
 * plan are passed over.
 * Reading the plans of many nodes, rows that are the same for several are read once, and are one value.
 */
export function createPlanReader(): PlanReader {
  const known = new Map<string, readonly PlanRow[]>();
  return (text, where) => {
    const refuse = (why: string): never => {
      throw new StateliteError('FILE_SYSTEM', `${where} is not a plan as nodeset writes it: ${why}`, { hint: 'nodeset <node> osimage=<image> writes it again' });
    };
    const { head, rows, end } = split(splitOwn(text).plan, refuse);
    const sources = head.filter(([word]) => word === 'source').map(([, rest]) => readSource(rest, refuse));
    const store = head.filter(([word]) => word === 'store').map(([, rest]) => readStore(rest, refuse))[0];
    const disks = readDisks(head, refuse);
    const overlays = head.filter(([word]) => word === 'overlay').map(([, rest]) => readOverlay(rest, refuse));
    const scripts = head.filter(([word]) => word === 'script').map(([, rest]) => readScript(rest, refuse));
    const planRows = known.get(rows) ?? readRows(rows, refuse);
    known.set(rows, planRows);
    const one = (name: string): string => head.find(([word]) => word === name)?.[1] ?? refuse(`there is no line ${name}`);
    const lines = head.length + planRows.reduce((sum, { mechanism }) => sum + (mechanism === 'link' ? 1 : 2), 0);
    if (one('statelite-plan') !== '1') refuse('its form is not 1');
    if (end !== String(lines)) refuse(`it ends with ${end} after ${lines} lines`);
    return Object.freeze({ version: 1, node: one('node'), image: one('image'), sources, ...(store === undefined ? {} : { store }), ...(disks.length === 0 ? {} : { disks }), ...(overlays.length === 0 ? {} : { overlays }), ...(scripts.length === 0 ? {} : { scripts }), rows: planRows, hash: one('hash') });
  };
}

// --- internal ---

type Refuse = (why: string) => never;
type Line = readonly [word: string, rest: string];

const HEAD_WORDS = new Set(['statelite-plan', 'node', 'image', 'hash', 'store', 'overlay', 'script', 'source', 'disk', 'part', 'sh']);

/** The lines before the rows, the rows, and what the last line says. */
function split(text: string, refuse: Refuse): { readonly head: readonly Line[]; readonly rows: string; readonly end: string } {
  const last = text.lastIndexOf('\nend ') + 1;
  const first = text.indexOf('\nrow ') + 1 || last;
  const end = /^end (\d+)\n$/.exec(text.slice(last))?.[1] ?? refuse('it is cut short');
  const head = text.slice(0, first).split('\n').slice(0, -1).map((line): Line => {
    const [, word = '', rest = ''] = /^(\S+) ([^\n]*)$/.exec(line) ?? [];
    return HEAD_WORDS.has(word) ? [word, rest] : refuse(`it has the line ${JSON.stringify(line)}`);
  });
  return { head, rows: text.slice(first, last), end };
}

function readSource(line: string, refuse: Refuse): Source {
  const [, priority = '', server = '', options = '', directory = ''] = /^(\S+) (\S+) (\S+) (\/[^]*)$/.exec(line) ?? refuse(`source ${line}`);
  return { priority, ...(server === '-' ? {} : { server }), directory: opened(directory), options: unset(options) };
}

function readStore(line: string, refuse: Refuse): Store {
  const [, server = '', options = '', directory = ''] = /^(\S+) (\S+) (\/[^]*)$/.exec(line) ?? refuse(`store ${line}`);
  return { server, directory: opened(directory), options: unset(options) };
}

/** Each disk with the partitions that follow it. */
function readDisks(head: readonly Line[], refuse: Refuse): readonly DiskPlan[] {
  const disks: { readonly disk: string; readonly parts: PartPlan[]; script?: string }[] = [];
  for (const [word, rest] of head) {
    if (word === 'disk') disks.push({ disk: rest, parts: [] });
    if (word === 'part') (disks.at(-1) ?? refuse('it has a part line without its disk')).parts.push(readPart(rest, refuse));
    if (word === 'sh') {
      const disk = disks.at(-1) ?? refuse('it has a line of a script without its disk');
      disk.script = `${disk.script ?? ''}${rest}\n`;
    }
  }
  return disks;
}

function readPart(line: string, refuse: Refuse): PartPlan {
  const [, number, label = '', sizeText = '', fstype, flags = '', options = '', populate = '', mount = ''] = PART.exec(line) ?? refuse(`part ${line}`);
  return Object.freeze({
    number: Number(number), label, size: partSize(sizeText) ?? refuse(`part ${line}`), fstype: fstype as FileSystem, mount: unset(mount), options: unset(options),
    nofail: flags.includes('nofail'), grow: flags.includes('grow'), existing: flags.includes('existing'), populate: unset(populate),
  });
}

const PART = /^(\d+) (\S+) (\d+M|\d+%|rest) (ext4|xfs|btrfs|swap) (\S+) (\S+) (\S+) (\S+)$/;

function readOverlay(line: string, refuse: Refuse): PlanOverlay {
  const [, kind, hash = '', bytes = '', names = ''] = /^(shared|own|private) ([0-9a-f]{64}) (\d+) (\S+)$/.exec(line) ?? refuse(`overlay ${line}`);
  return { kind: kind as PlanOverlay['kind'], hash, bytes: Number(bytes), overlays: names.split(',') };
}

function readScript(line: string, refuse: Refuse): PlanScript {
  const [, name = '', how, seconds = '-'] = /^(\S+) (must|warn) (\d+|-)$/.exec(line) ?? refuse(`script ${line}`);
  return { name, must: how === 'must', ...(seconds === '-' ? {} : { seconds: Number(seconds) }) };
}

function readRows(text: string, refuse: Refuse): readonly PlanRow[] {
  const lines = text.split('\n').slice(0, -1);
  const read = lines.filter((line) => !line.startsWith('as /')).map((line) => {
    const [, storage, mode, mechanism, type, place, path = ''] = ROW.exec(line) ?? refuse(line);
    return {
      path: opened(path), type: type as PlanRow['type'], storage: storage as Storage, mode: mode as Mode, mechanism: mechanism as Mechanism,
      covered: place === 'covered', isBelow: place !== 'top',
    };
  });
  const paths = new Set(read.map(({ path }) => path));
  return Object.freeze(read.map(({ isBelow, covered, ...row }) => {
    const parent = isBelow ? nearestAbove(row.path, paths) ?? refuse(`nothing is above ${row.path}`) : undefined;
    return Object.freeze({ ...row, ...(parent === undefined ? {} : { parent }), covered });
  }));
}

const ROW = /^row (tmpfs|persistent|localdisk) (rw|ro|con) (link|bind|overlay) (file|directory) (top|below|covered) (\/[^]*)$/;

function nearestAbove(path: string, paths: ReadonlySet<string>): string | undefined {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) if (paths.has(path.slice(0, end))) return path.slice(0, end);
  return undefined;
}

const opened = (path: string): string => path.replace(/\/+$/, '') || '/';

const unset = (word: string): string => (word === '-' ? '' : word);
