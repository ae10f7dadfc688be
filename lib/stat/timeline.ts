import { PHASES, SERVICES, type Asked, type LastBoot, type NfsCost, type Part, type RowOutcome } from './boot.ts';

/** A phase that was done: at which uptime, and how long it took since the one before; the first one counts from the kernel's start. Milliseconds. */
export interface Step {
  readonly phase: string;
  readonly at: number;
  readonly took: number;
}

/** What is known of a node's last boot. Times are milliseconds since the epoch. */
export interface NodeBootState {
  readonly node: string;
  /** `waiting`: it asked for its plan and reported nothing since; `unknown`: it never did either. */
  readonly state: 'booted' | 'booting' | 'stuck' | 'failed' | 'waiting' | 'unknown';
  readonly boot?: string;
  readonly begun?: number;
  readonly heard?: number;
  readonly steps: readonly Step[];
  /** The phase a node that is under way, stuck or failed is in, and since when. */
  readonly phase?: string;
  readonly since?: number;
  /** Units that were starting when the node last said so. */
  readonly waitsFor?: string;
  /** Milliseconds from the kernel's start to the last phase reported. */
  readonly took?: number;
  readonly rows: number;
  readonly failed: Readonly<Record<string, RowOutcome>>;
  readonly warnings: readonly string[];
  /** What the node timed by itself: litetrees, init scripts, local disks. */
  readonly parts: Readonly<Record<string, Part>>;
  readonly stopped?: string;
  readonly nfs?: NfsCost;
  /** The last request for a plan. */
  readonly asked?: Omit<Asked, 'node'>;
}

/** Milliseconds in one phase after which a node is stuck. */
const STUCK_MS = 60_000;

/** A node is silent from its plan until it is up, if that takes it less than a minute: before that, and before its word had time to come, nothing is known. */
const SILENT_MS = 90_000;

/** A kernel that started later than this after the node was switched on was started by something else. */
const FIRMWARE_MS = 1_800_000;

/** Services take their time: a node is stuck with them when it says so itself, 300 s after its kernel's start, or should have. */
const SERVICES_MS = 300_000;

/**
 * Puts a node's last report and its last request for a plan together, as they look at `now`. When it was `switchedOn` for this boot, the time until its
 * kernel started is the phase `firmware`: with DHCP and the boot loader.
 */
export function bootState(node: string, boot: LastBoot | undefined, asked: Asked | undefined, now: number, switchedOn?: number): NodeBootState {
  const request = asked === undefined ? {} : { asked: { asked: asked.asked, answer: asked.answer, ...(asked.reason === undefined ? {} : { reason: asked.reason }) } };
  if (boot === undefined || isNewer(asked, boot)) {
    return { node, state: asked === undefined ? 'unknown' : 'waiting', steps: [], rows: 0, failed: {}, parts: {}, warnings: [], ...request };
  }
  const firmware = boot.begun - (switchedOn ?? Number.NaN);
  const steps = [...(firmware >= 0 && firmware < FIRMWARE_MS ? [{ phase: 'firmware', at: 0, took: firmware }] : []), ...stepsOf(boot.phases)];
  const last = steps.at(-1);
  const known = { node, boot: boot.boot, begun: boot.begun, heard: boot.heard, steps, took: last?.at ?? 0, rows: boot.rows, failed: boot.failed, parts: boot.parts, warnings: boot.warnings, ...(boot.nfs === undefined ? {} : { nfs: boot.nfs }), ...request };
  const services = Object.hasOwn(boot.phases, 'up') ? undefined : boot.parts[SERVICES];
  if (Object.hasOwn(boot.phases, 'switch_root') && boot.stopped === undefined && services === undefined) return { ...known, state: 'booted' };
  const phase = PHASES[PHASES.findLastIndex((name) => Object.hasOwn(boot.phases, name)) + 1] ?? last?.phase ?? PHASES[0];
  const since = boot.begun + (last?.at ?? 0);
  if (boot.stopped !== undefined) return { ...known, state: 'failed', stopped: boot.stopped, phase, since };
  const isStuck = services === undefined ? boot.heard - since > STUCK_MS || now - Math.max(since + STUCK_MS, boot.begun + SILENT_MS) > 0 : now - boot.begun > SERVICES_MS;
  return { ...known, state: isStuck ? 'stuck' : 'booting', phase, since, ...(services?.detail ? { waitsFor: services.detail } : {}) };
}

/** The phases in the order they were done. */
export function stepsOf(phases: Readonly<Record<string, number>>): readonly Step[] {
  const sorted = Object.entries(phases).sort(([, one], [, other]) => one - other);
  return sorted.map(([phase, at], index) => ({ phase, at, took: at - (sorted[index - 1]?.[1] ?? 0) }));
}

// --- internal ---

/** A node that began anew asks long after the last word of the boot before; requests and reports of one boot lie close together. */
const isNewer = (asked: Asked | undefined, boot: LastBoot): boolean =>
  asked !== undefined && asked.asked > boot.heard + 1000 && (boot.stopped !== undefined || Object.hasOwn(boot.phases, 'plan'));
