import { join } from 'node:path';
import { refuseWhileNodesRun } from '../lib/boot/nodes-on-replaced.ts';
import { loadCluster } from '../lib/cluster/load.ts';
import { done, toJson, type Context, type Result } from '../lib/command.ts';
import { withDatabase } from '../lib/db/open.ts';
import { StateliteError } from '../lib/errors.ts';
import { interruptible } from '../lib/system/interrupt.ts';
import { runSteps } from '../lib/progress.ts';
import { ensureAuthority } from '../lib/service/certificates.ts';
import { isShipped } from '../lib/system/assets.ts';
import type { System } from '../lib/system/system.ts';
import { imageSteps } from './genimage.ts';
import { planImage, type ImagePlan } from './plan-image.ts';
import { agree, complete } from './questions.ts';
import { replaced, ROOT_TREE } from '../lib/image/parts.ts';
import { finishReplacing, isHalfReplaced, removeUnfinished } from '../lib/image/replace.ts';
import { whyFailed } from './why-failed.ts';

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
  /** Also while nodes run from the image before, which goes. */
  readonly force?: boolean;
  /** Without the question whether an image that is there shall be made anew. */
  readonly yes?: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** genimage: checks, builds under the image's lock, writes the image's rows, says what to do next. */
export function makeImage(given: GenimageArguments, context: Context): Promise<Result> {
  const { system } = context;
  return withDatabase(system, async (database) => {
    const cluster = await loadCluster(database);
    const { args, known } = await complete(cluster, given);
    if (args.columns?.['otherifce'] !== undefined && (args.bootInterface ?? known?.linuximage['nodebootif']) === undefined) {
      throw new StateliteError('USAGE', '-r names further interfaces, and -i is missing: the one that nodes boot from', { hint: 'genimage -i eth0 -r eth1 …' });
    }
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
    const underLock = (work: () => Promise<void>): Promise<void> => database.lock(`image:${plan.name}`, work, (holder) => context.notice(`waiting: ${holder} works on ${plan.name}`));
    if (isHalfReplaced(system.files, plan.directory)) await underLock(() => {
      finishReplacing(system.files, plan, context.notice);
      return Promise.resolve();
    });
    if (!plan.onlyInitrd && args.force !== true) await refuseWhileNodesRun(database, system.files, cluster, plan, `genimage -f ${plan.name}`);
    await agree(context, cluster, plan, args);
    await underLock(async () => {
      const authority = await ensureAuthority(system);
      const warnings: string[] = [];
      await build(context, plan, (stoppable) => imageSteps(stoppable, cluster, plan, authority.certificate, (line) => { warnings.push(line); }));
      for (const line of warnings) context.notice(line);
      await database.write(async (writer) => {
        await writer.upsert('osimage', {
          imagename: plan.name, profile: plan.profile, imagetype: 'linux', provmethod: 'statelite', rootfstype: 'nfs', osname: 'Linux', osvers: plan.os, osarch: plan.arch,
        });
        await writer.upsert('linuximage', {
          imagename: plan.name, ...(isShipped(plan.packageList) ? {} : { pkglist: plan.packageList }), rootimgdir: plan.directory, netdrivers: plan.drivers.join(','),
          ...Object.fromEntries(Object.entries({ nodebootif: args.bootInterface, kernelver: args.kernelVersion, krpmver: args.kernelPackage, ...args.columns }).filter(([, value]) => value !== undefined)) as Record<string, string>,
        });
      });
    });
    const facts = { ...describe(plan), kernelBytes: size('kernel'), initrdBytes: size('initrd-statelite.gz') };
    const next = plan.onlyInitrd ? `nodeset <noderange> osimage=${plan.name}` : `liteimg ${plan.name}`;
    const kept = plan.onlyInitrd || !system.files.exists(replaced(plan.directory, ROOT_TREE)) ? [] : [`The image before stays as ${replaced(plan.directory, ROOT_TREE)}: nodes that run from it go on until they boot again. Back to it: genimage --undo ${plan.name}`];
    return done(args.json ? toJson(facts) : [`${plan.name}: made in ${plan.directory}`, ...kept, `Next: ${next}`].join('\n'));

    function size(name: string): number {
      return system.files.look(join(plan.directory, name))?.size ?? 0;
    }
  });
}

// --- internal ---

/** Runs the steps; whatever ends them early leaves the image in place as it was and nothing beside it. */
async function build(context: Context, plan: ImagePlan, stepsOf: (system: System) => ReturnType<typeof imageSteps>): Promise<void> {
  const { system } = context;
  await interruptible(async (signal) => {
    const stoppable: System = { ...system, run: (program, args, options) => system.run(program, args, { ...options, signal }) };
    const steps = stepsOf(stoppable).map(({ title, work }) => ({ title, work: () => (signal.aborted ? Promise.reject(interrupted(plan)) : work()) }));
    try {
      await runSteps(steps, context);
    } catch (cause) {
      await removeUnfinished(system, plan.directory);
      throw signal.aborted ? interrupted(plan) : whyFailed(plan, cause, (system.files.readTextIfThere(join(plan.directory, 'genimage.log')) ?? '').slice(-20_000));
    }
  });
}

const interrupted = (plan: ImagePlan): StateliteError =>
  new StateliteError('INTERRUPTED', `genimage ${plan.name} was interrupted; the image in place was not touched`, { hint: 'run it again, it begins anew' });

const describe = (plan: ImagePlan) => ({
  image: plan.name, directory: plan.directory, family: plan.family.name, packageList: plan.packageList, packages: plan.packages.join(','), ...(plan.removed.length === 0 ? {} : { removed: plan.removed.join(',') }), sources: plan.sources.join(', '),
  drivers: plan.drivers.join(','), kernel: plan.kernelVersion ?? 'the newest', ...(plan.excludeList === undefined ? {} : { excludeList: plan.excludeList }),
  ...(plan.postinstall.length === 0 ? {} : { postinstall: plan.postinstall.map((words) => words.join(' ')).join(', ') }),
});
