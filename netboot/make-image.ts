import { join } from 'node:path';
import { loadCluster } from '../lib/cluster/load.ts';
import { done, toJson, type Context, type Result } from '../lib/command.ts';
import { withDatabase } from '../lib/db/open.ts';
import { StateliteError } from '../lib/errors.ts';
import { runSteps } from '../lib/progress.ts';
import { ensureAuthority } from '../lib/service/certificates.ts';
import { imageSteps, planImage, type ImagePlan } from './genimage.ts';

export interface GenimageArguments {
  readonly image?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly profile?: string | undefined;
  readonly bootInterface?: string | undefined;
  readonly drivers?: string | undefined;
  readonly kernelVersion?: string | undefined;
  readonly onlyInitrd: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** genimage: checks, builds under the image's lock, writes the image's rows, says what to do next. */
export function makeImage(args: GenimageArguments, context: Context): Promise<Result> {
  const { system } = context;
  return withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const known = args.image === undefined ? undefined : cluster.image(args.image);
    if (args.image !== undefined && known === undefined) {
      throw new StateliteError('IMAGE_UNKNOWN', `the image ${args.image} is not in the osimage table`, { hint: 'a new image: genimage -o <os> -a <arch> -p <profile> -m statelite' });
    }
    const asked = { os: args.os ?? known?.os, arch: args.arch ?? known?.arch, profile: args.profile ?? known?.profile };
    const missing = Object.entries(asked).filter(([, value]) => (value ?? '') === '').map(([name]) => `-${name.slice(0, 1)} ${name}`);
    if (missing.length > 0) throw new StateliteError('USAGE', `${missing.join(', ')} is missing`, { hint: 'genimage -o debian12 -a x86_64 -p compute -m statelite' });
    const drivers = args.drivers ?? known?.linuximage['netdrivers'] ?? '';
    const plan = planImage(system, cluster, {
      os: asked.os ?? '', arch: asked.arch ?? '', profile: asked.profile ?? '', onlyInitrd: args.onlyInitrd,
      drivers: drivers.split(/[,\s]+/).filter((driver) => driver !== ''),
    });
    if (args.dryRun) return done(args.json ? toJson(describe(plan)) : Object.entries(describe(plan)).map(([key, value]) => `${key}: ${value}`).join('\n'));
    if (system.uid !== 0) throw new StateliteError('NOT_ROOT', 'genimage installs packages and makes device nodes, which needs root', { hint: 'run it with sudo' });
    for (const program of plan.family.programs) await system.run('which', [program]).catch((cause: unknown) => {
      throw new StateliteError('TOOL_MISSING', `genimage needs ${program} for ${plan.os}, and it is not installed`, { hint: `apt-get install ${program}`, cause });
    });
    await database.lock(`image:${plan.name}`, async () => {
      const authority = await ensureAuthority(system);
      await runSteps(imageSteps(system, cluster, plan, authority.certificate), context).catch((cause: unknown) => {
        const text = cause instanceof Error ? cause.message : String(cause);
        throw new StateliteError('COMMAND_FAILED', `genimage ${plan.name} failed, the image in place was not touched: ${text}`, { hint: `the full log is ${join(plan.directory, 'genimage.log')}`, cause });
      });
      await database.write(async (writer) => {
        await writer.upsert('osimage', {
          imagename: plan.name, profile: plan.profile, imagetype: 'linux', provmethod: 'statelite', rootfstype: 'nfs', osname: 'Linux', osvers: plan.os, osarch: plan.arch,
        });
        await writer.upsert('linuximage', {
          imagename: plan.name, pkglist: plan.packageList, rootimgdir: plan.directory, netdrivers: plan.drivers.join(','),
          ...(args.bootInterface === undefined ? {} : { nodebootif: args.bootInterface }),
        });
      });
    }, (holder) => context.notice(`waiting: ${holder} works on ${plan.name}`));
    const facts = { ...describe(plan), kernelBytes: size('kernel'), initrdBytes: size('initrd-statelite.gz') };
    return done(args.json ? toJson(facts) : `${plan.name}: made in ${plan.directory}\nNext: liteimg ${plan.name}`);

    function size(name: string): number {
      return system.files.look(join(plan.directory, name))?.size ?? 0;
    }
  });
}

// --- internal ---

const describe = (plan: ImagePlan) => ({
  image: plan.name, directory: plan.directory, packageList: plan.packageList, packages: plan.packages.join(','), drivers: plan.drivers.join(','),
});
