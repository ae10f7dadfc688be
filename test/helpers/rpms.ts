import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputFileSync } from 'fs-extra/esm';

/** A package to build: its files as lists of this machine's Debian packages, or as path to text. */
export interface RpmSpec {
  readonly name: string;
  readonly version?: string;
  readonly requires?: readonly string[];
  readonly provides?: readonly string[];
  /** Debian packages of this machine whose programs and libraries it holds. */
  readonly repackage?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** Script run when it is installed. */
  readonly post?: string;
}

/** Builds real packages with rpmbuild and makes a repository of them with createrepo_c; `groups` of packages by name. */
export function makeRpmRepository(directory: string, specs: readonly RpmSpec[], groups: Readonly<Record<string, readonly string[]>> = {}): void {
  mkdirSync(join(directory, 'repo'), { recursive: true });
  for (const spec of specs) buildRpm(directory, spec);
  writeFileSync(join(directory, 'comps.xml'), ['<?xml version="1.0" encoding="UTF-8"?>', '<comps>', ...Object.entries(groups).map(([name, members]) => [
    `<group><id>${name}</id><name>${name}</name><default>false</default><uservisible>true</uservisible><packagelist>`, ...members.map((member) => `<packagereq type="mandatory">${member}</packagereq>`), '</packagelist></group>',
  ].join('')), '</comps>', ''].join('\n'));
  execFileSync('createrepo_c', ['--quiet', '--groupfile', join(directory, 'comps.xml'), join(directory, 'repo')]);
}

// --- internal ---

function buildRpm(directory: string, { name, version = '1', requires = [], provides = [], repackage = [], files = {}, post }: RpmSpec): void {
  const payload = join(directory, 'payload', name);
  for (const [path, text] of Object.entries(files)) {
    outputFileSync(join(payload, path), text);
    chmodSync(join(payload, path), text.startsWith('#!') ? 0o755 : 0o644);
  }
  if (repackage.length > 0) {
    mkdirSync(payload, { recursive: true });
    execFileSync('sh', ['-c', REPACKAGE, 'sh', payload, ...repackage]);
  }
  const spec = join(directory, `${name}.spec`);
  writeFileSync(spec, [
    `Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: a package for a test', 'License: none', 'BuildArch: x86_64', 'AutoReqProv: no',
    ...requires.map((one) => `Requires: ${one}`), ...provides.map((one) => `Provides: ${one}`), '%description', 'A package for a test.', '%install', `mkdir -p %{buildroot}; cp -a ${payload}/. %{buildroot}/`,
    ...(post === undefined ? [] : ['%post', post]), '%files', '/*', '',
  ].join('\n'));
  execFileSync('rpmbuild', [
    '-bb', '--quiet', '--define', `_topdir ${join(directory, 'build')}`, '--define', `_rpmdir ${join(directory, 'repo')}`, '--define', '_build_id_links none',
    '--define', '_binary_payload w1.gzdio', '--define', '__os_install_post %{nil}', '--define', 'debug_package %{nil}', spec,
  ], { stdio: 'pipe' });
  for (const path of [payload, join(directory, 'build')]) rmSync(path, { recursive: true, force: true });
}

/** Files of installed Debian packages, without documentation, and the libraries their programs need; in /usr, as /bin and its like are symlinks. */
const REPACKAGE = `
payload=$1; shift
mkdir -p "$payload/usr/bin" "$payload/usr/sbin" "$payload/usr/lib" "$payload/usr/lib64"
for link in bin sbin lib lib64; do ln -s usr/$link "$payload/$link"; done
dpkg -L "$@" | sort -u | grep -Ev '^/usr/share/(doc|man|locale|info|lintian|bug)' | sed 's,^/\\(s*bin\\|lib\\|lib64\\)/,/usr/\\1/,' | while read -r file; do
  if [ -L "$file" ] || [ -f "$file" ]; then echo "$file"; fi
done | sort -u >"$payload.files"
{ grep -E '^/usr/s?bin/' "$payload.files" | xargs ldd 2>/dev/null | grep -o '/[^ :]*\\.so[^ :]*' | sed 's,^/lib,/usr/lib,'; ls /usr/lib/x86_64-linux-gnu/libnss_files.so.2 /usr/lib/x86_64-linux-gnu/libnss_dns.so.2; } | sort -u >"$payload.libraries"
tar -C / -cf - --no-recursion -T "$payload.files" 2>/dev/null | tar -C "$payload" -xf -
tar -C / -hcf - -T "$payload.libraries" 2>/dev/null | tar -C "$payload" -xf -
rm "$payload.files" "$payload.libraries"
`;
