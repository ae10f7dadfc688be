import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BootPlan } from '../../lib/plan/boot-plan.ts';
import { asset } from '../../lib/system/assets.ts';
import type { Rows } from './liting.ts';
import type { NodeTree } from './node-tree.ts';

/** One start of a node; what it leaves unset is as the case says. Shell texts run with $ROOT, $S (= $ROOT/.statelite), $STORE and $REPORT, the file of what is told to statelited. */
export interface Boot {
  readonly rows?: Rows;
  /** Put over the image before liteimg runs. */
  readonly image?: NodeTree;
  readonly prepareImage?: string;
  /** Priority to tree; null is a source that could not be mounted. */
  readonly sources?: Readonly<Record<string, NodeTree | null>>;
  /** Overlays in their order, names in them with their endings; `$node`… of templates is n01. */
  readonly overlays?: Readonly<Record<string, NodeTree>>;
  /** Runs when all is mounted, before sources and root are made read-only. */
  readonly prepare?: string;
  /** Regular expressions of the plan's text and what to put in their place. */
  readonly edit?: readonly (readonly [from: string, to: string])[];
  readonly storeMounted?: boolean;
  readonly storeReadOnly?: boolean;
  /** Size of the tmpfs on /.statelite, as mount(8) takes it. */
  readonly ramSize?: string;
  readonly countProcesses?: boolean;
  /** Runs after the script; its output is `look`. */
  readonly look?: string;
}

/** An image, its sources and a node's store, JSON through and through. */
export interface NodeCase extends Pick<Boot, 'sources' | 'overlays'> {
  readonly image: NodeTree;
  readonly rows: Rows;
  readonly store?: NodeTree;
  /** What the local disk holds before the first boot. */
  readonly disk?: NodeTree;
  readonly storeSize?: string;
  /** One boot when unset. */
  readonly boots?: readonly Boot[];
  /** What runs the script, words parted by a blank: sh unless set. */
  readonly shell?: string;
  /** Leaves out ram, view and store of the results. */
  readonly quiet?: boolean;
}

export interface BootResult {
  readonly plan: BootPlan;
  readonly exitCode: number;
  readonly console: string;
  readonly log: readonly string[];
  readonly milliseconds: number;
  /** Started processes and programs, when counted. */
  readonly processes: number;
  /**
   * What lies in RAM, by path below /.statelite/tmpfs: `file 644 0:0 rw text`, `directory 755 0:0 rw`, `-> target`. A file from 1970 to 2000 has its time
   * as well, `file 644 0:0 @86400 rw text`, and one with the attribute user.note its value, where the case has any: `note=x`.
   */
  readonly ram: Readonly<Record<string, string>>;
  /** What the node sees at the plan's paths and below; rw or ro was found by trying to write. */
  readonly view: Readonly<Record<string, string>>;
  readonly store: Readonly<Record<string, string>>;
  readonly disk: Readonly<Record<string, string>>;
  readonly look: string;
}

/** The driver that boots cases in a mount namespace; none of its mounts is ever seen outside. */
export interface NodeRoots {
  boot(cases: readonly NodeCase[], script?: string): readonly (readonly BootResult[])[];
  remove(): void;
}

export async function buildNodeRoots(): Promise<NodeRoots> {
  const directory = mkdtempSync(join(tmpdir(), 'statelite-node-'));
  // Beside the packages it uses.
  mkdirSync(asset('node_modules/.cache'), { recursive: true });
  const program = mkdtempSync(asset('node_modules/.cache/node-boots-'));
  const driver = join(program, 'node-boots.mjs');
  await build({ entryPoints: [asset('test/helpers/node-boots.ts')], outfile: driver, bundle: true, format: 'esm', platform: 'node', target: 'node20', external: ['execa', 'nunjucks'], logLevel: 'silent' });
  return {
    boot: (cases, script = asset('add-on/statelite/rc.statelite')) => JSON.parse(execFileSync('unshare', ['--mount', '--propagation', 'private', process.execPath, driver], {
      input: JSON.stringify({ work: join(directory, 'work'), script, cases }), encoding: 'utf8', maxBuffer: 1 << 28,
    })) as readonly (readonly BootResult[])[],
    remove: () => {
      for (const path of [directory, program]) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Boots one case and gives back its last boot. */
export function bootOne(roots: NodeRoots, one: NodeCase): BootResult {
  const last = roots.boot([one])[0]?.at(-1);
  if (last === undefined) throw new Error('no boot');
  return last;
}
