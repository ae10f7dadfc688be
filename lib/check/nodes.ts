import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { nodesOfImage } from '../cluster/nodes-of-image.ts';
import { problemsOf, type ErrorCode, type StateliteError } from '../errors.ts';
import { meant } from '../nearest.ts';
import { compilePlan } from '../plan/compile.ts';
import { storeOf } from '../plan/store.ts';
import { treesOf } from '../policy/trees.ts';
import { createdPaths, type Past } from '../image/manifest.ts';
import { OVERLAY_NAME, usesOverlays } from '../overlay/assigned.ts';
import { createOverlays } from '../overlay/overlays.ts';
import { overlayNames, whereOf } from '../overlay/scan.ts';
import { bashismsOf, SCRIPTS } from '../overlay/scripts.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import type { CheckCode, Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** Nodes of an image that would get no plan: no store for persistent rows, no disk for localdisk rows, unset variables, rows of litetree and statelite that cannot be read. */
export function checkNodes({ cluster, image, resolved: { rows } }: ImageView): readonly Finding[] {
  return problemsByNode(cluster, image, (node) => [() => storeOf(cluster, node), () => treesOf(cluster, node, image), () => compilePlan(cluster, node, image, rows)],
    (error) => CODES[error.code] ?? 'SL011').filter(({ reason }) => !isOfPartitionFile(reason));
}

/** Overlays that cannot be made for nodes of the image, and their init scripts that are taken for bash. */
export function checkOverlays(system: Pick<System, 'files' | 'env'>, { cluster, image, resolved: { rows } }: ImageView, past: Past): readonly Finding[] {
  if (!usesOverlays(cluster)) return [];
  const overlays = createOverlays({ files: system.files, env: system.env });
  const scripts = new Map<string, Finding>();
  const ground = { rows, created: [...createdPaths(past)] };
  const problems = problemsByNode(cluster, image, (node) => [() => {
    for (const { path, entry, from } of overlays.effectsOf(cluster, node, image, ground)) {
      const [first] = path.startsWith(SCRIPTS) ? bashismsOf(entry.content) : [];
      const file = from.at(-1);
      if (first === undefined || file === undefined) continue;
      scripts.set(whereOf(file), { code: 'SL022', reason: `${whereOf(file)} line ${first.line}: ${first.what}; nodes run it by the image's bash`, fix: 'write #!/bin/bash in its first line' });
    }
  }], () => 'SL021');
  const missing = missingOverlays(system.files, cluster, image);
  const isTold = ({ reason }: Finding): boolean => missing.some(({ name }) => reason.includes(`there is no overlay ${name}: `));
  return [...missing.map(({ finding }) => finding), ...problems.filter((problem) => !isTold(problem)), ...scripts.values()];
}

// --- internal ---

/** checkPartitionFile tells these, with or without nodes. */
const isOfPartitionFile = (reason: string): boolean => reason.startsWith('partitionfile ');

const CODES: Partial<Readonly<Record<ErrorCode, CheckCode>>> = { NO_STORE: 'SL010', NO_DISK: 'SL029' };

/** Names without an overlay, of the image's row and of those for its nodes and their groups, each with its row. */
function missingOverlays(files: Files, cluster: Cluster, image: OsImage): readonly { readonly name: string; readonly finding: Finding }[] {
  const known = new Set(overlayNames(files, cluster.site('installdir') ?? '/install'));
  const keys = new Set(nodesOfImage(cluster, image.name).flatMap((node) => [node, ...cluster.groupsOf(node)]));
  const lists = [
    { text: image.osimage['overlays'] ?? '', row: `osimage row imagename=${image.name}` },
    ...cluster.rows('overlays').filter(({ node = '' }) => keys.has(node)).map(({ node = '', overlays = '' }) => ({ text: overlays, row: `overlays row node=${node}` })),
  ];
  return lists.flatMap(({ text, row }) => text.split(',').map((word) => word.trim()).filter((name) => OVERLAY_NAME.test(name) && !known.has(name)).map((name) => ({
    name, finding: { code: 'SL030' as const, row, reason: `there is no overlay ${name}: nodes get no plan`, fix: `${meant(name, known, 'liteoverlay list shows those there are')}, or take ${name} out of the row` },
  })));
}

/** What goes wrong for nodes of an image, each problem once, with the number of nodes it is the same for. */
function problemsByNode(cluster: Cluster, image: OsImage, tasks: (node: string) => readonly (() => unknown)[], codeOf: (error: StateliteError) => CheckCode): readonly Finding[] {
  const found = new Map<string, { readonly error: StateliteError; readonly nodes: string[] }>();
  for (const node of nodesOfImage(cluster, image.name)) {
    for (const error of problemsIn(...tasks(node))) {
      const text = error.message.replaceAll(node, '<node>');
      const same = found.get(text);
      if (same === undefined) found.set(text, { error, nodes: [node] });
      else if (same.nodes.at(-1) !== node) same.nodes.push(node);
    }
  }
  return [...found.values()].map(({ error, nodes }) => ({ code: codeOf(error), reason: `${error.message}${others(nodes)}`, fix: error.hint ?? 'correct the row' }));
}

const SHOWN = 3;

function problemsIn(...tasks: readonly (() => unknown)[]): readonly StateliteError[] {
  return tasks.flatMap((task) => {
    try {
      task();
      return [];
    } catch (error) {
      return problemsOf(error);
    }
  });
}

function others([, ...more]: readonly string[]): string {
  if (more.length === 0) return '';
  return `; the same for ${more.length} more: ${more.slice(0, SHOWN).join(',')}${more.length > SHOWN ? ',…' : ''}`;
}
