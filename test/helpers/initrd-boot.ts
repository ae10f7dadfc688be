// Runs in namespaces of its own, see initrd.ts: one start of statelite-boot in a root made of this machine's programs and the shipped scripts,
// and servers that fail as the case says.
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { joinScript } from '../../lib/image/join-script.ts';
import { renderPlan } from '../../lib/plan/render.ts';
import { createFiles } from '../../lib/system/files.ts';
import type { Answer, ArchiveAnswer, InitrdCase, InitrdResult } from './initrd.ts';
import { lite } from './liting.ts';
import { planOf } from './node-plan.ts';
import { plant, type NodeTree } from './node-tree.ts';

const SERVER = '10.9.0.1';
const PORT = 3001;
const IMAGE = '/install/image';

const { work, netboot, script, one } = JSON.parse(fs.readFileSync(0, 'utf8')) as
  { readonly work: string; readonly netboot: string; readonly script: string; readonly one: InitrdCase };
const run = (program: string, ...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const initrd = join(work, 'initrd');
const servers = join(initrd, 'servers');
const archives = new Map<string, Buffer>();
let planLater = '';
const requests: { what: string; port: number; body: string }[] = [];

// --- internal ---

function makeInitrd(): void {
  const extra = join(work, 'extra');
  plant(extra, { 'bin/': '', 'lib/': '', 'sbin/': '' });
  for (const name of fs.readdirSync(netboot).filter((one) => one.endsWith('.sh') && one !== 'module-setup.sh')) fs.copyFileSync(join(netboot, name), join(extra, 'lib', name));
  for (const name of ['statelite-boot', 'statelite-dhcp-event']) install(join(netboot, name), join(extra, 'sbin', name));
  plant(extra, { 'sbin/mount.nfs': { mode: 0o755, content: MOUNT }, 'bin/sleep': { mode: 0o755, content: SLEEP }, 'bin/systemctl': { mode: 0o755, content: `#!/bin/sh\ncase $1 in show) echo 12345678 ;; esac\n` }, 'lib/statelite/curl-libraries': execFileSync('sh', ['-c', `ldd /usr/bin/curl | ${LIBRARIES}`], { encoding: 'utf8' }) });
  plant(join(extra, 'lib/statelite/run'), { 'statelite/statelite-report.sh': fs.readFileSync(join(netboot, 'statelite-report.sh'), 'utf8') });
  plant(initrd, { 'usr/': '', 'proc/': '', 'sys/': '', 'dev/': '', 'run/': '', 'var/': '', 'tmp/': '', 'root/': '', 'sysroot/': '', 'etc/statelite/': '', 'bin': '-> usr/bin', 'sbin': '-> usr/sbin', 'lib': '-> usr/lib', 'lib64': '-> usr/lib64', 'etc/alternatives/awk': '-> /usr/bin/mawk' });
  run('mount', '-t', 'overlay', '-o', `lowerdir=${extra}:/usr`, 'usr', join(initrd, 'usr'));
  for (const name of ['null', 'urandom', 'random', 'zero']) {
    fs.writeFileSync(join(initrd, 'dev', name), '');
    run('mount', '--bind', `/dev/${name}`, join(initrd, 'dev', name));
  }
  run('mount', '-t', 'proc', 'proc', join(initrd, 'proc'));
  run('mount', '-t', 'sysfs', 'sysfs', join(initrd, 'sys'));
  const address = one.dhcp === true ? ' netdev=eth0' : ' ip=10.9.0.11::10.9.0.1:255.255.255.0:n01::none';
  const words = `NFSROOT=${SERVER}:${IMAGE} XCAT=${SERVER}:${PORT} NODE=n01${address} statelite.timeout=1 ${one.words ?? ''}\n`;
  for (const [name, text] of [['cmdline', words], ['sysrq-trigger', '']] as const) {
    const at = join(initrd, 'proc', name);
    if (!fs.existsSync(at)) continue; // this kernel has no sysrq
    fs.writeFileSync(join(work, name), text);
    run('mount', '--bind', join(work, name), at);
    // A slip here would restart this machine.
    if (fs.statSync(at).ino !== fs.statSync(join(work, name)).ino) throw new Error(`the real ${name} is not hidden`);
  }
  run('mkfifo', join(initrd, 'dev/console'));
}

function install(from: string, to: string): void {
  fs.copyFileSync(from, to);
  fs.chmodSync(to, 0o755);
}

/** What the servers have, as `<server>/<directory>`; mounting shows it, or says what the case wants. */
function makeServers(): void {
  const rows = one.rows ?? ['/etc/a', '/srv/state persistent'];
  const rootimg = join(servers, SERVER, IMAGE, 'rootimg');
  plant(rootimg, { '.statelite/': '', 'etc/init.d/': '', 'etc/a': 'image', 'srv/state': 'image', ...(one.followUp === true ? { 'usr/lib/systemd/systemd': '' } : {}), ...one.image });
  lite(rootimg, rows);
  fs.writeFileSync(join(rootimg, 'etc/init.d/statelite'), joinScript(createFiles(), script), { mode: 0o755 });
  const trees = Object.fromEntries(Object.keys(one.trees ?? {}).map((priority) => [priority, `${SERVER}:/tree${priority}`]));
  for (const [priority, tree] of Object.entries(one.trees ?? {})) plant(join(servers, SERVER, `tree${priority}`), tree);
  const state = join(servers, SERVER, 'state/n01');
  fs.mkdirSync(state, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `mode=755,size=${one.storeSize ?? '1m'}`, 'store', state);
  plant(state, one.store ?? {});
  if (one.storeReadOnly === true) run('mount', '-o', 'remount,ro', state);
  if (one.overlays !== undefined) giveShell(rootimg);
  const planWith = (overlays: Readonly<Record<string, NodeTree>>): { readonly text: string; readonly shared: readonly string[] } => {
    for (const [name, tree] of Object.entries(overlays)) {
      fs.rmSync(join(work, 'overlays', name), { recursive: true, force: true });
      plant(join(work, 'overlays', name), tree);
    }
    if (one.prepareOverlays !== undefined) execFileSync('sh', ['-euc', one.prepareOverlays], { env: { ...process.env, OVERLAYS: join(work, 'overlays') } });
    const made = planOf({ node: 'n01', image: join(servers, SERVER, IMAGE), rows, trees, store: `${SERVER}:/state`, installdir: work, overlays: Object.keys(overlays), ...(one.scriptRules === undefined ? {} : { scriptRules: one.scriptRules }) });
    for (const [hash, archive] of made.archives) archives.set(hash, archive);
    return { text: `${made.own}${renderPlan(made.plan)}`, shared: (made.plan.overlays ?? []).filter(({ kind }) => kind === 'shared').map(({ hash }) => hash) };
  };
  planLater = one.overlaysLater === undefined ? '' : planWith(one.overlaysLater).text;
  const { text, shared } = planWith(one.overlays ?? {});
  for (const hash of one.archiveCopies === 'none' ? [] : shared) {
    fs.mkdirSync(join(servers, SERVER, IMAGE, 'overlays'), { recursive: true });
    fs.writeFileSync(join(servers, SERVER, IMAGE, 'overlays', hash), one.archiveCopies === 'spoiled' ? 'spoiled' : archives.get(hash) ?? '');
  }
  fs.writeFileSync(join(work, 'plan'), text);
  if (one.spoilImage !== undefined) execFileSync('sh', ['-euc', one.spoilImage], { env: { ...process.env, ROOT: rootimg } });
  if (one.copy !== 'no plan at all') plant(join(servers, SERVER, IMAGE), { 'plans/n01': spoiled(text, one.copy ?? 'plan') });
  for (const [directory, [message, times]] of Object.entries(one.mounts ?? {})) plant(join(servers, 'says', SERVER, directory), { message, times: String(times ?? 1000) });
}

/** What init scripts need of the image. */
function giveShell(rootimg: string): void {
  execFileSync('sh', ['-euc', `for program in dash sleep cat ls; do
    cp -L --parents "/usr/bin/$program" $(ldd "/usr/bin/$program" | sed -n 's/^[^/]*\\(\\/[^ ]*\\).*/\\1/p') "$0"
  done
  ln -s dash "$0/usr/bin/sh"
  ln -s usr/bin "$0/bin"
  mkdir -p "$0/dev" "$0/proc" "$0/sys" "$0/run"`, rootimg]);
}

function makeNetwork(): void {
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'server0');
  run('ip', 'address', 'add', `${SERVER}/24`, 'dev', 'server0');
  run('ip', 'link', 'set', 'server0', 'up');
  for (const name of ['right', 'wrong']) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=statelite', '-addext', `subjectAltName=IP:${SERVER}`,
      '-keyout', join(work, `${name}.key`), '-out', join(work, `${name}.pem`)], { stdio: 'ignore' });
  }
  fs.copyFileSync(join(work, 'right.pem'), join(initrd, 'etc/statelite/ca.pem'));
}

function spoiled(text: string, answer: Answer): string {
  switch (answer) {
    case 'cut short': return text.slice(0, text.indexOf('\nend ') - 5);
    case 'own files spoiled': return text.replace(/(?<=^statelite-own .{40})./, (letter) => (letter === 'A' ? 'B' : 'A'));
    case 'own files missing': return text.replace(/^statelite-own .*\n/, '');
    case 'cut in own files': return text.slice(0, 60);
    case 'other node': return text.replace('node n01', 'node n02');
    case 'other form': return text.replace('statelite-plan 1', 'statelite-plan 2');
    case 'unknown word': return text.replace('\nhash ', '\nhush ');
    default: return text;
  }
}

async function serve(answers: readonly Answer[]): Promise<void> {
  let text = fs.readFileSync(join(work, 'plan'), 'utf8');
  const name = one.wrongCertificate === true ? 'wrong' : 'right';
  let [asked, seen, fetched] = [0, 0, 0];
  const answerArchive = (hash: string, response: ServerResponse): void => {
    const how: ArchiveAnswer = one.archives?.[Math.min(fetched, one.archives.length - 1)] ?? 'archive';
    fetched += 1;
    if (how === 'changed') text = planLater;
    if (how === 'changed') response.writeHead(409).end('the plan of n01 names no such overlay archive now: ask for the plan again\n');
    else if (how === 'refusal') response.writeHead(403).end('n01: policy row 4.8 denies it\n');
    else if (how === '503') response.writeHead(503).end('it is being made again\n');
    else response.writeHead(200).end(how === 'spoiled' ? 'spoiled' : archives.get(hash));
  };
  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    seen += 1;
    if (one.dead !== undefined && seen > one.dead.after && seen <= one.dead.after + one.dead.times) {
      request.socket.destroy();
      return;
    }
    requests.push({ what: `${request.method ?? ''} ${request.url ?? ''}`, port: request.socket.remotePort ?? 0, body });
    const [, hash] = /^\/overlay\?hash=([0-9a-f]+)$/.exec(request.url ?? '') ?? [];
    if (hash !== undefined) {
      answerArchive(hash, response);
      return;
    }
    if (request.url !== '/plan') {
      response.writeHead(204).end();
      return;
    }
    const how = answers[Math.min(asked, answers.length - 1)] ?? 'plan';
    asked += 1;
    if (how === 'silence') return;
    if (how === 'refusal') response.writeHead(403).end('n01: policy row 4.8 denies it\n');
    else if (how === '503') response.writeHead(503).end('the tables were not read yet\n');
    else if (how === 'cut on the wire') {
      response.writeHead(200, { 'content-length': text.length });
      response.write(text.slice(0, 100), () => request.socket.destroy());
    } else response.writeHead(200).end(spoiled(text, how));
  };
  const server: Server = createServer({ key: fs.readFileSync(join(work, `${name}.key`)), cert: fs.readFileSync(join(work, `${name}.pem`)) }, (request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => { body += part.toString(); }).on('end', () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(PORT, SERVER, resolve));
}

async function boot(): Promise<InitrdResult> {
  const consoleFd = fs.openSync(join(initrd, 'dev/console'), fs.constants.O_RDWR);
  let text = '';
  const shown = spawn('cat', [], { stdio: [consoleFd, 'pipe', 'ignore'] });
  shown.stdout?.on('data', (part: Buffer) => { text += part.toString(); });
  const enter = (words: readonly string[]): Promise<number | null> => new Promise((resolve) => {
    const child = spawn('setpriv', ['--bounding-set', '-sys_module,-sys_boot', 'chroot', initrd, ...words], { env: { PATH: '/usr/sbin:/usr/bin', STATELITE_ROOT: '/sysroot' }, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (part: Buffer) => { text += part.toString(); });
    child.on('exit', resolve);
  });
  const ended = enter(['/bin/sh', '/sbin/statelite-boot']);
  const rebooted = async (): Promise<undefined> => {
    while (!slept().includes(REBOOTING)) await sleep(50);
    return undefined;
  };
  const exitCode = await Promise.race([ended, rebooted()]);
  if (one.followUp === true) {
    // The running system has no file of the initrd but those of /run.
    run('mount', '--move', join(initrd, 'sysroot/.statelite'), moved());
    await enter(['/bin/sh', '/run/statelite/statelite-report.sh', 'up']);
    run('mount', '--move', moved(), join(initrd, 'sysroot/.statelite'));
  }
  await sleep(300);
  const root = join(initrd, 'sysroot');
  return {
    console: text, rebooted: exitCode === undefined, isRootReady: exitCode === 0, requests, log: read(join(root, '.statelite/statelite.log')),
    look: one.look === undefined ? '' : execFileSync('sh', ['-c', one.look], { env: { ...process.env, ROOT: root, RUN: join(initrd, 'run') }, encoding: 'utf8' }),
    sleeps: slept(),
  };
}

const read = (path: string): string => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');

const moved = (): string => {
  fs.mkdirSync(join(initrd, '.statelite'), { recursive: true });
  return join(initrd, '.statelite');
};

const slept = (): readonly number[] => read(join(initrd, 'tmp/slept')).split('\n').filter((line) => line !== '').map(Number);

/** Seconds that only a node that has asked the kernel for a reboot sleeps. */
const REBOOTING = 60;

/** In place of the kernel's NFS client: shows the server's directory, or says what the case wants. */
const MOUNT = `#!/bin/sh
from=$1 at=$2 options=$4 says=/servers/says/$(echo "$1" | sed 's/://')
from=/servers/$(echo "$from" | sed 's/://')
if [ -e "$says/message" ]; then
    read -r times <"$says/times"
    if [ "$times" -gt 0 ]; then
        echo $((times - 1)) >"$says/times"
        read -r message <"$says/message"
        case $message in silence) /usr/bin/env -i /usr/bin/tail -f /dev/null ;; esac
        echo "mount.nfs: $message" >&2
        exit 32
    fi
fi
[ -d "$from" ] || { echo "mount.nfs: mounting $1 failed, reason given by server: No such file or directory" >&2; exit 32; }
mount --bind "$from" "$at" || exit 32
case ,$options, in *,ro,*) mount -o remount,bind,ro "$at" ;; esac
`;

/** As module-setup.sh finds them. */
const LIBRARIES = /sed -n '[^\n]*p'/.exec(fs.readFileSync(join(netboot, 'module-setup.sh'), 'utf8'))?.[0] ?? '';

/** Notes how long, and sleeps a tenth of it; not between the reports of a slow boot, which come beside all else. */
const SLEEP = `#!/bin/sh
[ "$1" != 20 ] || exec /usr/bin/busybox sleep 20
echo "$1" >>/tmp/slept
exec /usr/bin/busybox sleep "$(echo "$1" | busybox awk '{ print $1 / 10 }')"
`;

fs.mkdirSync(work, { recursive: true });
run('mount', '-t', 'tmpfs', 'test', work);
makeInitrd();
makeServers();
makeNetwork();
if (one.answers !== undefined) await serve(one.answers);
process.stdout.write(JSON.stringify(await boot()), () => process.exit());
