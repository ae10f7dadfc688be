/** Where a row's content is from, and how it is there, in the words of the node. */
export interface RowOutcome {
  /** `storage,mode,mechanism`. */
  readonly option: string;
  readonly type: string;
  readonly origin: string;
  /** Copied for it in this boot; unset from nodes that do not tell. */
  readonly bytes?: number;
  /** How long the passes took that made the row; rows of one pass share them. */
  readonly ms?: number;
}

/** A piece of a phase that the node timed by itself: `litetree 2` that it mounted, `init script 10-scratch`, `local disks`. */
export interface Part {
  readonly phase: string;
  readonly ms: number;
  /** Which one it is on this node: `nas:/trees/n01`. */
  readonly detail?: string;
  /** Of an init script: its exit code, `timeout` when it ran too long and was ended; and the last lines it printed, cut short. */
  readonly exit?: number | 'timeout';
  readonly output?: readonly string[];
}

/** What a boot cost the NFS servers, from the kernel's start until the node was up. */
export interface NfsCost {
  readonly operations: number;
  /** Bytes. */
  readonly read: number;
  readonly written: number;
}

/** One boot of a node, as far as it was reported. Times are milliseconds since the epoch, but for phases. */
export interface Boot {
  readonly node: string;
  /** The kernel's boot id. */
  readonly boot: string;
  /** When the kernel started, as far as the uptimes tell. */
  readonly begun: number;
  /** When the node was last heard of. */
  readonly heard: number;
  /** Phase to the uptime in milliseconds at which it was done. */
  readonly phases: Readonly<Record<string, number>>;
  /** Path to the outcome of its row: rows that are as promised, and those that are not. */
  readonly good: Readonly<Record<string, RowOutcome>>;
  readonly failed: Readonly<Record<string, RowOutcome>>;
  /** By name. */
  readonly parts: Readonly<Record<string, Part>>;
  readonly warnings: readonly string[];
  /** Why the node stopped its boot. */
  readonly stopped?: string;
  readonly nfs?: NfsCost;
}

/** The last boot of a node as the database has it. */
export interface LastBoot extends Omit<Boot, 'good'> {
  /** Number of rows it reported. */
  readonly rows: number;
}

/** When a node last asked for its plan, and what it was told. */
export interface Asked {
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly asked: number;
  /** HTTP status. */
  readonly answer: number;
  readonly reason?: string;
}

/** Phases of a boot, in order; the kernel's ends with the initrd's first process. A node is booted with switch_root; only systemd tells when it is up. */
export const PHASES = ['kernel', 'initrd', 'dhcp', 'root', 'plan', 'store', 'sources', 'rows', 'scripts', 'switch_root', 'up'] as const;

/** Reads a node's report (lines of `key value`); undefined without a boot id. `at` is when it came. Lines that cannot be read are left out. */
export function parseReport(node: string, text: string, at: number): Boot | undefined {
  let boot: string | undefined;
  let stopped: string | undefined;
  let nfs: NfsCost | undefined;
  const phases: Record<string, number> = {};
  const outcomes: Record<'ok' | 'FAILED', Record<string, RowOutcome>> = { ok: {}, FAILED: {} };
  const parts: Record<string, Part> = {};
  const warnings: string[] = [];
  for (const line of text.replace(CONTROL, ' ').split('\n')) {
    const [, key = '', value = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    const [, phase = '', uptime] = /^([\w-]{1,32}) (\d{1,12})$/.exec(value) ?? [];
    const [, outcome, option = '', type = '', origin = '', bytes, ms, path = ''] = ROW.exec(value) ?? [];
    if (key === 'boot' && BOOT_ID.test(value)) boot = value.toLowerCase();
    else if (key === 'phase' && uptime !== undefined) phases[phase] = Number(uptime);
    else if (key === 'row' && (outcome === 'ok' || outcome === 'FAILED')) outcomes[outcome][path] = { option, type, origin, ...(bytes === undefined ? {} : { bytes: Number(bytes), ms: Number(ms) }) };
    else if (Object.hasOwn(PARTS, key)) Object.assign(parts, PARTS[key]?.(value));
    else if (key === 'output') addOutput(parts, value);
    else if (key === 'warning') warnings.push(value);
    else if (key === 'stopped') stopped = value;
    else if (key === 'nfs') nfs = parseNfs(value);
  }
  if (boot === undefined) return undefined;
  const begun = at - Math.max(0, ...Object.values(phases));
  return { node, boot, begun, heard: at, phases, good: outcomes.ok, failed: outcomes.FAILED, parts, warnings: [...new Set(warnings)], ...optional(stopped, nfs) };
}

/** What a node that is not up waits for, by its own word after 60 s and 300 s. */
export const SERVICES = 'services';

/** Two reports of one boot as one. */
export function mergeBoots(one: Boot, other: Boot): Boot {
  return {
    node: one.node, boot: one.boot,
    begun: Math.min(one.begun, other.begun),
    heard: Math.max(one.heard, other.heard),
    phases: { ...one.phases, ...other.phases },
    good: { ...one.good, ...other.good },
    failed: { ...one.failed, ...other.failed },
    parts: { ...one.parts, ...other.parts },
    warnings: [...new Set([...one.warnings, ...other.warnings])],
    ...optional(other.stopped ?? one.stopped, other.nfs ?? one.nfs),
  };
}

// --- internal ---

const optional = (stopped: string | undefined, nfs: NfsCost | undefined): Pick<Boot, 'stopped' | 'nfs'> =>
  ({ ...(stopped === undefined ? {} : { stopped }), ...(nfs === undefined ? {} : { nfs }) });

function parseNfs(value: string): NfsCost | undefined {
  const [, operations, read, written] = /^(\d{1,15}) (\d{1,15}) (\d{1,15})$/.exec(value) ?? [];
  return operations === undefined ? undefined : { operations: Number(operations), read: Number(read), written: Number(written) };
}

/** Lines that tell how long a piece of a phase took: `source <priority> <ms> <server:directory>`, `script <exit code, or timeout> <ms> <name>`, `disks <ms>`; and `services <ms> <units>`, which were starting at that uptime. */
const PARTS: Readonly<Record<string, (value: string) => Readonly<Record<string, Part>>>> = {
  source: (value) => {
    const [, priority, ms, detail = ''] = /^(\d{1,9}) (\d{1,12}) (.+)$/.exec(value) ?? [];
    return priority === undefined ? {} : { [`litetree ${priority}`]: { phase: 'sources', ms: Number(ms), detail } };
  },
  script: (value) => {
    const [, exit = '', ms, name = ''] = /^(\d{1,3}|timeout) (\d{1,12}) (\S.*)$/.exec(value) ?? [];
    return ms === undefined ? {} : { [SCRIPT + name]: { phase: 'scripts', ms: Number(ms), exit: exit === 'timeout' ? exit : Number(exit), output: [] } };
  },
  services: (value) => {
    const [, ms, detail = ''] = /^(\d{1,12}) (.*)$/.exec(value) ?? [];
    return ms === undefined ? {} : { [SERVICES]: { phase: 'up', ms: Number(ms), detail: detail.slice(0, 500) } };
  },
  disks: (value) => (/^\d{1,12}$/.test(value) ? { 'local disks': { phase: 'sources', ms: Number(value) } } : {}),
};

/** `<name> <line>` that an init script printed, after the line that tells how it ended. */
function addOutput(parts: Record<string, Part>, value: string): void {
  const [, name = '', line = ''] = /^(\S+) (.{0,500})/.exec(value) ?? [];
  const part = parts[SCRIPT + name];
  if (part?.output !== undefined) parts[SCRIPT + name] = { ...part, output: [...part.output, line].slice(-KEPT_OUTPUT) };
}

const SCRIPT = 'init script ';

/** Lines kept of what a script printed; the node sends no more. */
const KEPT_OUTPUT = 5;

const BOOT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `<outcome> <option> <type> <origin> [<bytes> <ms>] <path>/`. */
const ROW = /^(ok|FAILED) (\S+) (\S+) (\S.*?)(?: (\d{1,16}) (\d{1,12}))? (\/.*?)\/?$/;

/** Postgres keeps no NUL, a terminal should get no escape sequences. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/g;
