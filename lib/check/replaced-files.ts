import type { Finding } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** Rows for single files whose writers make a new file beside them and rename it: in a read-only directory they cannot. */
export function checkReplacedFiles(view: ImageView): readonly Finding[] {
  return view.resolved.rows.flatMap((row) => {
    const writers = row.type === 'file' ? WRITERS.get(row.real) : undefined;
    const directory = row.real.slice(0, row.real.lastIndexOf('/'));
    if (writers === undefined || row.option.mode === 'ro' || view.isWritable(directory)) return [];
    const instead = directory === '/etc' || directory === '/root' ? `a row for ${directory}/ with the option overlay` : `a row for ${directory}/`;
    return [{ code: 'SL012', row: row.reason, reason: `${writers} replaces the file by rename, and ${directory} stays read-only: it will fail`, fix: `${instead} makes the directory writable; leave it if nothing of that runs on nodes` }];
  });
}

// --- internal ---

const SHADOW = 'useradd, passwd and vipw';

/** Files with the programs that replace them. */
const WRITERS: ReadonlyMap<string, string> = new Map([
  ['/etc/resolv.conf', 'NetworkManager, resolvconf or systemd-resolved'],
  ...['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow', '/etc/subuid', '/etc/subgid'].map((path) => [path, SHADOW] as const),
  ['/etc/hostname', 'hostnamectl'], ['/etc/machine-info', 'hostnamectl'], ['/etc/locale.conf', 'localectl'], ['/etc/vconsole.conf', 'localectl'], ['/etc/localtime', 'timedatectl'],
  ['/etc/ld.so.cache', 'ldconfig'], ['/etc/sudoers', 'visudo'], ['/etc/crypttab', 'systemd-cryptenroll'],
  ['/var/lib/logrotate.status', 'logrotate'], ['/var/lib/logrotate/status', 'logrotate'], ['/var/lib/ntp/drift', 'ntpd'], ['/var/lib/ntp/ntp.drift', 'ntpd'], ['/var/lib/chrony/drift', 'chronyd'],
  ['/var/lib/dhcp/dhclient.leases', 'dhclient'], ['/root/.bash_history', 'bash'], ['/root/.ssh/known_hosts', 'ssh-keygen'],
]);
