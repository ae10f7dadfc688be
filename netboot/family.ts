import { StateliteError } from '../lib/errors.ts';
import type { Files } from '../lib/system/files.ts';
import type { System } from '../lib/system/system.ts';

/** An os name understood by a family: `rocky9.4` is the distribution rocky, version 9.4. */
export interface Release {
  /** As the admin wrote it. */
  readonly os: string;
  readonly distribution: string;
  readonly version: string;
}

/** Where packages come from and which, checked against what is on this machine. */
export interface PackageSources {
  /** Directories and addresses of pkgdir; empty means the family's default. */
  readonly repositories: readonly string[];
  /** Further ones, of otherpkgdir. */
  readonly otherRepositories: readonly string[];
  /** Without the repositories in which a distribution puts updates. */
  readonly noUpdate: boolean;
}

export interface Build extends PackageSources {
  readonly system: System;
  readonly release: Release;
  /** As in the tables: x86_64. */
  readonly arch: string;
  /** Empty directory that becomes the root tree. */
  readonly root: string;
  readonly packages: readonly string[];
  /** Packages and groups that are not wanted, as members of groups either. */
  readonly removed: readonly string[];
  readonly onLine: (line: string) => void;
}

/** A family of distributions: everything genimage does differently for it. One object each, registered in families.ts. */
export interface Family {
  /** Directory below netboot/ and below <installdir>/custom/netboot/. */
  readonly name: string;
  /** Undefined when the os name is none of this family. */
  recognise(os: string): Release | undefined;
  /** Os names to show when one is not recognised. */
  readonly examples: string;
  /** Programs the management node needs, with Debian's packages for them. */
  readonly programs: Readonly<Record<string, string>>;
  /** The repositories as the family's installer takes them. Throws USAGE or IMAGE_MISSING for what cannot be used. */
  resolveSources(files: Files, release: Release, arch: string, sources: PackageSources): readonly string[];
  /** The kernel packages of a list in the version of -g, as the family's installer takes them. */
  withKernelVersion(packages: readonly string[], version: string): readonly string[];
  /** Installs the packages into `root`. */
  install(build: Build): Promise<void>;
  /** What this family's tree needs changed to be shared by many nodes and not written by them. */
  finish(system: System, root: string): void;
}

/** Throws IMAGE_MISSING for a directory of packages that is not there. */
export function requireDirectory(files: Files, directory: string): void {
  if (files.look(`${directory}/.`)?.type !== 'directory') throw new StateliteError('IMAGE_MISSING', `a package source is ${directory}, and there is no such directory`, { hint: 'pkgdir and otherpkgdir of the linuximage table name it: chdef -t osimage <image> otherpkgdir=<directory or address>' });
}

/** What an entry of pkgdir or otherpkgdir is; undefined for neither. */
export function sourceKind(source: string): 'directory' | 'address' | undefined {
  if (source.startsWith('/')) return 'directory';
  return /^(?:https?|ftp|file):\/\/\S+$/.test(source) ? 'address' : undefined;
}
