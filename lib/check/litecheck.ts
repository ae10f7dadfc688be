import { readExports } from '../boot/exports-file.ts';
import type { Cluster, OsImage } from '../cluster/cluster.ts';
import { createCluster } from '../cluster/create.ts';
import { toJson, type Context, type Result } from '../command.ts';
import { counted } from '../counted.ts';
import type { Database } from '../db/database.ts';
import { StateliteError } from '../errors.ts';
import { readPast } from '../image/manifest.ts';
import { findImage, rootimgOf } from '../image/rootimg.ts';
import { ImageTree } from '../image/tree.ts';
import type { Selection } from '../policy/policy.ts';
import { litefileRows, selectRows } from '../policy/select.ts';
import type { System } from '../system/system.ts';
import { checkDisks } from './disks.ts';
import { checkExports } from './exports.ts';
import { CHECKS, severityOf, type Finding } from './finding.ts';
import { viewImage } from './image-view.ts';
import { checkNodes, checkOverlays } from './nodes.ts';
import { proposalCommand } from './proposal.ts';
import { checkReplacedFiles } from './replaced-files.ts';
import { checkImageCells, checkRows } from './rows.ts';
import { checkSecrets } from './secrets.ts';
import { checkMachineId, checkServices } from './services.ts';
import { checkSymlinks } from './symlinks.ts';
import { checkTmpfiles } from './tmpfiles.ts';
import { checkValues } from './values.ts';

export interface LitecheckRequest {
  /** One image; all that are for statelite when unset. */
  readonly image: string | undefined;
  readonly json: boolean;
  /** Only print the commands that write the proposed rows. */
  readonly fix: boolean;
}

/** Reads tables, root trees and exports, changes nothing, and tells all that is wrong with them. Exits with 1 when there are errors. */
export async function litecheck(context: Context, database: Database, { image, json, fix }: LitecheckRequest): Promise<Result> {
  const cluster = createCluster(await database.read(), context.system.files);
  const findings = [...image === undefined ? [...checkImageCells(cluster), ...checkValues(cluster)] : [], ...imagesToCheck(cluster, image).flatMap((one) => checkImage(context.system, cluster, one))];
  const counts = countOf(findings);
  const exitCode = findings.some((finding) => severityOf(finding) === 'error') ? 1 : 0;
  if (fix) return fixes(context, findings, counts, exitCode);
  if (json) return { exitCode, output: toJson(findings.map((finding) => ({ severity: severityOf(finding), title: CHECKS[finding.code][1], ...finding }))) };
  return { exitCode, output: [...findings.flatMap(linesOf), counts].join('\n') };
}

/** Everything that is wrong with one image. */
export function checkImage(system: Pick<System, 'files' | 'env'>, cluster: Cluster, image: OsImage): readonly Finding[] {
  const { files } = system;
  const rootimg = rootimgOf(image);
  if (files.look(rootimg)?.type !== 'directory') {
    return [{ code: 'SL020', image: image.name, reason: `there is no root tree at ${rootimg}; its rows were not checked`, fix: `genimage ${image.name}, or rmdef -t osimage ${image.name}` }];
  }
  const [selection, wrong] = selectionOf(cluster, image);
  const past = readPast(files, rootimg);
  const view = viewImage(cluster, image, new ImageTree(files, rootimg), past, selection);
  const checks = [checkRows, checkNodes, checkReplacedFiles, checkSecrets, checkMachineId, checkServices, checkTmpfiles, checkSymlinks];
  const findings = [...wrong, ...checks.flatMap((check) => check(view)), ...checkDisks(view, past), ...checkOverlays(system, view, past), ...checkExports(readExports(files), rootimg)];
  return withoutCovered(findings).map((finding) => ({ image: image.name, ...finding }));
}

// --- internal ---

function imagesToCheck(cluster: Cluster, name: string | undefined): readonly OsImage[] {
  if (name !== undefined) return [findImage(cluster, name)];
  return cluster.rows('osimage').flatMap((row) => (row['provmethod']?.includes('statelite') === true ? cluster.image(row['imagename'] ?? '') ?? [] : []));
}

// With a wrong site.litemechanism the rows are still looked at.
function selectionOf(cluster: Cluster, image: OsImage): readonly [Selection, readonly Finding[]] {
  try {
    return [litefileRows(cluster, image), []];
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    return [selectRows(image, cluster.rows('litefile')), [{ code: 'SL003', reason: error.message, fix: error.hint ?? '' }]];
  }
}

// A proposed row below another proposed directory is not needed.
function withoutCovered(findings: readonly Finding[]): readonly Finding[] {
  const proposed = findings.flatMap(({ proposal }) => proposal?.['file'] ?? []);
  const seen = new Set<string>();
  return findings.filter(({ proposal }) => {
    const file = proposal?.['file'];
    if (file === undefined) return true;
    const isCovered = seen.has(file) || proposed.some((other) => other !== file && other.endsWith('/') && file.startsWith(other));
    seen.add(file);
    return !isCovered;
  });
}

function linesOf(finding: Finding): readonly string[] {
  const where = [finding.image, finding.row].filter((part) => part !== undefined).join(': ');
  return [`${finding.code} ${severityOf(finding)}: ${where === '' ? '' : `${where}: `}${finding.reason}`, `    fix: ${finding.fix}`];
}

function countOf(findings: readonly Finding[]): string {
  const count = (severity: string): string => {
    const found = findings.filter((finding) => severityOf(finding) === severity).length;
    return counted(found, severity);
  };
  return ['error', 'warning', 'notice'].map(count).join(', ');
}

function fixes(context: Context, findings: readonly Finding[], counts: string, exitCode: 0 | 1): Result {
  const commands = findings.flatMap(({ proposal }) => (proposal === undefined ? [] : [proposalCommand(proposal)]));
  const open = findings.filter((finding) => finding.proposal === undefined && severityOf(finding) !== 'notice').length;
  context.notice(`${counts}; ${commands.length} can be mended by a row${open === 0 ? '' : `, ${open} must be looked at: litecheck tells them`}`);
  return { exitCode, output: commands.join('\n') };
}
