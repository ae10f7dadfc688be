/** What differs among the distributions of the family. */
export interface Distribution {
  /** An os name, to show. */
  readonly example: string;
  /** Public repositories; none when packages come from the site only. Version 9 or 9.4. */
  repositories(version: string, arch: string, updates: boolean): readonly string[];
  /** Address of the key packages are signed with; undefined when there is none to name. */
  key(version: string): string | undefined;
}

export const DISTRIBUTIONS: Readonly<Record<string, Distribution>> = {
  rhels: { example: 'rhels9.4', ...withoutRepositories() },
  rhel: { example: 'rhel9.4', ...withoutRepositories() },
  rocky: {
    example: 'rocky9',
    repositories: (version, arch) => both((name) => `https://dl.rockylinux.org/pub/rocky/${version}/${name}/${arch}/os/`),
    key: (version) => `https://dl.rockylinux.org/pub/rocky/RPM-GPG-KEY-Rocky-${major(version)}`,
  },
  alma: {
    example: 'alma9',
    repositories: (version, arch) => both((name) => `https://repo.almalinux.org/almalinux/${version}/${name}/${arch}/os/`),
    key: (version) => `https://repo.almalinux.org/almalinux/RPM-GPG-KEY-AlmaLinux-${major(version)}`,
  },
  'centos-stream': {
    example: 'centos-stream9',
    repositories: (version, arch) => both((name) => `https://mirror.stream.centos.org/${version}-stream/${name}/${arch}/os/`),
    key: () => 'https://www.centos.org/keys/RPM-GPG-KEY-CentOS-Official',
  },
  centos: {
    example: 'centos5.3',
    repositories: (version, arch, updates) => {
      if (Number(major(version)) >= 8) return both((name) => `https://vault.centos.org/${version}/${name}/${arch}/os/`);
      return ['os', ...(updates ? ['updates'] : [])].map((name) => `https://vault.centos.org/${version}/${name}/${arch}/`);
    },
    key: (version) => `https://vault.centos.org/RPM-GPG-KEY-CentOS-${Number(major(version)) >= 8 ? 'Official' : major(version)}`,
  },
  fedora: {
    example: 'fedora41',
    repositories: (version, arch, updates) => [
      `https://dl.fedoraproject.org/pub/fedora/linux/releases/${version}/Everything/${arch}/os/`,
      ...(updates ? [`https://dl.fedoraproject.org/pub/fedora/linux/updates/${version}/Everything/${arch}/`] : []),
    ],
    key: (version) => `https://dl.fedoraproject.org/pub/fedora/linux/releases/${version}/Everything/x86_64/os/RPM-GPG-KEY-fedora-${version}-primary`,
  },
  ol: {
    example: 'ol9',
    repositories: (version, arch) => ['baseos/latest', 'appstream'].map((name) => `https://yum.oracle.com/repo/OracleLinux/OL${major(version)}/${name}/${arch}/`),
    key: (version) => `https://yum.oracle.com/RPM-GPG-KEY-oracle-ol${major(version)}`,
  },
};

// --- internal ---

const major = (version: string): string => version.split('.')[0] ?? version;

const both = (address: (name: string) => string): readonly string[] => ['BaseOS', 'AppStream'].map(address);

function withoutRepositories(): Pick<Distribution, 'repositories' | 'key'> {
  return { repositories: () => [], key: () => undefined };
}
