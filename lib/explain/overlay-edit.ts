import { dirname, join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { done, type Context, type Result } from '../command.ts';
import { StateliteError } from '../errors.ts';
import { OVERLAY_NAME } from '../overlay/assigned.ts';
import { openRenderer } from '../overlay/renderer.ts';
import { INCLUDES, overlayRoots, readIncludes, templateOf } from '../overlay/scan.ts';
import { attemptEach } from '../refusals.ts';
import { openEditor } from '../system/editor.ts';
import { fileNamed, placesOf } from './liteoverlay.ts';

/**
 * liteoverlay edit: opens a file of an overlay, or one that templates include, in $EDITOR; a shipped one is copied to the site's overlay first, a new one is made, and both go again when
 * nothing was written. Throws USAGE for a name that leads elsewhere, and what is wrong with a template that was written: it is kept.
 */
export async function editOverlay({ system, notice }: Context, cluster: Cluster, overlay: string, written: string): Promise<Result> {
  const { files } = system;
  const name = written.replace(/^\/+/, '');
  if (!(OVERLAY_NAME.test(overlay) || overlay === INCLUDES) || name === '' || name.split('/').some((part) => part === '..' || part === '.')) {
    throw new StateliteError('USAGE', `${overlay} ${written} names no file of an overlay`, { hint: 'liteoverlay edit hosts etc/hosts.njk' });
  }
  const known = attemptEach([overlay], () => fileNamed(files, cluster, overlay, written)).done[0];
  const { now, own } = placesOf(cluster, known ?? { overlay, origin: 'site', written: name });
  refuseDetour(files, overlayRoots(cluster.site('installdir') ?? '/install').site, [overlay, ...name.split('/')]);
  const before = known === undefined ? '' : files.readText(now);
  const isNew = !files.exists(own);
  const made = isNew ? files.makeDirectories(dirname(own)) : undefined;
  if (isNew) files.writeAtomic(own, before, known?.entry.mode ?? (name.startsWith('statelite/init.d/') ? 0o755 : 0o644));
  try {
    await openEditor(system, own, ['EDITOR']);
  } finally {
    if (isNew && files.readText(own) === before) {
      files.removeFile(own);
      for (let at = dirname(own); made !== undefined && at.startsWith(made) && files.list(at).length === 0; at = dirname(at)) files.removeEmptyDirectory(at);
    }
  }
  if ((files.readTextIfThere(own) ?? before) === before) return done(`${own} is as it was.`);
  const file = fileNamed(files, cluster, overlay, name);
  notice(`${own} is written.`);
  if (file.isTemplate) openRenderer(readIncludes(files, cluster.site('installdir') ?? '/install')).inspect(templateOf(file));
  return done('Nodes get it at their next boot; liteoverlay diff <node> shows what changes, nodeset renews the copies beside the image.');
}

// --- internal ---

/** A symlink of an overlay is its content: an editor would follow it, out of the overlay. */
function refuseDetour(files: Context['system']['files'], root: string, names: readonly string[]): void {
  names.reduce((above, name, index) => {
    const at = join(above, name);
    const type = files.look(at)?.type;
    const isLast = index === names.length - 1;
    const wanted = isLast ? 'file' : 'directory';
    if (type === 'symlink') {
      throw new StateliteError('USAGE', `${at} is a symlink, which an editor would follow out of the overlay`, { hint: `ls -l ${at} shows where it leads; ln -sfn <target> ${at} changes that, rm ${at} makes room for a ${wanted}` });
    }
    if (type !== undefined && type !== wanted) throw new StateliteError('USAGE', `${at} is a ${type}, wanted a ${wanted}`, { hint: `liteoverlay list ${names[0] ?? ''} shows its files` });
    return at;
  }, root);
}
