import { StateliteError } from '../lib/errors.ts';
import type { ImagePlan } from './plan-image.ts';

/** What ended the making of an image, in words of ours where the log of apt or dnf says one of the usual things; else the last words of the program. */
export function whyFailed(plan: Pick<ImagePlan, 'name' | 'directory' | 'packageList' | 'otherPackageList' | 'sources'>, cause: unknown, log: string): StateliteError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const file = `${plan.directory}/genimage.log`;
  const error = (code: 'FILE_SYSTEM' | 'IMAGE_MISSING' | 'COMMAND_FAILED', why: string, hint: string): StateliteError =>
    new StateliteError(code, `genimage ${plan.name} failed, the image in place was not touched: ${why}`, { hint, cause });
  const all = `${text}\n${log}`;
  if (FULL.test(all)) return error('FILE_SYSTEM', `the disk of ${plan.directory} is full`, `df -h ${plan.directory} shows it; free some space and run genimage again`);
  if (cause instanceof StateliteError && cause.code !== 'COMMAND_FAILED') return new StateliteError(cause.code, `genimage ${plan.name} failed, the image in place was not touched: ${text}`, { hint: cause.hint ?? `the full log is ${file}`, cause });
  const [silent] = found(all, SILENT);
  if (silent !== undefined) return error('COMMAND_FAILED', `a package source cannot be read: ${silent}`, `is its server up? Other sources: chdef -t osimage ${plan.name} pkgdir=<directory or address>; the full log is ${file}`);
  const unknown = found(all, UNKNOWN);
  if (unknown.length > 0) return error('IMAGE_MISSING', `no package source has ${unknown.join(', ')}`, `correct ${[plan.packageList, ...(plan.otherPackageList === undefined ? [] : [plan.otherPackageList])].join(' or ')}, or add a source that has it: chdef -t osimage ${plan.name} otherpkgdir=<directory or address>; the sources are ${plan.sources.join(', ')}`);
  return error('COMMAND_FAILED', text.split('\n').filter((line) => !NOISE.test(line)).join('\n'), `the full log is ${file}`);
}

// --- internal ---

const FULL = /ENOSPC|No space left on device|not have enough free space|needs? [\d.]+ ?[KMG]i?B (?:more space )?on the/i;

const UNKNOWN = [/Unable to locate package (?<what>\S+)/g, /Package '?(?<what>[^\s']+)'? has no installation candidate/g, /Version '(?<version>[^']+)' for '(?<what>[^']+)' was not found/g, /No match for argument: (?<what>.+)/g];

const SILENT = [/Failed to fetch (?<what>\S+) +(?<why>.+)/g, /The repository '(?<what>[^']+)' (?<why>(?:does not have|is not signed|no longer has).*)/g, /(?<why>(?:Curl error|Status code)[^\n]*?) for (?<what>\S+)/g];

/** What mmdebstrap says after what went wrong. */
const NOISE = /^\s*(?:I: main\(\) received signal|E: setup failed|E: mmdebstrap failed to run|$)/;

/** Each thing once, by the named groups of the patterns. */
const found = (text: string, patterns: readonly RegExp[]): readonly string[] => [...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(({ groups }) => {
  const { what = '', version, why } = groups ?? {};
  // eslint-disable-next-line no-control-regex -- colours of apt
  return [`${what}${version === undefined ? '' : ` ${version}`}`, ...(why === undefined ? [] : [why])].join(': ').replaceAll(/\u001b\[[\d;]*m/g, '').trim();
})))];
