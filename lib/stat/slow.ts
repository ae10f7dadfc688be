import type { NodeBootState } from './timeline.ts';

/** How long a phase took, over all nodes that did it. Milliseconds. */
export interface PhaseTimes {
  readonly phase: string;
  readonly nodes: number;
  readonly p50: number;
  readonly p95: number;
  readonly slowest: { readonly node: string; readonly took: number };
}

/** A node that took much longer for a phase than half of the nodes did, and its rows that failed. */
export interface Outlier {
  readonly node: string;
  readonly phase: string;
  readonly took: number;
  readonly p50: number;
  readonly failed: readonly string[];
}

/** Percentiles of each phase over the nodes' last boots, phases in the order nodes do them, and who stands out: over twice the median and a second more. */
export function slowPhases(boots: readonly NodeBootState[]): { readonly phases: readonly PhaseTimes[]; readonly outliers: readonly Outlier[] } {
  const byPhase = new Map<string, Sample[]>();
  for (const boot of boots) {
    for (const { phase, took } of [...boot.steps, ...(boot.state === 'booted' ? [{ phase: TOTAL, took: boot.took ?? 0 }] : [])]) {
      byPhase.set(phase, [...(byPhase.get(phase) ?? []), { boot, took }]);
    }
  }
  const order = (phase: string): number => (phase === TOTAL ? Number.MAX_VALUE : medianPlace(boots, phase));
  const all = [...byPhase].sort(([one], [other]) => order(one) - order(other)).map(([phase, samples]) => summarize(phase, samples.sort((one, other) => one.took - other.took)));
  return { phases: all.map(({ times }) => times), outliers: all.flatMap(({ outliers }) => outliers).sort((one, other) => other.took - one.took) };
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
    outliers: apart.map(({ boot, took }) => ({ node: boot.node, phase, took, p50, failed: Object.keys(boot.failed) })),
  };
}

function medianPlace(boots: readonly NodeBootState[], phase: string): number {
  const uptimes = boots.flatMap(({ steps }) => steps.filter((step) => step.phase === phase).map(({ at }) => at)).sort((one, other) => one - other);
  return percentile(uptimes, 0.5);
}
