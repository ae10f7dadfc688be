import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystem } from '../../lib/system/system.ts';

/** Where packages of other releases and architectures are kept unpacked between runs. */
const DIRECTORY = '/var/tmp/statelite-boot-tests/packages';

/** A Debian package of another release or architecture, fetched from the mirror with its signature checked and unpacked, never installed; returns the directory. */
export async function debianPackage(suite: string, architecture: string, name: string): Promise<string> {
  const unpacked = join(DIRECTORY, suite, `${name}.${architecture}`);
  if (existsSync(unpacked)) return unpacked;
  const { run } = createSystem();
  const apt = join(DIRECTORY, suite, 'apt');
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(apt, part), { recursive: true });
  writeFileSync(join(apt, 'sources.list'), `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${suite} main\n`);
  writeFileSync(join(apt, 'status'), '');
  writeFileSync(join(apt, 'apt.conf'), [
    `Dir::State "${apt}";`, `Dir::State::lists "${apt}/lists";`, `Dir::State::status "${apt}/status";`, `Dir::Cache "${apt}";`, 'Dir::Cache::pkgcache "";', 'Dir::Cache::srcpkgcache "";',
    `Dir::Etc::sourcelist "${apt}/sources.list";`, 'Dir::Etc::sourceparts "/dev/null";', 'APT::Architectures { "amd64"; "arm64"; };', 'APT::Sandbox::User "root";', 'Acquire::Languages "none";', '',
  ].join('\n'));
  const env = { APT_CONFIG: join(apt, 'apt.conf') };
  if (readdirSync(join(apt, 'lists')).length < 3) await run('apt-get', ['-q', 'update'], { env, timeout: 300_000 });
  const fetched = `${unpacked}.fetched`;
  rmSync(fetched, { recursive: true, force: true });
  mkdirSync(join(fetched, 'tree'), { recursive: true });
  await run('apt-get', ['-q', 'download', `${name}:${architecture}`], { env, cwd: fetched, timeout: 300_000 });
  const [deb = ''] = readdirSync(fetched).filter((file) => file.endsWith('.deb'));
  await run('dpkg-deb', ['-x', join(fetched, deb), join(fetched, 'tree')]);
  renameSync(join(fetched, 'tree'), unpacked);
  rmSync(fetched, { recursive: true });
  return unpacked;
}

/** The one package of that release and architecture that a metapackage depends on whose name matches, `linux-image-6.12…` for `linux-image-cloud-arm64`. */
export async function dependencyOf(suite: string, architecture: string, name: string, wanted: RegExp): Promise<string> {
  await debianPackage(suite, architecture, name);
  const { stdout } = await createSystem().run('apt-cache', ['depends', `${name}:${architecture}`], { env: { APT_CONFIG: join(DIRECTORY, suite, 'apt/apt.conf') } });
  const found = [...stdout.matchAll(/Depends: ([^\s:]+)/g)].map(([, each = '']) => each).find((each) => wanted.test(each));
  if (found === undefined) throw new Error(`${name} of ${suite} depends on nothing like ${String(wanted)}:\n${stdout}`);
  return found;
}
