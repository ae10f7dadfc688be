import type { DiskPlan, PartPlan } from '../disks/disk-plan.ts';
import type { BootPlan, PlanRow, Source } from './boot-plan.ts';

/**
 * The plan as the node reads it, lines that a POSIX shell splits with `read` alone (ADR 0004):
 * words first, the free text last and closed by `/`, so that blanks at its end survive. A bind or overlay row is followed by `as`,
 * its path escaped for fstab. A disk is followed by its partitions, or by `sh` and the lines of the script that makes it; `wipe`, which statelited alone adds, lets the node wipe one of them once. The last line `end <lines before it>` shows that nothing is missing.
 */
export function renderPlan(plan: BootPlan, wipe?: Wipe): string {
  const rows = renderRows(plan.rows);
  const lines = [
    'statelite-plan 1',
    `node ${plan.node}`,
    `image ${plan.image}`,
    `hash ${plan.hash}`,
    ...(plan.store === undefined ? [] : [`store ${plan.store.server} ${word(plan.store.options)} ${closed(plan.store.directory)}`]),
    ...(plan.overlays ?? []).map(({ kind, hash, bytes, overlays }) => `overlay ${kind} ${hash} ${bytes} ${overlays.join()}`),
    ...(plan.scripts ?? []).map(({ name, must, seconds }) => `script ${name} ${must ? 'must' : 'warn'} ${seconds ?? '-'}`),
    ...plan.sources.map(renderSource),
    ...(plan.disks ?? []).flatMap(renderDisk),
    ...(wipe === undefined ? [] : [`wipe ${wipe.id} ${wipe.disk}`]),
  ];
  return `${lines.join('\n')}\n${rows.text}end ${lines.length + rows.count}\n`;
}

/** One wipe that an admin armed: its own id, and the disk as the layout names it. */
export interface Wipe {
  readonly id: string;
  readonly disk: string;
}

// --- internal ---

interface RenderedRows {
  readonly text: string;
  readonly count: number;
}

const KNOWN = new WeakMap<readonly PlanRow[], RenderedRows>();

/** The same for every node of an image, so it is done once. */
function renderRows(rows: readonly PlanRow[]): RenderedRows {
  const known = KNOWN.get(rows);
  if (known !== undefined) return known;
  const lines = rows.flatMap(renderRow);
  const rendered = { text: lines.map((line) => `${line}\n`).join(''), count: lines.length };
  KNOWN.set(rows, rendered);
  return rendered;
}

const renderSource = ({ priority, server, options, directory }: Source): string =>
  `source ${priority} ${word(server ?? '')} ${word(options)} ${closed(directory)}`;

const renderDisk = ({ disk, parts, script }: DiskPlan): string[] =>
  [`disk ${disk}`, ...parts.map(renderPart), ...script === undefined ? [] : script.replace(/\n$/, '').split('\n').map((line) => `sh ${line}`)];

function renderPart({ number, label, size, fstype, mount, options, nofail, grow, populate, existing }: PartPlan): string {
  const flags = [...nofail ? ['nofail'] : [], ...grow ? ['grow'] : [], ...existing ? ['existing'] : []].join(',');
  return `part ${number} ${label} ${size} ${fstype} ${word(flags)} ${word(options)} ${word(populate)} ${word(mount)}`;
}

function renderRow(row: PlanRow): string[] {
  const place = row.covered ? 'covered' : row.parent === undefined ? 'top' : 'below';
  const line = `row ${row.storage} ${row.mode} ${row.mechanism} ${row.type} ${place} ${closed(row.path)}`;
  return row.mechanism === 'link' ? [line] : [line, `as ${fstabEscape(row.path)}`];
}

/** An empty word would shift the fields, and so would a blank; no mount option has one. */
const word = (text: string): string => text.replace(/\s+/g, '') || '-';

const closed = (path: string): string => `${path.replace(/\/+$/, '')}/`;

/** fstab(5): blank, tab, backslash as octal; a path never holds a newline. */
const fstabEscape = (path: string): string =>
  path.replace(/[ \t\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
