import { basename } from 'node:path';
import { BY_SCRIPT, isExisting, type DiskPlan, type PartPlan } from './disk-plan.ts';
import type { DiskFact } from './facts.ts';

/** What a boot does with one disk of the plan. */
export interface Decision {
  readonly disk: string;
  readonly action: 'create' | 'complete' | 'use' | 'wipe' | 'refuse';
  /** Unset when no disk was found. */
  readonly device?: string;
  /** Why, in words. */
  readonly why: string;
}

/** A wipe that is armed. */
export interface ArmedWipe {
  readonly id: string;
  readonly disk: string;
}

/**
 * What the next boot would do with disks that are as `facts` says: the rules of add-on/localdisk/rc.localdisk. That of a disk which is in use,
 * cannot be read, or lacks a program to make it with, only the boot itself can tell.
 */
export function decide(plans: readonly DiskPlan[], facts: readonly DiskFact[], armed?: ArmedWipe): readonly Decision[] {
  const taken = new Set<string>();
  const isNamed = ({ device, names }: DiskFact): boolean => plans.some(({ disk }) => disk === device || names.includes(disk));
  return plans.map((plan) => {
    const wipe = armed?.disk === plan.disk ? armed : undefined;
    const found = findDisk(plan, facts.filter((fact) => !taken.has(fact.device) && (plan.disk.startsWith('/dev/') || !isNamed(fact))), wipe);
    if (typeof found === 'string') return { disk: plan.disk, action: 'refuse', why: found };
    taken.add(found.device);
    if (isExisting(plan)) return { disk: plan.disk, device: found.device, ...decideExisting(plan, found) };
    return { disk: plan.disk, device: found.device, ...decideOne(plan, found, wipe) };
  });
}

// --- internal ---

const listed = (facts: readonly DiskFact[]): string => (facts.length === 0 ? 'no disk at all' : facts.map(({ device, mib, names, text }) => `${device}${names[0] === undefined ? '' : ` (${basename(names[0])})`} ${mib} MiB: ${text}`).join('; '));

function findDisk({ disk, parts, script }: DiskPlan, facts: readonly DiskFact[], wipe: ArmedWipe | undefined): DiskFact | string {
  if (disk.startsWith('/dev/')) return facts.find(({ device, names }) => device === disk || names.includes(disk)) ?? `there is no such disk; found ${listed(facts)}`;
  const least = /^size>=(\d+)M$/.exec(disk)?.[1];
  const fitting = facts.filter(({ mib }) => mib >= Number(least ?? 0));
  const label = script === undefined ? parts[0]?.label : BY_SCRIPT;
  const marked = fitting.filter(({ mark }) => mark === label);
  if (marked.length > 1) return `${marked.length} disks bear the mark of "${label ?? ''}", it must be one: ${listed(marked)}`;
  const [ours] = marked;
  if (ours !== undefined) return ours;
  const [only] = fitting;
  if (least !== undefined) return only !== undefined && fitting.length === 1 ? only : `${fitting.length} disks are that large, it must be one; found ${listed(facts)}`;
  const blank = fitting.find(({ state }) => state === 'blank' || state === 'begun');
  if (blank !== undefined) return blank;
  return wipe !== undefined && only !== undefined && fitting.length === 1 ? only : `no disk is empty; found ${listed(facts)}`;
}

function decideOne({ parts, script }: DiskPlan, fact: DiskFact, wipe: ArmedWipe | undefined): Pick<Decision, 'action' | 'why'> {
  const { state, mib, text } = fact;
  const needed = neededMib(parts, mib);
  const making = (action: 'create' | 'complete' | 'wipe', why: string): Pick<Decision, 'action' | 'why'> =>
    needed > mib ? { action: 'refuse', why: `it is too small: the layout wants ${needed} MiB, it has ${mib}` } : { action, why };
  if (state === 'blank') return making('create', 'it is blank');
  if (state === 'begun') return making('complete', 'it was being made when the node was cut off, nothing was on it yet');
  if (wipe !== undefined && (fact.wipe !== wipe.id || state === 'overwritten')) return making('wipe', `a wipe is armed (${wipe.id}); it holds ${text}`);
  if (state === 'unreadable') return { action: 'refuse', why: text };
  if (state === 'overwritten') return { action: 'refuse', why: `it was begun once, but now holds something else: ${text}` };
  const wrong = script === undefined ? misfit(parts, fact) : fact.mark === BY_SCRIPT ? undefined : 'no script of the plan made it';
  return wrong === undefined ? { action: 'use', why: `it fits: ${text}` } : { action: 'refuse', why: `${wrong}; it holds ${text}` };
}

/** What something else has made is used, or not; it is never made. */
function decideExisting({ parts }: DiskPlan, { state, text, parts: found }: DiskFact): Pick<Decision, 'action' | 'why'> {
  if (state === 'begun') return { action: 'refuse', why: 'a layout of statelite was being made on it when the node was cut off' };
  const wrong = parts.flatMap(({ number, fstype }) => {
    const type = found.find((part) => part.number === number)?.type;
    if (type === undefined) return [`partition ${number} is missing`];
    return type === fstype || (fstype === 'ext4' && /^ext[23]$/.test(type)) ? [] : [`partition ${number} has ${type === '' ? 'no file system' : type}, not ${fstype}`];
  });
  return wrong.length === 0 ? { action: 'use', why: `it holds ${text}` } : { action: 'refuse', why: `${wrong.join(', ')}; it holds ${text}` };
}

const neededMib = (parts: readonly PartPlan[], mib: number): number => {
  const percent = parts.reduce((sum, { size }) => sum + (size.endsWith('%') ? Number(size.slice(0, -1)) : 0), 0);
  return parts.reduce((sum, { size }) => sum + (size === 'rest' ? 8 : size.endsWith('M') ? Number(size.slice(0, -1)) : 0), 2) + Math.floor((percent * mib) / 100);
};

function misfit(parts: readonly PartPlan[], fact: DiskFact): string | undefined {
  for (const { number, label, fstype, size } of parts) {
    const found = fact.parts.find((part) => part.number === number);
    if (found === undefined) return `partition ${number} ("${label}") is missing`;
    if (found.partLabel !== label) return `partition ${number} is labelled "${found.partLabel}", not "${label}"`;
    if (found.type !== fstype) return `partition ${number} ("${label}") has ${found.type === '' ? 'no file system' : found.type}, not ${fstype}`;
    if (found.label !== label) return `the ${fstype} of partition ${number} has the label "${found.label}", not "${label}"`;
    if (size.endsWith('M') && found.mib !== Number(size.slice(0, -1))) return `partition ${number} ("${label}") has ${found.mib} MiB, not ${size.slice(0, -1)}`;
  }
  return fact.parts.length === parts.length ? undefined : `it has ${fact.parts.length} partitions, the layout ${parts.length}`;
}
