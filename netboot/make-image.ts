import { join } from 'node:path';
import type { OsImage } from '../lib/cluster/cluster.ts';
import { loadCluster } from '../lib/cluster/load.ts';
import { done, toJson, type Context, type Result } from '../lib/command.ts';
import { withDatabase } from '../lib/db/open.ts';
import { StateliteError } from '../lib/errors.ts';
import { removeImageTree } from '../lib/image/remove-tree.ts';
import { interruptible } from '../lib/system/interrupt.ts';
import { runSteps } from '../lib/progress.ts';
import { ensureAuthority } from '../lib/service/certificates.ts';
import { ask, canAsk } from '../lib/system/ask.ts';
import { isShipped } from '../lib/system/assets.ts';
import type { System } from '../lib/system/system.ts';
import { imageSteps, treeInMaking } from './genimage.ts';
import { planImage, type ImagePlan } from './plan-image.ts';

export interface GenimageArguments {
  readonly image?: string | undefined;
  readonly os?: string | undefined;
  readonly arch?: string | undefined;
  readonly profile?: string | undefined;
  readonly bootInterface?: string | undefined;
  readonly drivers?: string | undefined;
  readonly kernelVersion?: string | undefined;
  readonly kernelPackage?: string | undefined;
  /** Further columns of the linuximage row, as given. */
  readonly columns?: Readonly<Record<string, string | undefined>>;
  readonly noUpdate?: boolean;
  readonly onlyInitrd: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** genimage: checks, builds under the image's lock, writes the image's rows, says what to do next. */
export function makeImage(given: GenimageArguments, context: Context): Promise<Result> {
  const { system } = context;
  return withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const known = given.image === undefined ? undefined : cluster.image(given.image);
    if (given.image !== undefined && known === undefined) {
      throw new StateliteError('IMAGE_UNKNOWN', `the image ${given.image} is not in the osimage table`, { hint: 'a new image: genimage -o <os> -a <arch> -p <profile> -m statelite' });
    }
    const args = await complete(given, known);
    const words = (text: string | undefined): readonly string[] => (text ?? '').split(/[,\s]+/).filter((word) => word !== '');
    const plan = planImage(system, cluster, {
      os: args.os, arch: args.arch, profile: args.profile, name: known?.name, onlyInitrd: args.onlyInitrd, noUpdate: args.noUpdate ?? false,
      drivers: words(args.drivers ?? known?.linuximage['netdrivers']), kernelVersion: args.kernelVersion ?? known?.linuximage['kernelver'],
      kernelPackage: args.kernelPackage ?? known?.linuximage['krpmver'],
    });
    if (args.dryRun) return done(args.json ? toJson(describe(plan)) : Object.entries(describe(plan)).map(([key, value]) => `${key}: ${value}`).join('\n'));
    if (system.uid !== 0) throw new StateliteError('NOT_ROOT', 'genimage installs packages and makes device nodes, which needs root', { hint: 'run it with sudo' });
    for (const [program, debianPackage] of Object.entries(plan.family.programs)) await system.run('which', [program]).catch((cause: unknown) => {
      throw new StateliteError('TOOL_MISSING', `genimage needs ${program} for ${plan.os}, and it is not installed`, { hint: `apt-get install ${debianPackage}`, cause });
    });
    await database.lock(`image:${plan.name}`, async () => {
      const authority = await ensureAuthority(system);
      await build(context, plan, (stoppable) => imageSteps(stoppable, cluster, plan, authority.certificate));
      await database.write(async (writer) => {
        await writer.upsert('osimage', {
          imagename: plan.name, profile: plan.profile, imagetype: 'linux', provmethod: 'statelite', rootfstype: 'nfs', osname: 'Linux', osvers: plan.os, osarch: plan.arch,
        });
        await writer.upsert('linuximage', {
          imagename: plan.name, ...(isShipped(plan.packageList) ? {} : { pkglist: plan.packageList }), rootimgdir: plan.directory, netdrivers: plan.drivers.join(','),
          ...Object.fromEntries(Object.entries({ nodebootif: args.bootInterface, kernelver: args.kernelVersion, krpmver: args.kernelPackage, ...args.columns }).filter(([, value]) => value !== undefined)) as Record<string, string>,
        });
      });
    }, (holder) => context.notice(`waiting: ${holder} works on ${plan.name}`));
    const facts = { ...describe(plan), kernelBytes: size('kernel'), initrdBytes: size('initrd-statelite.gz') };
    return done(args.json ? toJson(facts) : `${plan.name}: made in ${plan.directory}\nNext: ${plan.onlyInitrd ? 'nodeset' : 'liteimg'} ${plan.onlyInitrd ? `<noderange> osimage=${plan.name}` : plan.name}`);

    function size(name: string): number {
      return system.files.look(join(plan.directory, name))?.size ?? 0;
    }
  });
}

// --- internal ---

const QUESTIONS = { os: { text: 'Operating system', otherwise: 'debian12' }, profile: { text: 'Profile', otherwise: 'compute' } } as const;

/** Architectures as the tables name them, by Node's names. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'ppc64le' };

/** What is missing from the arguments, from the image's rows, or asked for where somebody can answer; the architecture is this machine's. Throws USAGE. */
async function complete(args: GenimageArguments, known: OsImage | undefined): Promise<GenimageArguments & { readonly os: string; readonly arch: string; readonly profile: string }> {
  const arch = args.arch ?? (known === undefined || known.arch === '' ? ARCHITECTURES[process.arch] ?? process.arch : known.arch);
  const found = { os: args.os ?? known?.os ?? '', profile: args.profile ?? known?.profile ?? '' };
  const missing = (['os', 'profile'] as const).filter((name) => found[name] === '');
  if (missing.length === 0) return { ...args, ...found, arch };
  if (!canAsk() || args.json) {
    throw new StateliteError('USAGE', `${missing.map((name) => `-${name.slice(0, 1)} ${name}`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`, { hint: 'genimage -o debian12 -p compute -m statelite' });
  }
  for (const name of missing) found[name] = await ask(QUESTIONS[name].text, QUESTIONS[name].otherwise);
  return { ...args, ...found, arch, bootInterface: args.bootInterface ?? await ask('Interface the nodes boot from', 'eth0') };
}

/** Runs the steps; whatever ends them early leaves the image in place as it was and nothing beside it. */
async function build(context: Context, plan: ImagePlan, stepsOf: (system: System) => ReturnType<typeof imageSteps>): Promise<void> {
  const { system } = context;
  await interruptible(async (signal) => {
    const stoppable: System = { ...system, run: (program, args, options) => system.run(program, args, { ...options, signal }) };
    const steps = stepsOf(stoppable).map(({ title, work }) => ({ title, work: () => (signal.aborted ? Promise.reject(interrupted(plan)) : work()) }));
    try {
      await runSteps(steps, context);
    } catch (cause) {
      if (!plan.onlyInitrd) await removeImageTree(system, treeInMaking(plan));
      throw signal.aborted ? interrupted(plan) : failure(system, plan, cause);
    }
  });
}

const interrupted = (plan: ImagePlan): StateliteError =>
  new StateliteError('INTERRUPTED', `genimage ${plan.name} was interrupted; the image in place was not touched`, { hint: 'run it again, it begins anew' });

function failure(system: System, plan: ImagePlan, cause: unknown): StateliteError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const log = join(plan.directory, 'genimage.log');
  if (/ENOSPC|No space left on device|not have enough free space|needs? [\d.]+ ?[KMG]i?B (?:more space )?on the/i.test(`${text}\n${(system.files.readTextIfThere(log) ?? '').slice(-20_000)}`)) {
    return new StateliteError('FILE_SYSTEM', `genimage ${plan.name} failed, the image in place was not touched: the disk of ${plan.directory} is full`, { hint: `df -h ${plan.directory} shows it; free some space and run genimage again`, cause });
  }
  return new StateliteError('COMMAND_FAILED', `genimage ${plan.name} failed, the image in place was not touched: ${text}`, { hint: `the full log is ${log}`, cause });
}

const describe = (plan: ImagePlan) => ({
  image: plan.name, directory: plan.directory, family: plan.family.name, packageList: plan.packageList, packages: plan.packages.join(','), ...(plan.removed.length === 0 ? {} : { removed: plan.removed.join(',') }), sources: plan.sources.join(', '),
  drivers: plan.drivers.join(','), kernel: plan.kernelVersion ?? 'the newest', ...(plan.excludeList === undefined ? {} : { excludeList: plan.excludeList }),
  ...(plan.postinstall.length === 0 ? {} : { postinstall: plan.postinstall.map((words) => words.join(' ')).join(', ') }),
});
