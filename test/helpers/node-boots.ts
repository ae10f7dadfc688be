// Runs in a mount namespace of its own, see node-root.ts: boots each case as the initrd would, and tells what its node sees.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { createCluster } from '../../lib/cluster/create.ts';
import { joinScript } from '../../lib/image/join-script.ts';
import { readManifest } from '../../lib/image/manifest.ts';
import { createOverlays } from '../../lib/overlay/overlays.ts';
import { compilePlan } from '../../lib/plan/compile.ts';
import { splitOwn } from '../../lib/plan/own-files.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import type { BootPlan } from '../../lib/plan/boot-plan.ts';
import { createFiles } from '../../lib/system/files.ts';
import { lite, policyOf } from './liting.ts';
import type { Boot, BootResult, NodeCase } from './node-root.ts';
import { plant, type NodeTree } from './node-tree.ts';

const NODE = 'n01';
const OLD = Date.UTC(2001);
/** Has the case that is booted files with user.note? */
let hasNotes = false;

const { work, script: shipped, cases } = JSON.parse(fs.readFileSync(0, 'utf8')) as { readonly work: string; readonly script: string; readonly cases: readonly NodeCase[] };
const script = join(work, 'script');
fs.mkdirSync(work, { recursive: true });
fs.writeFileSync(script, joinScript(createFiles(), shipped));
process.stdout.write(JSON.stringify(cases.map((one, index) => {
  try {
    return runCase(one, join(work, String(index)));
  } catch (error) {
    process.stderr.write(`the case that could not be booted: ${JSON.stringify(one)}\n`);
    throw error;
  }
})));

// --- internal ---

function runCase(one: NodeCase, directory: string): readonly BootResult[] {
  hasNotes = JSON.stringify(one).includes('"note"');
  const root = join(directory, 'rootimg');
  const store = join(directory, 'store');
  const disk = join(directory, 'disk');
  for (const path of [root, store, disk]) fs.mkdirSync(path, { recursive: true });
  tmpfs(root);
  tmpfs(store, one.storeSize);
  tmpfs(disk);
  plant(disk, one.disk ?? {});
  plant(store, one.store ?? {});
  plant(root, { '.statelite/': '', 'etc/': '', ...one.image });
  const results = (one.boots ?? [{}]).map((boot) => {
    const result = bootOnce(one, boot, root, store, disk);
    unmountBelow(root);
    mount('-o', 'remount,rw', root);
    mount('-o', 'remount,rw', store);
    return result;
  });
  unmountBelow(directory);
  fs.rmSync(directory, { recursive: true });
  return results;
}

function bootOnce(one: NodeCase, boot: Boot, root: string, store: string, disk: string): BootResult {
  const rows = boot.rows ?? one.rows;
  const sources = boot.sources ?? one.sources ?? {};
  const report = `${root}.report`;
  const shell = (text: string | undefined): string =>
    text === undefined ? '' : execFileSync('sh', ['-eu', '-c', text], { env: { ...process.env, ROOT: root, STORE: store, DISK: disk, S: join(root, '.statelite'), REPORT: report }, encoding: 'utf8' });
  plant(root, boot.image ?? {});
  shell(boot.prepareImage);
  lite(root, rows);
  const { plan, archives } = compileFor(root, rows, Object.keys(sources), boot.overlays ?? one.overlays ?? {});
  const state = join(root, '.statelite');
  tmpfs(state, boot.ramSize);
  for (const name of ['tmpfs', 'mnt', `persistent/${NODE}`, 'localdisk']) fs.mkdirSync(join(state, name), { recursive: true });
  for (const [priority, tree] of Object.entries(sources)) {
    const path = join(state, 'mnt', priority);
    if (tree === null) continue;
    fs.mkdirSync(path);
    tmpfs(path);
    plant(path, tree);
  }
  for (const archive of archives) execFileSync('tar', ['-C', state, '-xpf', '-', '--xattrs', '--xattrs-include=*', '--numeric-owner'], { input: archive });
  if (boot.storeMounted !== false) mount('--bind', store, join(state, 'persistent', NODE));
  if (boot.storeMounted !== false) mount('--bind', disk, join(state, 'localdisk'));
  fs.writeFileSync(join(state, 'plan'), (boot.edit ?? []).reduce((text, [from, to]) => text.replace(new RegExp(from), to), renderPlan(plan)));
  shell(boot.prepare);
  for (const [priority, tree] of Object.entries(sources)) if (tree !== null) mount('-o', 'remount,ro', join(state, 'mnt', priority));
  if (boot.storeReadOnly === true) mount('-o', 'remount,ro', store);
  mount('-o', 'remount,ro', root);

  const shellWords = (one.shell ?? 'sh').split(' ');
  const trace = join(state, 'trace');
  const command = boot.countProcesses === true ? ['strace', '-f', '-qq', '-e', 'trace=execve,clone,clone3,fork,vfork', '-o', trace, ...shellWords, script] : [...shellWords, script];
  fs.rmSync(report, { force: true });
  const began = process.hrtime.bigint();
  const run = spawnSync(command[0] ?? '', command.slice(1), { env: { PATH: process.env['PATH'] ?? '', STATELITE_ROOT: root, STATELITE_REPORT: report }, encoding: 'utf8' });
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6;
  const log = join(state, 'statelite.log');
  return {
    plan,
    exitCode: run.status ?? -1,
    console: `${run.stdout}${run.stderr}`,
    log: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').filter((line) => line !== '') : [],
    milliseconds,
    processes: fs.existsSync(trace) ? fs.readFileSync(trace, 'utf8').split('\n').filter((line) => /^\d+ (execve|clone3?|v?fork)\(/.test(line.replace(/ +/, ' '))).length : 0,
    ram: one.quiet === true ? {} : walk(join(state, 'tmpfs'), ''),
    view: one.quiet === true ? {} : Object.assign({}, ...plan.rows.map(({ path }) => view(root, path))) as Record<string, string>,
    store: one.quiet === true ? {} : walk(store, ''),
    disk: one.quiet === true ? {} : walk(disk, ''),
    look: shell(boot.look),
  };
}

function compileFor(root: string, rows: readonly string[], priorities: readonly string[], trees: Readonly<Record<string, NodeTree>>): { readonly plan: BootPlan; readonly archives: readonly Buffer[] } {
  const directory = dirname(root);
  for (const [name, tree] of Object.entries(trees)) {
    fs.rmSync(join(directory, 'overlays', name), { recursive: true, force: true });
    plant(join(directory, 'overlays', name), tree);
  }
  const cluster = createCluster({
    site: [{ key: 'installdir', value: directory }],
    nodelist: [{ node: NODE }],
    litetree: priorities.map((priority) => ({ priority, directory: `server:/tree${priority}` })),
    statelite: [{ node: NODE, statemnt: 'server:/state' }],
    disklayout: [{ layout: 'image', label: 'state', disk: '/dev/vda', number: '1', fstype: 'ext4', mountpoint: 'store' }],
    osimage: [{ imagename: 'image', provmethod: 'statelite' }],
    linuximage: [{ imagename: 'image', rootimgdir: directory }],
    overlays: Object.keys(trees).length === 0 ? [] : [{ node: NODE, overlays: Object.keys(trees).join() }],
  });
  const image = cluster.image('image');
  if (image === undefined) throw new Error('no image');
  const files = createFiles();
  const overlays = createOverlays({ files });
  const past = { rows: policyOf(root, rows).rows, created: readManifest(files, root)?.created ?? [] };
  const plan = compilePlan(cluster, NODE, image, past.rows, () => overlays.partsOf(cluster, NODE, image, past));
  return { plan, archives: (plan.overlays ?? []).map((part) => {
    const content = overlays.content(cluster, NODE, image, past, part) ?? Buffer.alloc(0);
    return splitOwn(content.toString('latin1')).own?.('its plan') ?? content;
  }) };
}

/** What the node sees at a path and below it; symlinks of statelite itself are seen through. */
function view(root: string, path: string): Record<string, string> {
  const state = join(root, '.statelite');
  const homes = [join(state, 'tmpfs'), join(state, 'persistent', NODE), join(state, 'localdisk'), join(root, '.default'), ...fs.readdirSync(join(state, 'mnt')).map((name) => join(state, 'mnt', name))];
  const throughOwn = (real: string, seen: string): string => {
    if (look(real)?.isSymbolicLink() !== true) return real;
    const target = fs.readlinkSync(real);
    const next = join(real, '..', target);
    return next !== real && !target.startsWith('/') && homes.some((home) => next === join(home, seen)) ? throughOwn(next, seen) : real;
  };
  const found: Record<string, string> = {};
  const visit = (real: string, seen: string): void => {
    const at = throughOwn(real, seen);
    const what = describe(at);
    if (what === undefined) return;
    found[seen] = what;
    if (what.startsWith('directory')) for (const name of fs.readdirSync(at)) visit(join(at, name), `${seen}/${name}`);
  };
  const parts = path.split('/').slice(1);
  let real = root;
  parts.forEach((name, index) => {
    real = throughOwn(join(real, name), `/${parts.slice(0, index + 1).join('/')}`);
  });
  visit(real, path);
  return found;
}

function walk(directory: string, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of fs.readdirSync(directory)) {
    const what = describe(join(directory, name));
    if (what === undefined) continue;
    found[`${prefix}/${name}`] = what;
    if (what.startsWith('directory')) Object.assign(found, walk(join(directory, name), `${prefix}/${name}`));
  }
  return found;
}

function describe(path: string): string | undefined {
  const stat = look(path);
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return `-> ${fs.readlinkSync(path)}`;
  const type = stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : 'special';
  const time = type === 'file' && stat.mtimeMs > 0 && stat.mtimeMs < OLD ? ` @${stat.mtimeMs / 1000}` : '';
  const note = type === 'file' && hasNotes ? noteOf(path) : '';
  const what = `${type} ${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}${time}${note} ${isWritable(path, type) ? 'rw' : 'ro'}`;
  return type === 'file' ? `${what} ${fs.readFileSync(path, 'utf8')}` : what;
}

function noteOf(path: string): string {
  const { status, stdout } = spawnSync('getfattr', ['--absolute-names', '--only-values', '-n', 'user.note', '--', path], { encoding: 'utf8' });
  return status === 0 ? ` note=${stdout}` : '';
}

function look(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

// Really tries; root can write where mode bits say no, so only the file system can refuse.
function isWritable(path: string, type: string): boolean {
  try {
    if (type === 'special') return false;
    if (type === 'directory') fs.rmdirSync(fs.mkdtempSync(join(path, '.try-')));
    else fs.closeSync(fs.openSync(path, 'r+'));
    return true;
  } catch {
    return false;
  }
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function tmpfs(path: string, size?: string): void {
  mount('-t', 'tmpfs', '-o', `mode=755${size === undefined ? '' : `,size=${size}`}`, 'test', path);
}

/** Everything mounted below a directory, last first; the namespace's end would do it too, but cases are many. */
function unmountBelow(directory: string): void {
  const octal = (text: string): string => text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
  const mounts = fs.readFileSync('/proc/self/mounts', 'latin1').split('\n').map((line) => Buffer.from(octal(line.split(' ')[1] ?? ''), 'latin1').toString());
  for (const path of mounts.filter((one) => one.startsWith(`${directory}/`)).reverse()) execFileSync('umount', [path], { stdio: 'inherit' });
}
