import fc from 'fast-check';

/** A random image: names to content as in TreeSpec, made in order; a name that cannot be made is passed over. */
export interface RandomImage {
  readonly entries: readonly (readonly [path: string, content: string])[];
  readonly tables: readonly (readonly string[])[];
}

/** Names that random images, their symlinks and rows are made of. */
export const NAMES: readonly string[] = ['a', 'b', 'c', 'd d', '$x', '[', '..x', '-n', 'é', 'run', 'etc'];

const name = fc.constantFrom(...NAMES);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const option = fc.constantFrom('', '', 'tmpfs', 'persistent', 'link,ro', 'con', 'bind', 'bind,ro', 'overlay', 'localdisk', 'link,persistent');
const target = (outside: string): fc.Arbitrary<string> => fc.oneof(
  path, path.map((text) => `/${text}`), path.map((text) => `../../${text}`), path.map((text) => `../../../../../../../../../..${outside}/${text}`),
  fc.constantFrom(outside, `${outside}/secret`, `${outside}/directory`, '..', '.', '/', '/.default', '../.statelite/tmpfs/a', '/.statelite', '/run', '/proc/self'),
);
const content = (outside: string): fc.Arbitrary<string> => fc.oneof({ weight: 3, arbitrary: fc.string({ maxLength: 6, unit: 'grapheme-ascii' }).map((text) => `=${text}`) }, { weight: 3, arbitrary: target(outside).map((text) => `-> ${text}`) }, { weight: 2, arbitrary: fc.constant('/') });
const rowPath = fc.oneof({ weight: 8, arbitrary: path.map((text) => `/${text}`) }, { weight: 1, arbitrary: fc.constantFrom('/a/../b', '//a//b', '/./a', '/a/b ', '/.default/a', '/', 'a', '/..', '/a/..') });
const row = fc.tuple(rowPath, fc.boolean(), option).map(([text, isDirectory, words]) => `${text}${isDirectory && !text.endsWith('/') ? '/' : ''} ${words}`);

/** Random images full of symlinks of every kind, with three random tables; `outside` is a directory of the host that symlinks name. */
export const randomImages = (outside: string): fc.Arbitrary<RandomImage> => fc.record({
  entries: fc.array(fc.tuple(path, content(outside)), { maxLength: 14 }),
  tables: fc.array(fc.array(row, { minLength: 1, maxLength: 7 }), { minLength: 3, maxLength: 3 }),
});
