import { posix } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { remember } from '../cluster/remember.ts';
import { problemsOf, type StateliteError } from '../errors.ts';
import { settled } from '../refusals.ts';
import { createFacts, isAboutNode, readFact } from './facts.ts';
import type { HostKeys } from './host-keys.ts';
import type { MadeFile } from './merge.ts';
import type { Rendered, Renderer } from './renderer.ts';
import { templateOf, inOrder, invalid, type OverlayFile, type OverlayTree } from './scan.ts';

/** Fills the templates of one overlay for nodes; a template is filled once for all nodes for which everything it reads is the same. */
export interface OverlayMaker {
  /** Throws all that is wrong with its templates at once: TEMPLATE_INVALID, OVERLAY_INVALID for names of outputs. */
  make(cluster: Cluster, node: string, image: OsImage): { readonly files: readonly MadeFile[]; readonly problems: readonly StateliteError[] };
}

/** One maker for a reading of an overlay; of each template, what it made of `mostKept` different values is remembered. */
export function createMaker(tree: OverlayTree, renderer: Renderer, hostKeys: HostKeys, mostKept = 20_000): OverlayMaker {
  const kept = remember<OverlayFile, Outputs>(() => createOutputs(mostKept));
  const opened = remember((file: OverlayFile) => settled(() => renderer.open(templateOf(file))));
  const fill = (file: OverlayFile, cluster: Cluster, node: string, image: OsImage): readonly MadeFile[] => {
    const outputs = kept(file);
    const known = outputs.find((name) => readFact(cluster, node, image, name, hostKeys));
    if (known !== undefined) return known;
    const facts = createFacts(cluster, node, image, hostKeys);
    const rendered = opened(file)()(facts);
    const files = outputsOf(file, rendered, isAboutNode(facts.reads));
    outputs.keep(facts.reads, files);
    return files;
  };
  const still = tree.files.filter(({ isTemplate }) => !isTemplate).map((file): MadeFile => ({ ...file, isOwn: false, by: file }));
  const templates = tree.files.filter(({ isTemplate }) => isTemplate);
  return {
    make: (cluster, node, image) => {
      const problems: StateliteError[] = [];
      const made = templates.flatMap((file) => {
        try {
          return fill(file, cluster, node, image);
        } catch (error) {
          problems.push(...problemsOf(error));
          return [];
        }
      });
      return { files: [...still, ...made].sort(inOrder), problems };
    },
  };
}

// --- internal ---

/** What one template made, by the values it read. */
interface Outputs {
  /** What it made when all it read was as `valueOf` says now. */
  readonly find: (valueOf: (name: string) => string) => readonly MadeFile[] | undefined;
  readonly keep: (reads: ReadonlyMap<string, string>, files: readonly MadeFile[]) => void;
}

/** A template that branches reads other names for other nodes: a list of values for each list of names. The oldest values go first. */
function createOutputs(mostKept: number): Outputs {
  const byNames = new Map<string, { readonly names: readonly string[]; readonly made: Map<string, readonly MadeFile[]> }>();
  return {
    find: (valueOf) => {
      for (const { names, made } of byNames.values()) {
        try {
          const known = made.get(keyOf(names.map(valueOf)));
          if (known !== undefined) return known;
        } catch {
          // Filling it says what is wrong, when it reads that name for this node at all.
        }
      }
      return undefined;
    },
    keep: (reads, files) => {
      const names = [...reads.keys()];
      const list = byNames.get(keyOf(names)) ?? { names, made: new Map<string, readonly MadeFile[]>() };
      if (byNames.size >= MOST_BRANCHES) byNames.clear();
      byNames.set(keyOf(names), list);
      list.made.set(keyOf([...reads.values()]), files);
      const [oldest] = list.made.keys();
      if (list.made.size > mostKept && oldest !== undefined) list.made.delete(oldest);
    },
  };
}

const MOST_BRANCHES = 100;

const keyOf = (texts: readonly string[]): string => texts.map((text) => `${text.length} ${text}`).join('\n');

/** 1 January 1980, as reproducible builds date what they make: a template that was edited and makes the same is no change. */
const MADE = 315_532_800;

function outputsOf(file: OverlayFile, { text, files }: Rendered, isOwn: boolean): readonly MadeFile[] {
  const made = (path: string, content: string, mode?: string): MadeFile => ({
    ...file, path, isOwn, by: file, entry: { ...file.entry, mtime: MADE, content: Buffer.from(content), ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }) },
  });
  if (text !== undefined) return [made(file.path, text)];
  const outputs = files.map((one) => {
    const path = posix.join('/', posix.dirname(file.path), one.path.startsWith('/') ? posix.relative(posix.dirname(file.path), one.path) : one.path);
    if (one.path.split('/').includes('..') || one.path.endsWith('/')) throw invalid(file, `{% file ${JSON.stringify(one.path)} %} is no name of a file`, 'write a name beside the template, or a path of the node that begins with /');
    return made(path, one.text, one.mode);
  });
  const twice = outputs.find(({ path }, index) => outputs.findIndex((other) => other.path === path) !== index);
  if (twice !== undefined) throw invalid(file, `two {% file %} blocks make ${twice.path}`);
  return outputs;
}
