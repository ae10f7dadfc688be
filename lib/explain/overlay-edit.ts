import { dirname } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { done, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { OVERLAY_NAME } from '../overlay/assigned.ts';
import { attemptEach } from '../refusals.ts';
import { fileNamed, placesOf } from './liteoverlay.ts';

/** liteoverlay edit: opens a file of an overlay in $EDITOR; a shipped one is copied to the site's overlay first, a new one is made. Throws USAGE for a name that leads elsewhere. */
export async function editOverlay({ system: { files, run, env } }: Pick<Context, 'system'>, cluster: Cluster, overlay: string, written: string): Promise<Result> {
  const name = written.replace(/^\/+/, '');
  if (!OVERLAY_NAME.test(overlay) || name === '' || name.split('/').some((part) => part === '..' || part === '.')) {
    throw new StateliteError('USAGE', `${overlay} ${written} names no file of an overlay`, { hint: 'liteoverlay edit hosts etc/hosts.njk' });
  }
  const known = attemptEach([overlay], () => fileNamed(files, cluster, overlay, written)).done[0];
  const { now, own } = placesOf(cluster, known ?? { overlay, origin: 'site', written: name });
  const before = known === undefined ? '' : files.readText(now);
  const isNew = !files.exists(own);
  if (isNew) {
    files.makeDirectories(dirname(own));
    files.writeAtomic(own, before, known?.entry.mode ?? (name.startsWith('statelite/init.d/') ? 0o755 : 0o644));
  }
  const [program = 'vi', ...words] = (env['EDITOR'] ?? '').trim() === '' ? ['vi'] : (env['EDITOR'] ?? '').trim().split(/\s+/);
  await run(program, [...words, own], { stdio: 'inherit' });
  if (files.readText(own) === before) {
    if (isNew) files.removeFile(own);
    return done(`${own} is as it was.`);
  }
  return done(`${own}: nodes get it at their next boot; liteoverlay diff <node> shows what changes, nodeset renews the copies beside the image.`);
}
