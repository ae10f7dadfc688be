import * as fc from 'fast-check';
import { nesting } from '../../lib/policy/nesting.ts';
import { ALL_OPTIONS, kindOf, writeOption, type LiteOption } from '../../lib/policy/option.ts';
import type { NodeCase } from '../helpers/node-root.ts';
import type { NodeTree, TreeEntry } from '../helpers/node-tree.ts';
import { worldOf } from './model.ts';

// Each of a kind that a careless script would trip over.
const NAMES = ['etc', 'a', 'b c', '-n', "q'u\"o", '$HOME', '[x]*', 'ü', 'tail ', 'back\\slash', '.dot', 'tab\t', 'a,b:c', '#', '!'];

/** Any image, sources, rows and store that the tables and liteimg would let through. Few names, so that trees and rows meet. */
export const randomNode: fc.Arbitrary<NodeCase> = fc.shuffledSubarray(NAMES, { minLength: 3, maxLength: 4 }).chain((names) =>
  fc
    .record({
      image: tree(names, 8),
      sources: fc.uniqueArray(fc.record({ priority: fc.constantFrom('1', '2', '10'), tree: tree(names, 6) }), { selector: ({ priority }) => priority, maxLength: 3 }),
      store: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: tree(names, 4) }),
      disk: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: tree(names, 4) }),
      shell: fc.constantFrom('sh', 'bash'),
      wishes: fc.array(fc.record({ path: paths(names), slash: fc.boolean(), option: fc.constantFrom(...ALL_OPTIONS) }), { minLength: 1, maxLength: 9 }),
    })
    .map(({ image, sources, store, disk, shell, wishes }) => ({
      image, store, disk, shell, sources: Object.fromEntries(sources.map((one) => [one.priority, one.tree])), rows: allowedRows(image, wishes),
    })));

// --- internal ---

interface Wish {
  readonly path: string;
  readonly slash: boolean;
  readonly option: LiteOption;
}

const paths = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((parts) => ['srv', ...parts].join('/'));

function tree(names: readonly string[], size: number): fc.Arbitrary<NodeTree> {
  const owner = fc.constantFrom(0, 7);
  const entry: fc.Arbitrary<{ readonly directory: boolean; readonly entry: TreeEntry }> = fc.oneof(
    fc.record({ directory: fc.constant(false), entry: fc.record({ content: fc.constantFrom('', 'one\n', 'two', 'three\nlines\n'), mode: fc.constantFrom(0o644, 0o600, 0o4755), uid: owner, gid: owner }) }),
    fc.record({ directory: fc.constant(true), entry: fc.record({ mode: fc.constantFrom(0o755, 0o700, 0o1777), uid: owner, gid: owner }) }),
    fc.record({ directory: fc.constant(false), entry: fc.constantFrom('-> /nowhere/absolute', '-> nowhere') }),
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

function allowedRows(image: NodeTree, wishes: readonly Wish[]): string[] {
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
  return [...chosen].map(([path, { slash, option }]) => `${path}${slash ? '/' : ''} ${writeOption(option)}`);
}
