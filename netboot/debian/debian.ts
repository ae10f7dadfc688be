import { StateliteError } from '../../lib/errors.ts';
import type { Build, Family } from '../family.ts';

const CODENAMES: Readonly<Record<string, string>> = { '11': 'bullseye', '12': 'bookworm', '13': 'trixie' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
const MIRROR = 'http://deb.debian.org/debian';

/** Debian by mmdebstrap. */
export const debian: Family = {
  name: 'debian',
  examples: Object.keys(CODENAMES).map((major) => `debian${major}`).join(', '),
  programs: ['mmdebstrap'],
  dracut: ['dracut'],
  recognise: (os) => {
    const major = /^debian(\d+)(\.\d+)*$/.exec(os)?.[1];
    const codename = major === undefined ? undefined : CODENAMES[major];
    return codename === undefined ? undefined : { os, codename };
  },
  install,
};

// --- internal ---

async function install({ system, release, arch, root, packages, repositories, onLine }: Build): Promise<void> {
  const architecture = ARCHITECTURES[arch];
  if (architecture === undefined) {
    throw new StateliteError('USAGE', `the architecture ${arch} is not known for Debian; known are ${Object.keys(ARCHITECTURES).join(', ')}`);
  }
  await system.run('mmdebstrap', [
    '--variant=minbase',
    `--architectures=${architecture}`,
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Retries "3"',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    release.codename,
    root,
    ...(repositories.length > 0 ? repositories : [MIRROR]),
  ], { onLine, env: { INITRD: 'No', DEBIAN_FRONTEND: 'noninteractive' } });
}
