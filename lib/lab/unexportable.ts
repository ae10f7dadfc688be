import { StateliteError } from '../errors.ts';

/** What NFS-Ganesha could not export, read from its log: one problem for all directories it refused for the same reason. Undefined when it refused none. */
export function unexportable(log: string): StateliteError | undefined {
  const refused = [/ :Could not get handle for path (.*), error (.*)$/gm, / :resolve_posix_filesystem\((.*)\) returned (.*) \(\d+\)$/gm]
    .flatMap((pattern) => [...log.matchAll(pattern)].map(([, path = '', reason = '']) => ({ path, reason })));
  const [first] = refused;
  if (first === undefined) return undefined;
  const paths = [...new Set(refused.filter(({ reason }) => reason === first.reason).map(({ path }) => path))];
  return new StateliteError('LAB', `the lab did not start: NFS-Ganesha cannot export ${paths.join(', ')}: ${first.reason}`, {
    hint: 'exports want a file system with file handles, as ext4, xfs, btrfs and tmpfs have; the overlay file system of a container has none: mount a volume there',
  });
}
