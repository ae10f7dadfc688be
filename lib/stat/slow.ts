import { blame, type Culprit, type Piece, type PieceTimes } from './blame.ts';
import type { NodeBootState } from './timeline.ts';

/** How long a phase took, over all nodes that did it. Milliseconds. */
export interface PhaseTimes {
  readonly phase: string;
  readonly nodes: number;
  readonly p50: number;
  readonly p95: number;
  readonly slowest: { readonly node: string; readonly took: number };
}

/** A node that took much longer for a phase than half of the nodes did. */
export interface Outlier {
  readonly node: string;
  readonly phase: string;
  readonly took: number;
  readonly p50: number;
  /** Its rows that failed, for the phase `rows`. */
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
}

/** What `litestat --slow` tells. */
export interface Slow {
  readonly phases: readonly PhaseTimes[];
  /** Rows, litetrees, init scripts and local disks, those that cost most first. */
  readonly pieces: readonly PieceTimes[];
  readonly outliers: readonly (Outlier & { readonly culprits: readonly Culprit[] })[];
  /** Nodes whose boot has not come to its end, by state: what they did so far counts, what they wait for does not. */
  readonly unfinished: Readonly<Record<string, number>>;
}

/** Percentiles of each phase over the nodes' last boots, phases in the order nodes do them, and who stands out: over twice the median and a second more. */
export function slowPhases(boots: readonly NodeBootState[]): { readonly phases: readonly PhaseTimes[]; readonly outliers: readonly Outlier[] } {
  const byPhase = new Map<string, Sample[]>();
  for (const boot of boots) {
    for (const { phase, took } of [...boot.steps, ...(boot.state === 'booted' ? [{ phase: TOTAL, took: boot.took ?? 0 }] : [])]) {
      const samples = byPhase.get(phase) ?? [];
      samples.push({ boot, took });
      byPhase.set(phase, samples);
    }
  }
  const places = medianPlaces(boots);
  const order = (phase: string): number => places.get(phase) ?? Number.MAX_VALUE;
  const all = [...byPhase].sort(([one], [other]) => order(one) - order(other)).map(([phase, samples]) => summarize(phase, samples.sort((one, other) => one.took - other.took)));
  return { phases: all.map(({ times }) => times), outliers: all.flatMap(({ outliers }) => outliers).sort((one, other) => other.took - other.p50 - (one.took - one.p50)) };
}

/** All of it: `pieces` are those of the nodes that stand out. */
export function findSlow(boots: readonly NodeBootState[], times: readonly PieceTimes[], pieces: readonly Piece[]): Slow {
  const { phases, outliers } = slowPhases(boots);
  const byName = new Map(times.map((each) => [each.name, each]));
  const byNode = new Map<string, Piece[]>();
  for (const piece of pieces) byNode.set(piece.node, [...(byNode.get(piece.node) ?? []), piece]);
  const unfinished: Record<string, number> = {};
  for (const { state } of boots) if (state !== 'booted') unfinished[state] = (unfinished[state] ?? 0) + 1;
  return {
    phases, pieces: times, unfinished,
    outliers: outliers.map((outlier) => ({
      ...outlier, culprits: blame(outlier.took - outlier.p50, (byNode.get(outlier.node) ?? []).filter(({ phase }) => phase === outlier.phase), byName),
    })),
  };
}

/** The value below or at which this share of the sorted values lies. */
export const percentile = (sorted: readonly number[], share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

// --- internal ---

const TOTAL = 'total';
const APART_MS = 1000;

interface Sample {
  readonly boot: NodeBootState;
  readonly took: number;
}

function summarize(phase: string, samples: readonly Sample[]): { readonly times: PhaseTimes; readonly outliers: readonly Outlier[] } {
  const sorted = samples.map(({ took }) => took);
  const p50 = percentile(sorted, 0.5);
  const last = samples.at(-1);
  const apart = phase === TOTAL ? [] : samples.filter(({ took }) => took > 2 * p50 && took > p50 + APART_MS);
  return {
    times: { phase, nodes: samples.length, p50, p95: percentile(sorted, 0.95), slowest: { node: last?.boot.node ?? '', took: last?.took ?? 0 } },
    outliers: apart.map(({ boot, took }) => ({ node: boot.node, phase, took, p50, failed: phase === 'rows' ? Object.keys(boot.failed) : [], warnings: boot.warnings })),
  };
}

/** Phase to the median uptime at which nodes had done it. */
function medianPlaces(boots: readonly NodeBootState[]): ReadonlyMap<string, number> {
  const uptimes = new Map<string, number[]>();
  for (const { steps } of boots) {
    for (const { phase, at } of steps) {
      const known = uptimes.get(phase) ?? [];
      known.push(at);
      uptimes.set(phase, known);
    }
  }
  return new Map([...uptimes].map(([phase, all]) => [phase, percentile(all.sort((one, other) => one - other), 0.5)]));
}
