import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mergeOverlays, type MadeFile } from '../../lib/overlay/merge.ts';
import type { OverlayFile } from '../../lib/overlay/scan.ts';

type Said = Pick<MadeFile, 'path' | 'action'> & { readonly type: 'file' | 'directory' | 'symlink'; readonly text: string };
const said = (path: string, action: Said['action'] = 'put', text = '', type: Said['type'] = 'file'): Said => ({ path, action, text, type });
const file = ({ path, action, type, text }: Said): MadeFile => {
  const by: OverlayFile = {
    overlay: 'o', origin: 'site', written: path, path, action, isTemplate: false,
    entry: { name: path, type, mode: 0o644, uid: 0, gid: 0, mtime: 0, content: Buffer.from(text), ...(type === 'symlink' ? { target: text } : {}) },
  };
  return { ...by, isOwn: false, by };
};
const merged = (...all: readonly Said[]): readonly string[] => mergeOverlays(all.map(file)).map(({ path, action, entry }) => `${action} ${path} ${entry.content.toString()}`.trim());

/** One path of a tree: a file with what was appended to it; `isSoft` is one that was wanted only where there was none. */
type There = { readonly type: 'directory' } | { readonly type: 'symlink'; readonly text: string } | { readonly type: 'file'; readonly text?: string; readonly tail: string; readonly isSoft: boolean };

/** Does to a tree what files of overlays say, one after the other. */
function carryOut(tree: ReadonlyMap<string, There>, all: readonly Said[]): ReadonlyMap<string, There> {
  const world = new Map(tree);
  for (const { path, action, type, text } of all) {
    const here = world.get(path);
    const removeBelow = (): void => { for (const one of [...world.keys()]) if (one.startsWith(`${path}/`)) world.delete(one); };
    if (action === 'delete') {
      removeBelow();
      world.delete(path);
      continue;
    }
    if (action === 'absent' && here !== undefined && !(here.type === 'file' && (here.isSoft || here.text === undefined))) continue;
    path.split('/').slice(1, -1).forEach((_, index, names) => {
      const above = `/${names.slice(0, index + 1).join('/')}`;
      if (world.get(above)?.type !== 'directory') world.set(above, { type: 'directory' });
    });
    const kept = here?.type === 'file' ? here : undefined;
    if (action === 'append') {
      if (here === undefined || kept !== undefined) world.set(path, { type: 'file', tail: `${kept?.tail ?? ''}${text}`, isSoft: kept?.isSoft ?? false, ...(kept?.text === undefined ? {} : { text: kept.text }) });
      continue;
    }
    if (type === 'directory') {
      if (here?.type !== 'directory') world.set(path, { type });
      continue;
    }
    removeBelow();
    world.set(path, type === 'symlink' ? { type, text } : { type: 'file', text, tail: action === 'absent' ? kept?.tail ?? '' : '', isSoft: action === 'absent' });
  }
  return world;
}

const seen = (tree: ReadonlyMap<string, There>): Readonly<Record<string, string>> =>
  Object.fromEntries([...tree].map(([path, one]): [string, string] => [path, one.type === 'directory' ? '/' : one.type === 'symlink' ? `-> ${one.text}` : `${one.text ?? ''}${one.tail}`]).sort());

describe('overlays laid over each other', () => {
  const path = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
  const anything = fc.oneof(
    fc.record({ path, action: fc.constantFrom('put' as const, 'append' as const, 'absent' as const, 'delete' as const), type: fc.constant('file' as const), text: fc.constantFrom('1', '2', '3') }),
    fc.record({ path, action: fc.constant('put' as const), type: fc.constantFrom('directory' as const, 'symlink' as const), text: fc.constantFrom('x', 'y') }),
  );

  test('come to the same as carrying out one after the other, whatever the image has', () => {
    fc.assert(fc.property(fc.array(anything, { maxLength: 4 }), fc.array(anything, { maxLength: 10 }), (image, wanted) => {
      // As in an overlay, a file comes after its directories.
      const all = wanted.flatMap((one) => [...one.path.split('/').slice(1, -1).map((_, index, names) => said(`/${names.slice(0, index + 1).join('/')}`, 'put', '', 'directory')), one]);
      const base = carryOut(new Map(), image.filter(({ action }) => action === 'put'));
      const effects = mergeOverlays(all.map(file)).map((one): Said => ({ path: one.path, action: one.action, type: one.entry.type as Said['type'], text: one.entry.target ?? one.entry.content.toString() }));
      expect(seen(carryOut(base, effects))).toEqual(seen(carryOut(base, all)));
    }), { numRuns: 5000 });
  });

  test('say at most one of put and absent for a path, and all in the order of paths', () => {
    fc.assert(fc.property(fc.array(anything, { maxLength: 10 }), (all) => {
      const effects = mergeOverlays(all.map(file));
      const givers = effects.filter(({ action }) => action === 'put' || action === 'absent').map((one) => one.path);
      expect(new Set(givers).size).toBe(givers.length);
      expect(effects.map((one) => one.path)).toEqual(effects.map((one) => one.path).sort());
    }));
  });

  test('what is wanted only where there is none gives way to an earlier overlay, and to a later one that wants the same', () => {
    expect(merged(said('/f', 'put', 'put'), said('/f', 'absent', 'only'))).toEqual(['put /f put']);
    expect(merged(said('/f', 'absent', 'one'), said('/f', 'absent', 'two'))).toEqual(['absent /f two']);
    expect(merged(said('/f', 'append', 'tail'), said('/f', 'absent', 'only'))).toEqual(['absent /f only', 'append /f tail']);
    expect(merged(said('/f', 'delete'), said('/f', 'absent', 'only'))).toEqual(['put /f only']);
  });

  test('a deleted directory has nothing of the image in it when a later overlay puts something there', () => {
    const mine = [said('/d', 'delete'), said('/d', 'put', '', 'directory'), said('/d/mine', 'put', 'm')];
    expect(merged(...mine)).toEqual(['delete /d', 'put /d', 'put /d/mine m']);
    expect(merged(...mine, said('/d/other', 'append', 'o'))).toEqual(['delete /d', 'put /d', 'put /d/mine m', 'put /d/other o']);
    expect(merged(...mine, said('/d', 'put', 'file'))).toEqual(['put /d file']);
  });
});
