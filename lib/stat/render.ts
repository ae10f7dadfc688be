import type { Part } from './boot.ts';
import type { NodeBootState } from './timeline.ts';

/** What litestat prints of one node, a fact a line, each with the node's name in front. */
export function renderBoot(boot: NodeBootState, now: number): string[] {
  return [headline(boot, now), ...details(boot)].map((line) => `${boot.node}: ${line}`);
}

/** `2026-03-01 14:05:09`, local time. */
export function localTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** `3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 1 h`. */
export function duration(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const units: (readonly [number, string])[] = [[Math.floor(total / 86_400), 'd'], [Math.floor(total / 3600) % 24, 'h'], [Math.floor(total / 60) % 60, 'min'], [total % 60, 's']];
  const first = Math.max(0, units.findIndex(([count]) => count > 0));
  const shown = total === 0 ? units.slice(-1) : units.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** `9.10 s`. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** `512.0 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

// --- internal ---

function headline(boot: NodeBootState, now: number): string {
  const { state, begun = 0, took = 0, phase = '', since = 0, asked } = boot;
  const waits = boot.waitsFor === undefined ? '' : `, waiting for ${boot.waitsFor}`;
  const steps = boot.steps.length === 0 ? '' : `: ${boot.steps.map((step) => `${step.phase} ${seconds(step.took)}`).join(', ')}`;
  switch (state) {
    case 'booted': return `booted ${localTime(begun)} in ${seconds(took)}${steps}`;
    case 'booting': return `booting since ${localTime(begun)}, in ${phase} for ${duration(now - since)}${waits}${steps}`;
    case 'stuck': return `STUCK in ${phase} for ${duration(now - since)}${waits}, booting since ${localTime(begun)}${steps}`;
    case 'failed': return `FAILED in ${phase}, ${localTime(boot.heard ?? begun)}: ${boot.stopped ?? ''}`;
    case 'waiting': return asked?.reason === undefined
      ? `got its plan ${localTime(asked?.asked ?? 0)}, ${duration(now - (asked?.asked ?? 0))} ago, and reported nothing since`
      : `REFUSED a plan (${asked.answer}) ${localTime(asked.asked)}: ${asked.reason}`;
    case 'unknown': return 'no boot was reported';
  }
}

function details({ failed, warnings, parts, rows, nfs }: NodeBootState): string[] {
  const entries = Object.entries(failed);
  return [
    ...(entries.length === 0 ? [] : [`${entries.length} of ${rows} rows FAILED`]),
    ...entries.sort(byName).map(([path, { option, type, origin }]) => `row FAILED ${path} (${option} ${type} from ${origin})`),
    ...Object.entries(parts).sort(byName).flatMap(([name, part]) => scriptLines(name, part)),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(nfs === undefined ? [] : [`NFS: ${nfs.operations} operations, ${megabytes(nfs.read)} read, ${megabytes(nfs.written)} written`]),
  ];
}

/** Init scripts run in this order too. */
const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number => (one < other ? -1 : 1);

/** How an init script ended, and what it printed last; of one that went well one line. */
function scriptLines(name: string, { exit, ms, output = [] }: Part): string[] {
  if (exit === undefined) return [];
  if (exit === 0) return [`${name} done in ${seconds(ms)}${output.length === 0 ? '' : `: ${output.at(-1) ?? ''}`}`];
  return [`${name} ${exit === 'timeout' ? `was ENDED after ${seconds(ms)}` : `FAILED with exit code ${exit} after ${seconds(ms)}`}`, ...output.map((line) => `  ${line}`)];
}
