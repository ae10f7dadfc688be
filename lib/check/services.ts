import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';
import { proposeRow } from './proposal.ts';
import { startedUnits, type Unit } from './units.ts';

/** Places that the image's services write to and that no row makes writable, each with the row it needs. */
export function checkServices(view: ImageView): readonly Finding[] {
  const needs = new Map<string, string[]>();
  for (const { path, who } of [...startedUnits(view).flatMap((unit) => [...declared(unit), ...known(view, unit)]), ...everywhere(view)]) {
    if (!view.isWritable(path)) needs.set(path, [...needs.get(path) ?? [], who]);
  }
  const paths = [...needs.keys()].sort();
  return paths.filter((path) => !paths.some((other) => other !== path && other.endsWith('/') && path.startsWith(other))).map((path) => {
    const who = [...new Set(paths.filter((other) => other.startsWith(path)).flatMap((other) => needs.get(other) ?? []))];
    return { code: 'SL015', reason: `${who.slice(0, SHOWN).join(', ')}${who.length > SHOWN ? ` and ${who.length - SHOWN} more` : ''} must write to ${path}, and no row makes it writable`, ...proposeRow(view, path) };
  });
}

/** The image's /etc/machine-id: shared by all nodes when it has content, missing when systemd has nowhere to put one. */
export function checkMachineId(view: ImageView): readonly Finding[] {
  const path = '/etc/machine-id';
  if (view.look('/usr/lib/systemd/systemd') === undefined && view.look('/lib/systemd/systemd') === undefined) return [];
  const content = view.read(path)?.trim();
  if (content !== undefined && /^[0-9a-f]{32}$/.test(content)) {
    return [{ code: 'SL016', reason: `${path} in the image holds an id, which all nodes would share`, fix: `empty the file in the image: truncate -s 0 ${view.rootimg}${view.find(path).physical}` }];
  }
  return view.isWritable(path) ? [] : [{ code: 'SL016', reason: `no row makes ${path} writable: each node needs an id of its own there`, ...proposeRow(view, path) }];
}

// --- internal ---

const SHOWN = 3;

interface Need {
  /** A directory with a slash at its end. */
  readonly path: string;
  readonly who: string;
}

const KINDS: readonly (readonly [setting: string, directory: string])[] = [['StateDirectory', '/var/lib'], ['LogsDirectory', '/var/log'], ['CacheDirectory', '/var/cache']];

// What a unit asks systemd to make for it; with DynamicUser it is below private/. PrivateTmp needs both.
function declared(unit: Unit): readonly Need[] {
  const place = (directory: string, name: string): string => `${directory}/${unit.is('DynamicUser') ? 'private/' : ''}${name}/`;
  return [
    ...KINDS.flatMap(([setting, directory]) => unit.words(setting).map((word) => ({ path: place(directory, word.split(':')[0] ?? ''), who: `${unit.name} (${setting}=)` }))).filter(({ path }) => !path.includes('%')),
    ...(unit.is('PrivateTmp') ? ['/tmp/', '/var/tmp/'].map((path) => ({ path, who: `${unit.name} (PrivateTmp=)` })) : []),
  ];
}

/** What services write to without saying so in their units. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'systemd-random-seed.service': ['/var/lib/systemd/'], 'systemd-update-utmp.service': ['/var/log/'], 'systemd-journal-flush.service': ['/var/log/'],
  'chrony.service': ['/var/lib/chrony/'], 'chronyd.service': ['/var/lib/chrony/'], 'ntp.service': ['/var/lib/ntp/'], 'ntpd.service': ['/var/lib/ntp/'], 'ntpsec.service': ['/var/lib/ntpsec/'],
  'munge.service': ['/var/lib/munge/', '/var/log/'], 'slurmd.service': ['/var/spool/slurmd/', '/var/log/'], 'rsyslog.service': ['/var/spool/rsyslog/', '/var/log/'],
  'postfix.service': ['/var/spool/postfix/', '/var/lib/postfix/'], 'exim4.service': ['/var/spool/exim4/'], 'sssd.service': ['/var/lib/sss/'], 'nscd.service': ['/var/cache/nscd/'],
  'NetworkManager.service': ['/var/lib/NetworkManager/'], 'docker.service': ['/var/lib/docker/'], 'containerd.service': ['/var/lib/containerd/'], 'auditd.service': ['/var/log/'],
  'logrotate.service': ['/var/lib/logrotate/'], 'man-db.service': ['/var/cache/man/'], 'dpkg-db-backup.service': ['/var/backups/'], 'fstrim.service': [], 'nfs-client.target': ['/var/lib/nfs/'],
  'rpc-statd.service': ['/var/lib/nfs/'], 'apt-daily.service': ['/var/lib/apt/', '/var/cache/apt/'], 'apt-daily-upgrade.service': ['/var/lib/apt/', '/var/cache/apt/', '/var/lib/dpkg/'],
};

function known(view: ImageView, { name }: Unit): readonly Need[] {
  const paths = name === 'ssh.service' || name === 'sshd.service' ? hostKeys(view) : KNOWN[name] ?? [];
  return paths.map((path) => ({ path, who: name }));
}

// Without a host key in the image, which would be all nodes' key, sshd needs a place for one of its own.
const hostKeys = (view: ImageView): readonly string[] => (view.names('/etc/ssh').some((name) => /^ssh_host_.*_key$/.test(name)) ? [] : ['/etc/ssh/']);

// What every program may count on, as far as the image has it.
const everywhere = (view: ImageView): readonly Need[] =>
  ['/tmp/', '/var/tmp/', '/var/log/'].filter((path) => view.look(path)?.type === 'directory').map((path) => ({ path, who: 'any program' }));
