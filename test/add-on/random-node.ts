import * as fc from 'fast-check';
import { nesting } from '../../lib/policy/nesting.ts';
import { ALL_OPTIONS, kindOf, writeOption, type LiteOption } from '../../lib/policy/option.ts';
import type { NodeCase } from '../helpers/node-root.ts';
import type { NodeTree, TreeEntry } from '../helpers/node-tree.ts';
import { sayingsOf, startLaying, type Said } from './overlay-model.ts';
import { ancestorsOf, isAtOrBelow, worldOf } from './world.ts';

// Each of a kind that a careless script would trip over.
const NAMES = ['etc', 'a', 'b c', '-n', "q'u\"o", '$HOME', '[x]*', 'ü', 'tail ', 'back\\slash', '.dot', 'tab\t', 'a,b:c', '#', '!'];

/** Any image, sources, overlays, rows and store that the tables, liteimg and nodeset would let through. Few names, so that trees and rows meet. */
export const randomNode: fc.Arbitrary<NodeCase> = names().chain((some) =>
  fc
    .record({
      site: site(some),
      sources: fc.uniqueArray(fc.record({ priority: fc.constantFrom('1', '2', '10'), tree: tree(some, 6) }), { selector: ({ priority }) => priority, maxLength: 3 }),
      store: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: tree(some, 4) }),
      disk: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: tree(some, 4) }),
      shell: fc.constantFrom('sh', 'bash'),
    })
    .map(({ site: { image, rows, wishes, overlays }, sources, store, disk, shell }) => ({
      image, rows, store, disk, shell, sources: Object.fromEntries(sources.map((one) => [one.priority, one.tree])),
      overlays: Object.fromEntries(allowedOverlays(image, wishes, overlays).map((one, index) => [`o${index}`, one])),
    })));

/** An image with rows that are allowed, and overlays that need not be. */
export const randomSite = names().chain(site);

/** What of overlays nodeset takes, as the README says: each file is covered by a row that can have it there, and can be reached in the image. */
export function allowedOverlays(image: NodeTree, rows: readonly Wish[], overlays: readonly NodeTree[]): readonly NodeTree[] {
  const world = worldOf(image);
  const laying = startLaying(world);
  const rowAt = (path: string): Wish | undefined => [...rows].sort((one, two) => two.path.length - one.path.length).find((row) => isAtOrBelow(path, `/${row.path}`));
  const isAllowed = (said: Said): boolean => {
    const path = laying.pathOf(said);
    const row = path === undefined ? undefined : rowAt(path);
    if (path === undefined || row === undefined) return false;
    const { action, thing: { type } } = said;
    const { mechanism, mode, storage } = row.option;
    const isRow = path === `/${row.path}`;
    const isDirectory = type === 'directory';
    const isNeeded = (isRow && row.slash) || rows.some((one) => one.path.startsWith(`${path.slice(1)}/`));
    if ((!row.slash && !isRow) || (row.slash && mode === 'ro') || (isRow && isDirectory && !row.slash) || (isNeeded && !isDirectory)) return false;
    if (type === 'symlink') return !isRow || (mechanism === 'link' && mode !== 'con');
    if (action === 'delete') return mode !== 'con' && (!isRow || (mechanism === 'link' && storage === 'tmpfs' && mode === 'rw'));
    if (action === 'append' && (laying.over.get(path)?.type ?? 'file') !== 'file') return false;
    if (action === 'append' && world.get(path)?.type === 'directory' && ![...laying.gone].some((one) => isAtOrBelow(path, one))) return false;
    return action !== 'absent' || mode !== 'con';
  };
  return overlays.map((tree) => {
    const kept: [string, TreeEntry][] = [];
    const all = Object.entries(tree).flatMap(([written, entry]) => sayingsOf({ [written]: entry }).slice(-1).map((said) => ({ written, entry, said })));
    for (const { written, entry, said } of all.sort((one, two) => (one.said.path === two.said.path ? (one.said.action === 'append' ? 1 : -1) : one.said.path < two.said.path ? -1 : 1))) {
      if (!isAllowed(said)) continue;
      const way = ancestorsOf(`/${written}`);
      for (const above of way) {
        const container: Said = { action: 'put', path: above, thing: { type: 'directory', text: '', attributes: '755 0:0' } };
        if (laying.pathOf(container) !== undefined && rowAt(laying.pathOf(container) ?? '') !== undefined && !kept.some(([one]) => one.startsWith(`${above.slice(1)}/`))) laying.lay(container);
      }
      laying.lay(said);
      kept.push([written, entry]);
    }
    return Object.fromEntries(kept);
  });
}

// --- internal ---

function names(): fc.Arbitrary<readonly string[]> {
  return fc.shuffledSubarray(NAMES, { minLength: 3, maxLength: 4 });
}

interface Site {
  readonly image: NodeTree;
  readonly wishes: readonly Wish[];
  /** The wishes as litefile rows. */
  readonly rows: readonly string[];
  readonly overlays: readonly NodeTree[];
}

function site(some: readonly string[]): fc.Arbitrary<Site> {
  return fc
    .record({
      image: fc.oneof({ weight: 2, arbitrary: tree(some, 8) }, { weight: 1, arbitrary: tree(some, 8, [...some.map((name) => `-> ${name}`), ...some.map((name) => `-> /srv/${name}`)]) }),
      overlays: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: fc.array(overlay(some), { minLength: 2, maxLength: 5 }) }),
      top: fc.option(fc.record({ path: fc.constant('srv'), slash: fc.constant(true), option: fc.constantFrom(...ALL_OPTIONS) }), { freq: 1 }),
      wishes: fc.array(fc.record({ path: paths(some), slash: fc.boolean(), option: fc.constantFrom(...ALL_OPTIONS) }), { minLength: 1, maxLength: 9 }),
    })
    .map(({ image, overlays, top, wishes }) => {
      const chosen = allowedRows(image, top === null ? wishes : [top, ...wishes]);
      return { image, overlays, wishes: chosen, rows: chosen.map(writeWish) };
    });
}

/** A litefile row that somebody may want. */
export interface Wish {
  readonly path: string;
  readonly slash: boolean;
  readonly option: LiteOption;
}

const paths = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((parts) => ['srv', ...parts].join('/'));

function tree(names: readonly string[], size: number, links: readonly string[] = ['-> /nowhere/absolute', '-> nowhere']): fc.Arbitrary<NodeTree> {
  const owner = fc.constantFrom(0, 7);
  const entry: fc.Arbitrary<{ readonly directory: boolean; readonly entry: TreeEntry }> = fc.oneof(
    fc.record({
      directory: fc.constant(false),
      entry: fc.record({
        content: fc.constantFrom('', 'one\n', 'two', 'three\nlines\n'), mode: fc.constantFrom(0o644, 0o600, 0o4755), uid: owner, gid: owner,
        mtime: fc.constantFrom(undefined, undefined, 86_400), note: fc.constantFrom(...new Array<undefined>(20).fill(undefined), 'kept'),
      }).map(({ mtime, note, ...rest }) => ({ ...rest, ...(mtime === undefined ? {} : { mtime }), ...(note === undefined ? {} : { note }) })),
    }),
    fc.record({ directory: fc.constant(true), entry: fc.record({ mode: fc.constantFrom(0o755, 0o700, 0o1777), uid: owner, gid: owner }) }),
    fc.record({ directory: fc.constant(false), entry: fc.constantFrom(...links) }),
  );
  return fc.array(fc.tuple(paths(names), entry), { maxLength: size }).map((pairs) => {
    const found = new Map<string, TreeEntry>();
    for (const [path, one] of pairs) {
      const taken = [...found.keys()].map((name) => name.replace(/\/$/, ''));
      const files = [...found.keys()].filter((name) => !name.endsWith('/'));
      const isTaken = taken.includes(path) || files.some((name) => path.startsWith(`${name}/`)) || (!one.directory && taken.some((name) => name.startsWith(`${path}/`)));
      if (!isTaken) found.set(one.directory ? `${path}/` : path, one.entry);
    }
    return Object.fromEntries([...found].sort(([one], [two]) => (one < two ? -1 : 1)));
  });
}

function allowedRows(image: NodeTree, wishes: readonly Wish[]): Wish[] {
  const world = worldOf(image);
  const chosen = new Map<string, Wish>();
  for (const wish of [...wishes].sort((one, two) => (one.path < two.path ? -1 : 1))) {
    const path = `/${wish.path}`;
    const above = [...chosen.keys()].filter((one) => path.startsWith(`${one}/`)).sort((one, two) => two.length - one.length)[0];
    const onTheWay = path.split('/').slice(2).map((_, index) => path.split('/').slice(0, index + 2).join('/'));
    const here = world.get(path)?.type;
    const parent = above === undefined ? undefined : chosen.get(above);
    if (chosen.has(path) || here === 'symlink' || onTheWay.some((one) => (world.get(one)?.type ?? 'directory') !== 'directory')) continue;
    if (parent !== undefined && (!parent.slash || !nesting(parent.option, wish.option).allowed)) continue;
    const slash = here === undefined ? wish.slash : here === 'directory';
    if (slash ? kindOf(wish.option) === 'con' : wish.option.mechanism === 'overlay') continue;
    chosen.set(path, { ...wish, slash });
  }
  return [...chosen.values()];
}

const writeWish = ({ path, slash, option }: Wish): string => `/${path}${slash ? '/' : ''} ${writeOption(option)}`;

/** A tree whose names say what is done with files: what is put may have something added to it in the same overlay. */
function overlay(names: readonly string[]): fc.Arbitrary<NodeTree> {
  const ending = fc.constantFrom('', '', '.njk', '.append', '.append', '.append.njk', '.absent', '.absent', '.absent.njk', '.delete', '.delete', '.delete', '.delete');
  return fc.tuple(tree(names, 6), fc.array(ending, { minLength: 6, maxLength: 6 }), fc.boolean()).map(([found, endings, isAdded]) => {
    const named = Object.entries(found).flatMap(([path, entry], index): [string, TreeEntry][] => {
      const end = endings[index] ?? '';
      if (path.endsWith('/') || typeof entry === 'string') return [[path, entry]];
      const filled = end.endsWith('.njk') ? { ...entry, content: `${entry.content ?? ''}{{ node.name }}\n` } : entry;
      return [[`${path}${end}`, filled], ...isAdded && ['', '.njk', '.absent'].includes(end) ? [[`${path}.append`, { content: 'more\n' }] as [string, TreeEntry]] : []];
    });
    return Object.fromEntries(named.filter(([path]) => !path.includes('\t')));
  });
}
