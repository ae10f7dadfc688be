import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { toJson, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { createOverlays } from '../overlay/overlays.ts';
import { readTar, type TarEntry } from '../overlay/tar.ts';
import { splitOwn } from '../plan/own-files.ts';
import { createPlanReader } from '../plan/parse.ts';
import type { System } from '../system/system.ts';
import { imageNow } from './image-now.ts';
import { refuseGroup } from './liteoverlay.ts';
import { bytesShown } from './overlay-text.ts';

/**
 * liteoverlay diff: what the overlays of a node do, file by file with owner, mode and attributes, against those of the last nodeset, or against another
 * node's. Exit 1 when something differs. Files that not everybody may read are compared between nodes only: nodeset leaves none of them.
 */
export async function overlayDiff(system: Pick<System, 'files' | 'run' | 'env'>, cluster: Cluster, node: string, other: string | undefined, json: boolean): Promise<Result> {
  const { files, run } = system;
  for (const one of other === undefined ? [node] : [node, other]) refuseGroup(cluster, one);
  const before = contentsOf(other === undefined ? left(files, cluster, node) : now(system, cluster, other, true));
  const after = contentsOf(now(system, cluster, node, other !== undefined));
  const differences = compare(before, after);
  const exitCode = differences.length === 0 ? 0 : 1;
  if (json) return { exitCode, output: toJson(differences.map(({ file, change, facts }) => ({ file, change, facts }))) };
  if (exitCode === 0) return { exitCode, output: `No difference: ${[...after.values()].filter(({ type }) => type !== 'directory').length} files of overlays.` };
  const directory = files.makeTemporaryDirectory('/tmp/liteoverlay-');
  try {
    const texts: string[] = [];
    for (const { file, change, facts = [] } of differences) {
      const [was, is] = [join(directory, 'before'), join(directory, 'after')];
      files.writeAtomic(was, bytesShown(before.get(file)), 0o600);
      files.writeAtomic(is, bytesShown(after.get(file)), 0o600);
      const { stdout } = await run('diff', ['-u', '--label', `${file} (${other ?? 'last nodeset'})`, '--label', `${file} (${node})`, was, is], { allow: [1] });
      texts.push(`${change} ${file}`, ...facts.filter(({ fact }) => fact !== 'content').map(({ fact, old, new: value }) => `    ${fact} ${old} -> ${value}`), ...stdout === '' ? [] : [stdout]);
    }
    return { exitCode, output: texts.join('\n') };
  } finally {
    files.removeTree(directory);
  }
}

// --- internal ---

/** `put /etc/hosts`, `append …`, `absent …`, `delete …` to what is done there. */
type Contents = ReadonlyMap<string, TarEntry>;

interface DifferentFact {
  readonly fact: typeof FACTS[number];
  readonly old: string;
  readonly new: string;
}

interface Difference {
  readonly file: string;
  readonly change: 'new' | 'gone' | 'changed';
  /** Of what is there in both. */
  readonly facts?: readonly DifferentFact[];
}

/** What differs, sorted; a directory that is new or gone is told only where nothing below it differs. */
function compare(before: Contents, after: Contents): readonly Difference[] {
  const all = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((file): readonly Difference[] => {
    const [old, value] = [before.get(file), after.get(file)];
    if (old === undefined || value === undefined) return [{ file, change: old === undefined ? 'new' : 'gone' }];
    const facts = factsThatDiffer(old, value);
    return facts.length === 0 ? [] : [{ file, change: 'changed', facts }];
  });
  return all.filter((one) => one.change === 'changed' || !all.some(({ file }) => file.startsWith(`${one.file}/`)));
}

/** The archives of a node as they are now. */
function now({ files, env }: Pick<System, 'files' | 'env'>, cluster: Cluster, node: string, withPrivate: boolean): readonly Buffer[] {
  const overlays = createOverlays({ files, env });
  const image = cluster.imageOf(node);
  const past = imageNow(files, cluster, image);
  return overlays.partsOf(cluster, node, image, past).filter(({ kind }) => withPrivate || kind !== 'private').flatMap((part) => {
    const content = overlays.content(cluster, node, image, past, part);
    if (content === undefined) throw new StateliteError('OVERLAY_INVALID', `the overlays of ${node} change while they are read`, { hint: 'try again' });
    return part.kind === 'own' ? splitOwn(content.toString('utf8')).own?.(`the overlays of ${node}`) ?? [] : [content];
  });
}

/** The archives that nodeset left beside the image: the one that several nodes have, and the node's own files with its plan. */
function left(files: System['files'], cluster: Cluster, node: string): readonly Buffer[] {
  const { directory } = cluster.imageOf(node);
  const path = join(directory, 'plans', node);
  const text = files.readTextIfThere(path);
  if (text === undefined) throw new StateliteError('OVERLAY_INVALID', `nodeset has left no plan of ${node} beside its image`, { hint: `nodeset ${node} osimage=${cluster.imageOf(node).name}, or liteoverlay diff ${node} <other node>` });
  const { own } = splitOwn(text);
  const shared = (createPlanReader()(text, path).overlays ?? []).filter(({ kind }) => kind === 'shared').map(({ hash }) => files.readBytes(join(directory, 'overlays', hash)));
  return [...shared, ...own === undefined ? [] : [own(path)]];
}

function contentsOf(archives: readonly Buffer[]): Contents {
  const contents = new Map<string, TarEntry>();
  for (const entry of archives.flatMap(readTar)) {
    const [, tree = '', path] = /^mnt\/(overlay|append|absent)(\/.+)$/.exec(entry.name) ?? [];
    if (path !== undefined) contents.set(`${entry.type === 'whiteout' ? 'delete' : tree === 'overlay' ? 'put' : tree} ${path}`, entry);
    if (entry.name.startsWith('lists/delete.')) for (const line of entry.content.toString('utf8').trimEnd().split('\n')) contents.set(`delete ${line.replace(/\/$/, '')}`, { ...entry, type: 'whiteout', content: Buffer.alloc(0) });
  }
  return contents;
}

/** The time of a file is told when nothing else differs: each edit changes it. That of a directory never is: each file added below changes it. */
function factsThatDiffer(old: TarEntry, value: TarEntry): readonly DifferentFact[] {
  const [was, is] = [factsOf(old), factsOf(value)];
  const differ = FACTS.filter((fact) => was[fact] !== is[fact]).map((fact) => ({ fact, old: was[fact], new: is[fact] }));
  return differ.length > 1 || value.type === 'directory' ? differ.filter(({ fact }) => fact !== 'time') : differ;
}

const FACTS = ['type', 'content', 'mode', 'owner', 'attributes', 'time'] as const;

const factsOf = (entry: TarEntry): Readonly<Record<typeof FACTS[number], string>> => ({
  type: entry.type, content: createHash('sha256').update(bytesShown(entry)).digest('hex'), mode: entry.mode.toString(8), owner: `${entry.uid}:${entry.gid}`,
  attributes: Object.entries(entry.xattrs ?? {}).map(([name, text]) => `${name}=0x${text.toString('hex')}`).sort().join(' ') || 'none', time: new Date(entry.mtime * 1000).toISOString(),
});
