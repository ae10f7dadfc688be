import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { formatNoderange } from '../cluster/format-noderange.ts';
import { done, toJson, type Context, type Result } from '../command.ts';
import { counted } from '../counted.ts';
import { StateliteError } from '../errors.ts';
import { meant } from '../nearest.ts';
import { assignedOverlays } from '../overlay/assigned.ts';
import type { Inspection } from '../overlay/inspect.ts';
import { createOverlays } from '../overlay/overlays.ts';
import type { PlacedEffect } from '../overlay/place.ts';
import { openRenderer } from '../overlay/renderer.ts';
import { overlayNames, overlayRoots, readIncludes, readOverlay, templateOf, whereOf, type OverlayFile } from '../overlay/scan.ts';
import { scriptRulesOf, scriptRuleText } from '../overlay/script-rules.ts';
import { bashismsOf, SCRIPTS } from '../overlay/scripts.ts';
import { writeOption } from '../policy/option.ts';
import { attemptEach, unlessRefused } from '../refusals.ts';
import type { Files } from '../system/files.ts';
import type { System } from '../system/system.ts';
import { imageNow } from './image-now.ts';
import { printable } from './overlay-text.ts';

/** liteoverlay list: the overlays there are, where each is from, and how many nodes have it; with a name its files. */
export function listOverlays(files: Files, cluster: Cluster, name: string | undefined, json: boolean): Result {
  const installdir = cluster.site('installdir') ?? '/install';
  if (name !== undefined) {
    const all = filesOf(files, installdir, name).map(fileFacts);
    return done(json ? toJson(all) : all.map(({ action, origin, written, path }) => `${action.padEnd(18)} ${origin.padEnd(7)} ${written}${path === `/${written}` ? '' : ` -> ${path}`}`).join('\n'));
  }
  const users = usersOf(cluster);
  const all = overlayNames(files, installdir).map((one) => {
    const origins = [...new Set(filesOf(files, installdir, one).map(({ origin }) => origin))].sort();
    return { name: one, origins, files: filesOf(files, installdir, one).length, nodes: users.get(one)?.length ?? 0 };
  });
  return done(json ? toJson(all) : all.map((one) => `${one.name.padEnd(20)} ${one.origins.join('+').padEnd(12)} ${counted(one.files, 'file').padEnd(9)} ${one.nodes === 0 ? 'no nodes' : counted(one.nodes, 'node')}`).join('\n'));
}

/** liteoverlay show: the text of a file as it lies in the overlay. Throws OVERLAY_INVALID when there is none. */
export function showFile(files: Files, cluster: Cluster, name: string, written: string): Result {
  const file = fileNamed(files, cluster, name, written);
  return done(printable([file], placesOf(cluster, file).now));
}

/** liteoverlay show -r: what the overlays of a node come to, or one file of that as the node gets it. Throws all that is wrong with them. */
export function showNode({ system, notice }: Context, cluster: Cluster, node: string, path: string | undefined, json: boolean): Result {
  const effects = composed(system, cluster, node);
  if (path === undefined) {
    if (effects.length === 0) notice(`${node} gets no file from an overlay: chtab node=${node} overlays.overlays=<name>, or osimage.overlays for all nodes of an image`);
    const rules = new Map(scriptRulesOf(cluster, node).map((rule) => [`${SCRIPTS}${rule.name}`, rule]));
    const ruleOf = (at: string): string => {
      const rule = rules.get(at);
      return rule === undefined ? '' : `: ${scriptRuleText(rule)}`;
    };
    const all = effects.map(({ path: at, how, row, entry, from }) => ({
      path: at, how, row: row === undefined ? `init script${ruleOf(at)}` : `${row.real} ${writeOption(row.option)}`, mode: entry.mode.toString(8), overlays: from.map(({ overlay, written }) => ({ overlay, written })),
    }));
    return done(json ? toJson(all) : all.map((one) => `${one.how.padEnd(8)} ${one.path}   ${one.row}   ${one.overlays.map(({ overlay, written }) => `${overlay}:${written}`).join(' < ')}`).join('\n'));
  }
  const asked = `/${path.replace(/^\/+/, '')}`;
  const found = effects.filter(({ entry }) => entry.type !== 'directory').filter((one) => one.path === asked || one.from.some((file) => file.path === asked || `/${file.written}` === asked));
  if (found.length === 0) throw new StateliteError('OVERLAY_INVALID', `no overlay of ${node} has ${path}`, { hint: `liteoverlay show -r ${node} lists what they have` });
  const given = found.filter(({ how }) => !['delete', 'whiteout', 'opaque'].includes(how));
  const [last] = found.at(-1)?.from.slice(-1) ?? [];
  if (given.length === 0 && last !== undefined) throw new StateliteError('OVERLAY_INVALID', `${path} is deleted: ${whereOf(last)}`, { hint: `litewhy ${node} ${path} says what the node sees` });
  if (given.some(({ how }) => how === 'append' || how === 'join')) notice(`this is added to what ${path} is otherwise: litewhy ${node} ${asked}`);
  return done(printable(given, last === undefined || last.isTemplate ? undefined : placesOf(cluster, last).now));
}

/** liteoverlay info: what an overlay is for and needs, where somebody has written that, what its templates read, which nodes have it, and what of its scripts other shells than bash do not take. */
export function overlayInfo(files: Files, cluster: Cluster, name: string, written: string | undefined, json: boolean): Result {
  const installdir = cluster.site('installdir') ?? '/install';
  const renderer = openRenderer(readIncludes(files, installdir));
  const chosen = written === undefined ? filesOf(files, installdir, name) : [fileNamed(files, cluster, name, written)];
  const facts = {
    name, nodes: usersOf(cluster).get(name) ?? [], about: aboutOf(files, installdir, name),
    files: chosen.map((file) => ({
      ...fileFacts(file),
      ...(file.isTemplate ? { template: pick(renderer.inspect(templateOf(file))) } : {}),
      bashisms: bashismsOf(file.entry.content),
    })),
  };
  if (json) return done(toJson(facts));
  return done([
    `${name}: ${facts.nodes.length === 0 ? 'no nodes' : `${counted(facts.nodes.length, 'node')} (${formatNoderange(facts.nodes)})`}`,
    ...facts.about.map((line) => `    ${line}`),
    ...facts.files.flatMap((file) => [
      `${file.written} (${file.origin}, ${file.action}) -> ${file.path}`,
      ...file.template === undefined ? [] : [`    reads:    ${file.template.variables.join(', ') || 'nothing'}`, ...file.template.includes.length === 0 ? [] : [`    includes: ${file.template.includes.join(', ')}`]],
      ...file.bashisms.map(({ line, what }) => `    line ${line}: ${what}; bash runs it where the image has bash`),
    ]),
  ].join('\n'));
}

/** Throws USAGE for a group: overlays are shown for one node. */
export function refuseGroup(cluster: Cluster, node: string): void {
  if (!cluster.nodes.includes(node) && cluster.groups.has(node)) throw new StateliteError('USAGE', `${node} is a group, and overlays are made for one node`, { hint: `nodels ${node} lists its nodes` });
}

/** The file of an overlay that is called so, there or on the node. Throws OVERLAY_INVALID. */
export function fileNamed(files: Files, cluster: Cluster, name: string, written: string): OverlayFile {
  const found = filesOf(files, cluster.site('installdir') ?? '/install', name).find((file) => [`/${file.written}`, file.path].includes(`/${written.replace(/^\/+/, '')}`));
  if (found !== undefined) return found;
  throw new StateliteError('OVERLAY_INVALID', `the overlay ${name} has no ${written}`, { hint: meant(written, filesOf(files, cluster.site('installdir') ?? '/install', name).map((file) => file.written), `liteoverlay list ${name} shows its files`) });
}

/** Where a file of an overlay lies, and where the site's own copy of it would. */
export function placesOf(cluster: Cluster, { overlay, origin, written }: Pick<OverlayFile, 'overlay' | 'origin' | 'written'>): { readonly now: string; readonly own: string } {
  const roots = overlayRoots(cluster.site('installdir') ?? '/install');
  return { now: join(roots[origin], overlay, written), own: join(roots.site, overlay, written) };
}

// --- internal ---

/** What the overlays of a node come to now. Throws all that is wrong with them. */
function composed({ files, env }: Pick<System, 'files' | 'env'>, cluster: Cluster, node: string): readonly PlacedEffect[] {
  refuseGroup(cluster, node);
  const image = cluster.imageOf(node);
  return createOverlays({ files, env }).effectsOf(cluster, node, image, imageNow(files, cluster, image));
}

const filesOf = (files: Files, installdir: string, name: string): readonly OverlayFile[] => readOverlay(files, installdir, name).files.filter(({ entry, isEmpty }) => entry.type !== 'directory' || isEmpty === true);

/** What is written in `.about/<overlay>` beside the overlays, the site's in place of the shipped one, by lines. */
function aboutOf(files: Files, installdir: string, name: string): readonly string[] {
  const { site, shipped } = overlayRoots(installdir);
  const text = [site, shipped].map((root) => join(root, '.about', name)).find((path) => files.look(path)?.type === 'file');
  return text === undefined ? [] : files.readText(text).trimEnd().split('\n');
}

const fileFacts = ({ written, path, origin, action, isTemplate }: OverlayFile): { readonly written: string; readonly path: string; readonly origin: string; readonly action: string } =>
  ({ written, path, origin, action: isTemplate ? `${action} template` : action });

const pick = ({ variables, includes }: Inspection): Pick<Inspection, 'variables' | 'includes'> => ({ variables, includes });

/** Overlay names with the nodes that have them. */
function usersOf(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  attemptEach(cluster.nodes, (node) => {
    const image = unlessRefused(() => cluster.imageOf(node));
    if (image === undefined) return;
    for (const { name } of assignedOverlays(cluster, node, image)) users.set(name, [...users.get(name) ?? [], node]);
  });
  return users;
}
