import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { toJson, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { kindOf } from '../overlay/part.ts';
import { readTar } from '../overlay/tar.ts';
import { splitOwn } from '../plan/own-files.ts';
import { createPlanReader } from '../plan/parse.ts';
import type { System } from '../system/system.ts';
import { composed } from './liteoverlay.ts';

/**
 * liteoverlay diff: what the overlays of a node put, append and keep for want of another, against those of the last nodeset, or against another
 * node's. Exit 1 when something differs. Files that not everybody may read are compared between nodes only: nodeset leaves none of them.
 */
export async function overlayDiff(system: Pick<System, 'files' | 'run' | 'env'>, cluster: Cluster, node: string, other: string | undefined, json: boolean): Promise<Result> {
  const { files, run } = system;
  const before = other === undefined ? left(files, cluster, node) : contents(system, cluster, other, true);
  const after = contents(system, cluster, node, other !== undefined);
  const changed = [...new Set([...before.keys(), ...after.keys()])].sort().filter((name) => before.get(name) !== after.get(name));
  const facts = changed.map((name) => ({ file: name, change: before.has(name) ? after.has(name) ? 'changed' : 'gone' : 'new' }));
  const exitCode = changed.length === 0 ? 0 : 1;
  if (json) return { exitCode, output: toJson(facts) };
  if (changed.length === 0) return { exitCode, output: `No difference: ${after.size} files of overlays.` };
  const directory = files.makeTemporaryDirectory('/tmp/liteoverlay-');
  try {
    const texts: string[] = [];
    for (const { file, change } of facts) {
      const [old, now] = [join(directory, 'before'), join(directory, 'after')];
      files.writeAtomic(old, before.get(file) ?? '', 0o600);
      files.writeAtomic(now, after.get(file) ?? '', 0o600);
      const { stdout } = await run('diff', ['-u', '--label', `${file} (${other ?? 'last nodeset'})`, '--label', `${file} (${node})`, old, now], { allow: [1] });
      texts.push(`${change} ${file}`, ...stdout === '' ? [] : [stdout]);
    }
    return { exitCode, output: texts.join('\n') };
  } finally {
    files.removeTree(directory);
  }
}

// --- internal ---

type Contents = ReadonlyMap<string, string>;

/** `put /etc/hosts` to its text; symlinks by `-> target`. */
function contents(system: Pick<System, 'files' | 'env'>, cluster: Cluster, node: string, withPrivate: boolean): Contents {
  const effects = composed(system, cluster, node);
  return new Map(effects.filter((one) => withPrivate || kindOf(one) !== 'private').filter(({ entry }) => entry.type !== 'directory').flatMap(({ how, path, entry }) => {
    const place = PLACES[how];
    return place === undefined ? [] : [[`${place} ${path}`, entry.target === undefined ? entry.content.toString('utf8') : `-> ${entry.target}`] as const];
  }));
}

const PLACES: Readonly<Partial<Record<string, string>>> = { put: 'put', append: 'append', join: 'append', absent: 'absent' };

/** What nodeset left beside the image: the archive that several nodes have, and the node's own files with its plan. */
function left(files: System['files'], cluster: Cluster, node: string): Contents {
  const { directory } = cluster.imageOf(node);
  const path = join(directory, 'plans', node);
  const text = files.readTextIfThere(path);
  if (text === undefined) throw new StateliteError('OVERLAY_INVALID', `nodeset has left no plan of ${node} beside its image`, { hint: `nodeset ${node} osimage=${cluster.imageOf(node).name}, or liteoverlay diff ${node} <other node>` });
  const { own } = splitOwn(text);
  const shared = (createPlanReader()(text, path).overlays ?? []).filter(({ kind }) => kind === 'shared').map(({ hash }) => files.readBytes(join(directory, 'overlays', hash)));
  return new Map([...shared, ...own === undefined ? [] : [own(path)]].flatMap(readTar).flatMap(({ name, type, content, target }) => {
    const [, tree = '', inside = ''] = /^mnt\/(overlay|append|absent)(\/.*)$/.exec(name) ?? [];
    return tree === '' || (type !== 'file' && type !== 'symlink') ? [] : [[`${tree === 'overlay' ? 'put' : tree} ${inside}`, target === undefined ? content.toString('utf8') : `-> ${target}`] as const];
  }));
}
