import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { getSystemErrorName } from 'node:util';

/** A symlink and a directory that are to change places. */
export interface Exchange {
  readonly link: string;
  readonly directory: string;
}

export interface Means {
  /** The program; '' for none. */
  readonly perl?: string | undefined;
  readonly rename?: (from: string, to: string) => void;
}

/**
 * Lets each symlink and directory change places in one system call, in order, so that whoever reads finds the one or the other. Node does not
 * offer the call (renameat2), Perl does, which is in every Debian. Without Perl, or on a file system that cannot, three renames do it, and for
 * a moment a name is missing; `spare` is a free name for them. Throws the first failure, with its errno in `code`.
 */
export function exchangeAll(pairs: readonly Exchange[], spare: string, { perl = PERL, rename = fs.renameSync }: Means = {}): void {
  const { done, code } = exchangeByPerl(pairs, perl);
  const [next] = pairs.slice(done);
  if (code !== undefined) throw Object.assign(new Error(code), { code, path: next?.directory });
  for (const pair of pairs.slice(done)) exchangeByRenames(pair, spare, rename);
}

// --- internal ---

const PERL = '/usr/bin/perl';

/** Numbers of renameat2 and prctl, by processor. */
const CALLS: Readonly<Record<string, readonly [number, number]>> = { x64: [316, 157], arm64: [276, 167], riscv64: [276, 167], ppc64: [357, 171], s390x: [347, 172] };

/** What says that the call is not to be had here. */
const NOT_OFFERED: ReadonlySet<string> = new Set(['ENOSYS', 'EINVAL', 'EOPNOTSUPP']);

// It ends with the process that started it (PR_SET_PDEATHSIG) and not before: a Ctrl-C is for that one.
const PROGRAM = `
my ($exchange, $control, $parent) = splice @ARGV, 0, 3;
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = 'IGNORE';
syscall($control + 0, 1, 9, 0, 0, 0);
exit 0 if getppid() != $parent;
local $/ = "\\0";
my $done = 0;
while (defined(my $link = <STDIN>)) {
  my $directory = <STDIN>;
  chomp($link, $directory);
  last if syscall($exchange + 0, -100, $link, -100, $directory, 2) != 0;
  $done++;
  $! = 0;
}
print $done, " ", $! + 0;
`;

// How many have changed places, and why the next could not; no reason where the call is not to be had.
function exchangeByPerl(pairs: readonly Exchange[], perl: string): { readonly done: number; readonly code?: string } {
  const calls = CALLS[process.arch];
  if (calls === undefined || perl === '' || pairs.length === 0) return { done: 0 };
  const input = Buffer.from(pairs.map(({ link, directory }) => `${link}\0${directory}\0`).join(''));
  const { error, stdout, status } = spawnSync(perl, ['-e', PROGRAM, ...calls.map(String), String(process.pid)], { input, encoding: 'latin1', env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  if (error !== undefined || status !== 0) return { done: 0 };
  const [done = 0, errno = 0] = stdout.split(' ').map(Number);
  if (done === pairs.length) return { done };
  const code = getSystemErrorName(-errno);
  return NOT_OFFERED.has(code) ? { done } : { done, code };
}

// The symlink goes out of the way first, so that only a symlink is ever at the spare name; a directory that could not be followed goes back.
// What a Perl that was ended had done already stays done.
function exchangeByRenames({ link, directory }: Exchange, spare: string, rename: (from: string, to: string) => void): void {
  if (fs.lstatSync(directory).isSymbolicLink()) return;
  rename(link, spare);
  try {
    rename(directory, link);
  } catch (error) {
    rename(spare, link);
    throw error;
  }
  try {
    rename(spare, directory);
  } catch (error) {
    rename(link, directory);
    rename(spare, link);
    throw error;
  }
}
