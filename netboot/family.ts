import type { System } from '../lib/system/system.ts';

/** An os name understood by a family: `debian12` is release bookworm, major 12. */
export interface Release {
  /** As the admin wrote it. */
  readonly os: string;
  readonly codename: string;
}

export interface Build {
  readonly system: System;
  readonly release: Release;
  /** As in the tables: x86_64. */
  readonly arch: string;
  /** Empty directory that becomes the root tree. */
  readonly root: string;
  readonly packages: readonly string[];
  /** Package sources; empty means the family's default. */
  readonly repositories: readonly string[];
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
  /** Programs the management node needs. */
  readonly programs: readonly string[];
  /** Installs the packages into `root`. */
  install(build: Build): Promise<void>;
  /** What this family's tree needs changed to be shared by many nodes and not written by them. */
  finish(system: System, root: string): void;
  /** Programs and words that rebuild the initrd inside the root: `dracut …` is appended. */
  readonly dracut: readonly string[];
}
