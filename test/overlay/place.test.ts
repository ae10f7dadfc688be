import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster } from '../../lib/cluster/create.ts';
import { StateliteError } from '../../lib/errors.ts';
import { createOverlays } from '../../lib/overlay/overlays.ts';
import { createFiles } from '../../lib/system/files.ts';
import { allowedOverlays, randomSite } from '../add-on/random-node.ts';
import { plant, type NodeTree } from '../helpers/node-tree.ts';
import { policyOf } from '../helpers/liting.ts';

/** The messages of what is refused when a node with these rows has one overlay. */
function refusals(image: NodeTree, rows: readonly string[], overlay: NodeTree): readonly string[] {
  const home = mkdtempSync(join(tmpdir(), 'statelite-place-'));
  try {
    plant(join(home, 'rootimg'), { 'srv/': '', ...image });
    plant(join(home, 'overlays/o'), overlay);
    const cluster = createCluster({
      site: [{ key: 'installdir', value: home }], nodelist: [{ node: 'n01' }], nodetype: [{ node: 'n01', provmethod: 'image' }],
      osimage: [{ imagename: 'image', provmethod: 'statelite' }], linuximage: [{ imagename: 'image', rootimgdir: home }], overlays: [{ node: 'n01', overlays: 'o' }],
    });
    createOverlays({ files: createFiles() }).effectsOf(cluster, 'n01', cluster.imageOf('n01'), { rows: policyOf(join(home, 'rootimg'), rows).rows, created: [] });
    return [];
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return [error.message];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test('a file of an overlay is refused exactly where no row can have it there, whatever image and rows are', () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(fc.property(randomSite, ({ image, wishes, rows, overlays }) => {
    for (const [written, entry] of overlays.flatMap((tree) => Object.entries(tree)).filter(([name]) => !name.endsWith('/')).slice(0, 4)) {
      const one = { [written]: typeof entry === 'string' ? entry : { ...entry, note: undefined } } as NodeTree;
      const isTaken = Object.keys(allowedOverlays(image, wishes, [one])[0] ?? {}).length > 0;
      seen[isTaken ? 'taken' : 'refused'] += 1;
      const found = refusals(image, rows, one);
      expect([written, isTaken, found]).toEqual([written, found.length === 0, found]);
    }
  }), { numRuns: 150 });
  expect([seen.taken > 20, seen.refused > 20]).toEqual([true, true]);
});
