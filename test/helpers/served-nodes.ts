import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputJsonSync } from 'fs-extra/esm';
import { withDatabase } from '../../lib/db/open.ts';
import { MANIFEST } from '../../lib/image/manifest.ts';
import type { Home } from './database.ts';

/** Tables and an image without rows, for statelited to serve to nodes n01 … at these addresses. */
export async function putServedNodes(home: Home, nodes: Readonly<Record<string, string>>): Promise<void> {
  outputJsonSync(join(home.path, 'img/rootimg', MANIFEST), { version: 1, image: 'img', rows: [], created: [] });
  await withDatabase(home.system, (database) => database.write(async (writer) => {
    for (const [node, ip] of Object.entries(nodes)) {
      await writer.upsert('nodelist', { node, groups: 'compute' });
      await writer.upsert('hosts', { node, ip });
    }
    await writer.upsert('nodetype', { node: 'compute', provmethod: 'img' });
    await writer.upsert('osimage', { imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' });
    await writer.upsert('linuximage', { imagename: 'img', rootimgdir: join(home.path, 'img') });
    await writer.upsert('site', { key: 'master', value: '127.0.0.77' });
  }));
}

/** Asks again until the answer is as wanted; gives up by the test's own time-out. */
export async function until<T>(question: () => Promise<T> | T, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await question();
    if (wanted(answer)) return answer;
    await sleep(50);
  }
}
