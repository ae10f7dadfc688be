import type { Cluster, OsImage } from '../lib/cluster/cluster.ts';
import { formatNoderange } from '../lib/cluster/format-noderange.ts';
import { nodesOfImage } from '../lib/cluster/nodes-of-image.ts';
import type { Context } from '../lib/command.ts';
import { StateliteError } from '../lib/errors.ts';
import { ask, canAsk } from '../lib/system/ask.ts';
import { treeOf } from './genimage.ts';
import type { GenimageArguments } from './make-image.ts';
import type { ImagePlan } from './plan-image.ts';

/** The arguments with all that an image needs, and the image of the tables that they name or come to. */
export interface Complete {
  readonly args: GenimageArguments & { readonly os: string; readonly arch: string; readonly profile: string };
  readonly known: OsImage | undefined;
}

/**
 * What is missing from the arguments, from the image's rows, or asked for where somebody can answer; the architecture is this machine's.
 * Without any argument the first question is which image. Throws USAGE, or IMAGE_UNKNOWN for a name that is in no table.
 */
export async function complete(cluster: Cluster, args: GenimageArguments): Promise<Complete> {
  const mayAsk = canAsk() && !args.json;
  const name = args.image ?? (mayAsk && args.os === undefined && args.profile === undefined ? await chooseImage(cluster) : undefined);
  const known = name === undefined ? undefined : cluster.image(name);
  if (name !== undefined && known === undefined) {
    throw new StateliteError('IMAGE_UNKNOWN', `the image ${name} is not in the osimage table`, { hint: 'a new image: genimage -o <os> -a <arch> -p <profile> -m statelite' });
  }
  const arch = args.arch ?? (known === undefined || known.arch === '' ? ARCHITECTURES[process.arch] ?? process.arch : known.arch);
  const found = { os: args.os ?? known?.os ?? '', profile: args.profile ?? known?.profile ?? '' };
  const missing = (['os', 'profile'] as const).filter((one) => found[one] === '');
  const named = (): OsImage | undefined => known ?? cluster.image(`${found.os}-${arch}-${found.profile}`);
  if (missing.length === 0) return { args: { ...args, ...found, arch }, known: named() };
  if (!mayAsk) {
    throw new StateliteError('USAGE', `${missing.map((one) => `-${one.slice(0, 1)} ${one}`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`, { hint: 'genimage -o debian12 -p compute -m statelite' });
  }
  for (const one of missing) found[one] = await ask(QUESTIONS[one].text, QUESTIONS[one].otherwise);
  return { args: { ...args, ...found, arch, bootInterface: args.bootInterface ?? await ask('Interface the nodes boot from', named()?.linuximage['nodebootif'] ?? 'eth0') }, known: named() };
}

/** Where somebody can answer, asks before an image that is there is made anew; elsewhere tells which nodes run from it. Throws INTERRUPTED for a no. */
export async function agree({ system, notice }: Context, cluster: Cluster, plan: ImagePlan, { yes = false, json }: Pick<GenimageArguments, 'yes' | 'json'>): Promise<void> {
  if (plan.onlyInitrd || !system.files.exists(treeOf(plan))) return;
  const nodes = nodesOfImage(cluster, plan.name);
  const used = nodes.length === 0 ? '' : `${formatNoderange(nodes)} ${nodes.length === 1 ? 'is' : 'are'} set to ${plan.name}: ${nodes.length === 1 ? 'when it runs, it has' : 'those that run have'} the new one when ${nodes.length === 1 ? 'it boots' : 'they boot'} again`;
  if (used !== '') notice(`Notice: ${used}`);
  if (yes || json || !canAsk()) return;
  const answer = await ask(`${plan.name} is there; what was changed in its root tree by hand is not in a new one. Make it anew? y/n`, 'n');
  if (!/^y(?:es)?$/i.test(answer)) throw new StateliteError('INTERRUPTED', `${plan.name} stays as it is`, { hint: `genimage --yes ${plan.name} makes it anew without the question; --onlyinitrd only kernel and initrd` });
}

// --- internal ---

const QUESTIONS = { os: { text: 'Operating system', otherwise: 'debian12' }, profile: { text: 'Profile', otherwise: 'compute' } } as const;

/** Architectures as the tables name them, by Node's names. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64le' };

/** The image of the tables to make anew, undefined for a new one. */
async function chooseImage(cluster: Cluster): Promise<string | undefined> {
  const names = cluster.rows('osimage').map(({ imagename = '' }) => imagename).sort();
  if (names.length === 0) return undefined;
  const answer = await ask(`Regenerate an existing image? Its name (${names.join(', ')}), or n for a new one`, 'n');
  return /^no?$/i.test(answer) ? undefined : answer;
}
