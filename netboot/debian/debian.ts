import { join } from 'node:path';
import { StateliteError } from '../../lib/errors.ts';
import { asset } from '../../lib/system/assets.ts';
import type { System } from '../../lib/system/system.ts';
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
  finish,
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

/** Timers and services that look after a disk of one's own, or unpack the initrd again to leave one: on a shared NFS root they only cost. */
const UNWANTED = [
  'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer', 'man-db.timer',
  'dracut-shutdown.service',
];

function finish({ files }: System, root: string): void {
  const units = join(root, 'etc/systemd/system');
  for (const unit of UNWANTED) {
    if (files.exists(join(units, unit))) files.removeFile(join(units, unit));
    files.symlink('/dev/null', join(units, unit));
  }
  const ssh = join(root, 'etc/ssh');
  if (!files.exists(ssh)) return;
  for (const name of files.list(ssh)) if (name.startsWith('ssh_host_')) files.removeFile(join(ssh, name));
  files.makeDirectories(join(units, 'ssh.service.d'));
  files.copyFile(asset('netboot/debian/ssh-host-keys.conf'), join(units, 'ssh.service.d/statelite.conf'));
}
