import { posix } from 'node:path';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { StateliteError } from '../errors.ts';
import { createFacts, isAboutNode, isStillSo } from './facts.ts';
import type { HostKeys } from './host-keys.ts';
import type { MadeFile } from './merge.ts';
import type { Rendered, Renderer } from './renderer.ts';
import { inOrder, invalid, whereOf, type OverlayFile, type OverlayTree } from './scan.ts';

/** Fills the templates of one overlay for nodes; what a template made is kept while all it read is still so. */
export interface OverlayMaker {
  /** Throws all that is wrong with its templates at once: TEMPLATE_INVALID, OVERLAY_INVALID for names of outputs. */
  make(cluster: Cluster, node: string, image: OsImage): { readonly files: readonly MadeFile[]; readonly problems: readonly StateliteError[] };
}

/** One maker for a reading of an overlay; `mostKept` is the number of nodes whose own outputs are remembered. */
export function createMaker(tree: OverlayTree, renderer: Renderer, hostKeys: HostKeys, mostKept = 20_000): OverlayMaker {
  const shared = new Map<OverlayFile, Kept>();
  const own = new Map<string, Map<OverlayFile, Kept>>();
  const fill = (file: OverlayFile, cluster: Cluster, node: string, image: OsImage): Kept => {
    const known = [shared.get(file), own.get(node)?.get(file)].find((kept) => kept !== undefined && isStillSo(kept.reads, cluster, node, image, hostKeys));
    if (known !== undefined) return known;
    const facts = createFacts(cluster, node, image, hostKeys);
    const rendered = renderer.render({ where: whereOf(file), text: file.entry.content.toString('utf8') }, facts);
    const kept: Kept = { reads: facts.reads, files: outputsOf(file, rendered, isAboutNode(facts.reads)) };
    if (isAboutNode(facts.reads)) {
      const ofNode = own.get(node) ?? new Map<OverlayFile, Kept>();
      own.delete(node);
      own.set(node, ofNode);
      ofNode.set(file, kept);
      const [oldest] = own.keys();
      if (own.size > mostKept && oldest !== undefined) own.delete(oldest);
    } else shared.set(file, kept);
    return kept;
  };
  const still = tree.files.filter(({ isTemplate }) => !isTemplate).map((file): MadeFile => ({ ...file, isOwn: false }));
  const templates = tree.files.filter(({ isTemplate }) => isTemplate);
  return {
    make: (cluster, node, image) => {
      const problems: StateliteError[] = [];
      const made = templates.flatMap((file) => {
        try {
          return fill(file, cluster, node, image).files;
        } catch (error) {
          if (!(error instanceof StateliteError)) throw error;
          problems.push(...error.problems.length > 0 ? error.problems : [error]);
          return [];
        }
      });
      return { files: [...still, ...made].sort(inOrder), problems };
    },
  };
}

// --- internal ---

interface Kept {
  readonly reads: ReadonlyMap<string, string>;
  readonly files: readonly MadeFile[];
}

function outputsOf(file: OverlayFile, { text, files }: Rendered, isOwn: boolean): readonly MadeFile[] {
  const made = (path: string, content: string, mode?: string): MadeFile => ({
    ...file, path, isOwn, entry: { ...file.entry, content: Buffer.from(content), ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }) },
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
