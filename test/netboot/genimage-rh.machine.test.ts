import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { saveBoots } from '../../lib/db/boots.ts';
import { withDatabase } from '../../lib/db/open.ts';
import { changePlaces } from '../../lib/image/replace.ts';
import { asset } from '../../lib/system/assets.ts';
import { buildCli, type Cli, type CliResult } from '../helpers/cli.ts';
import { makeHome, type Home } from '../helpers/database.ts';
import { filesKilledAt, Killed } from '../helpers/faults.ts';
import { makeRpmRepository } from '../helpers/rpms.ts';
import { makeTree } from '../helpers/trees.ts';

let cli: Cli;
let home: Home;
let root: string;
const run = (...args: string[]): Promise<CliResult> => cli.run(args, home.env);
const image = (...parts: string[]): string => join(root, 'install/netboot/rocky9.4/x86_64/tiny', ...parts);
const read = (path: string): string => readFileSync(image('rootimg', path), 'utf8');

/** Debian packages that dracut and our module need; all are here, as .ci/setup or Debian itself has them. */
const BASE = [
  'bash', 'dash', 'coreutils', 'util-linux', 'mount', 'findutils', 'sed', 'grep', 'gzip', 'zstd', 'cpio', 'tar', 'kmod', 'udev', 'procps', 'iproute2', 'nfs-common', 'curl', 'libc-bin',
];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'statelite-rh-'));
  [cli, home] = await Promise.all([buildCli(), makeHome()]);
  makeRpmRepository(root, [
    { name: 'base-files', provides: ['/bin/sh'], repackage: BASE, files: { 'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n', 'etc/group': 'root:x:0:\n', 'etc/shadow': 'root:*:19000:0:99999:7:::\n', 'etc/selinux/config': 'SELINUX=enforcing\n', 'etc/ssh/ssh_host_rsa_key': 'private' }, post: 'ldconfig; test -e /proc/self/status && echo scripted >/etc/scripted' },
    { name: 'dracut', requires: ['base-files'], repackage: ['dracut-core'] },
    ...['5.14.0-9', '5.14.0-10'].map((version) => ({ name: `kernel-core-${version}`, files: { [`usr/lib/modules/${version}/vmlinuz`]: `kernel ${version}`, [`usr/lib/modules/${version}/modules.dep`]: '', [`usr/lib/modules/${version}/modules.order`]: '', [`usr/lib/modules/${version}/modules.builtin`]: 'kernel/drivers/net/virtio_net.ko\n' } })),
    ...['wanted', 'unwanted', 'debugger'].map((name) => ({ name: `member-${name}`, files: { [`opt/members/${name}`]: name } })),
    { name: 'site-tool', files: { 'opt/site/tool': '#!/bin/sh\n', 'opt/site/docs/a/page': 'page', 'opt/site/docs/keep': 'kept' } },
  ], { 'site-group': ['member-wanted', 'member-unwanted', 'member-debugger'], 'debug-group': ['member-debugger'] });
  makeTree(root, {
    'lists/sync': `${root}/lists/motd -> /etc/motd\n${root}/lists/*.conf -> /etc/site/\nAPPEND:\n${root}/lists/hosts -> /etc/hosts\n`, 'lists/motd': 'synced\n', 'lists/a.conf': '\u0001a', 'lists/b.conf': 'b', 'lists/hosts': '10.0.0.1 mgt\n',
    'lists/tiny.pkglist': '#INCLUDE:base.list#\n@site-group\n-member-unwanted\n-@debug-group\nkernel-core-5.14.0-9\nkernel-core-5.14.0-10\n', 'lists/base.list': 'dracut\nabsent\n-absent\n', 'lists/other.list': 'site/site-tool\n',
    'lists/exlist': './opt/site/docs*\n+./opt/site/docs/keep\n', 'lists/post': '#!/bin/sh\nenv | grep ^IMG_ | sort >"$IMG_ROOTIMGDIR/etc/img"\necho "$@" >"$IMG_ROOTIMGDIR/etc/words"\n',
  });
  execFileSync('chmod', ['755', join(root, 'lists/post')]);
  await run('chtab', 'key=installdir', `site.value=${join(root, 'install')}`);
  await run('chtab', 'key=system', 'username=root', 'passwd.password=$6$salt$hash');
  await run('mkdef', '-t', 'osimage', '-o', 'tiny', 'osvers=rocky9.4', 'osarch=x86_64', 'profile=tiny', `synclists=${root}/lists/sync`, `pkglist=${root}/lists/tiny.pkglist`, `pkgdir=${root}/repo`,
    `otherpkglist=${root}/lists/other.list`, `exlist=${root}/lists/exlist`, `postinstall=${root}/lists/post --with words`);
}, 120_000);
afterAll(async () => {
  cli.remove();
  await home.cleanup();
  rmSync(root, { recursive: true, force: true });
});

let first = '';
test('dnf makes a root tree of real RPMs, with kernel and initrd, scripts, exlist and the password of root', async () => {
  const made = await run('genimage', 'tiny', '--json', '-n', 'nosuch,virtio-net');
  expect(made).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^(?!.*Error)[^]*Warning: tiny: the kernel has no driver nosuch: not in the initrd\n/) });
  first = everythingOf(image());
  expect(JSON.parse(made.stdout)).toMatchObject({ image: 'tiny', family: 'rh', sources: `file://${root}/repo` });
  expect(readFileSync(image('kernel'), 'utf8')).toBe('kernel 5.14.0-10');
  expect(execFileSync('file', ['-b', image('initrd-statelite.gz')], { encoding: 'utf8' })).toMatch(/cpio|Zstandard/);
  const inInitrd = execFileSync('sh', ['-c', '{ zstd -qdc "$1" || xz -dc "$1"; } 2>/dev/null | cpio -t --quiet', 'sh', image('initrd-statelite.gz')], { encoding: 'utf8' });
  for (const part of readdirSync(asset('netboot/dracut/98statelite')).filter((name) => /^statelite-.*\.sh$|^statelite-boot$/.test(name))) expect(inInitrd).toMatch(new RegExp(`/${part}$`, 'm'));
  expect([read('etc/scripted'), read('etc/selinux/config'), read('etc/shadow')]).toEqual(['scripted\n', 'SELINUX=disabled\n', 'root:$6$salt$hash::0:99999:7:::\n']);
  expect([existsSync(image('rootimg/etc/ssh/ssh_host_rsa_key')), existsSync(image('rootimg/opt/site/docs/a')), read('opt/site/docs/keep')]).toEqual([false, false, 'kept']);
  expect(read('etc/img')).toContain(`IMG_KERNELVERSION=5.14.0-10\nIMG_NAME=tiny\n`);
  expect(read('etc/words')).toBe(`--with words ${image('.rootimg.new')} rocky9.4 x86_64 tiny ${root}/lists\n`);
  expect(execFileSync('rpm', ['--root', image('rootimg'), '--dbpath', '/var/lib/rpm', '-q', 'site-tool'], { encoding: 'utf8' })).toBe('site-tool-1-1.x86_64\n');
  expect([existsSync(image('rootimg/opt/members/wanted')), existsSync(image('rootimg/opt/members/unwanted')), existsSync(image('rootimg/opt/members/debugger'))]).toEqual([true, false, false]);
  expect([read('etc/motd'), read('etc/site/a.conf'), read('etc/site/b.conf'), read('etc/hosts')]).toEqual(['synced\n', '\u0001a', 'b', expect.stringMatching(/^127[^]*10\.0\.0\.1 mgt\n$/)]);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(root);
}, 120_000);

/** What one can tell of an image but dates: types, modes, owners, links, attributes and contents of the tree, kernel and initrd. */
const everythingOf = (directory: string): string => execFileSync('sh', ['-c', 'cd "$1" && find rootimg kernel initrd-statelite.gz -printf "%y %m %U %G %n %p %l\\n" | sort; find rootimg kernel initrd-statelite.gz -type f -print0 | sort -z | xargs -0 sha256sum; getfattr -Rdhm - rootimg', 'sh', directory], { encoding: 'utf8', maxBuffer: 1 << 28 });

/** Types an answer to each question as it shows; gives back all that was shown. */
async function onTerminal(words: string, answers: readonly string[]): Promise<string> {
  const terminal = spawn('script', ['-qec', `stty cols 80; exec ${process.execPath} ${cli.entry} ${words}`, '/dev/null'], { env: home.env, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  let answered = 0;
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    for (; answered < shown.split(/\]: /).length - 1; answered += 1) terminal.stdin.write(`${answers[answered] ?? ''}\r`);
  });
  await new Promise((resolve) => { terminal.on('close', resolve); });
  return shown;
}

test('the same lists and packages make the same tree again, byte for byte; a terminal shows the steps with their seconds', async () => {
  expect(await onTerminal('genimage tiny', ['y'])).toMatch(/tiny is there[^]*root tree of 5 packages[^\n]*\[\d+\.\d s][^]*put in place[^\n]*\[\d+\.\d s][^]*tiny: made in /);
  expect(everythingOf(image())).toBe(first);
}, 120_000);

test('asks on a terminal for what is missing, and never otherwise', async () => {
  expect(await onTerminal('genimage --dryrun', ['', 'rocky9.4', '', ''])).toMatch(
    /Regenerate an existing image\? Its name \(tiny\), or n for a new one \[n\]: [^]*Operating system \[debian12\]: [^]*Profile \[compute\]: [^]*Interface the nodes boot from \[eth0\]: [^]*image: rocky9\.4-x86_64-compute[^]*packageList: .*rh\/compute\.pkglist/,
  );
  expect(await onTerminal('genimage --dryrun', ['tiny'])).toMatch(/image: tiny\r/);
  expect(await run('genimage', '--dryrun')).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/-o os and -p profile are missing[^]*Hint: genimage -o/) });
}, 60_000);

test('an image of the tables keeps its drivers and its kernel, however it is named', async () => {
  await run('mkdef', '-t', 'osimage', '-o', 'rocky9.4-x86_64-tiny', 'osvers=rocky9.4', 'osarch=x86_64', 'profile=tiny', 'netdrivers=igb', 'kernelver=5.14.0-9', `pkglist=${root}/lists/tiny.pkglist`, `pkgdir=${root}/repo`);
  for (const words of [['rocky9.4-x86_64-tiny'], ['-o', 'rocky9.4', '-a', 'x86_64', '-p', 'tiny']]) expect((await run('genimage', ...words, '--dryrun')).stdout).toMatch(/drivers: igb\nkernel: 5\.14\.0-9/);
  await run('rmdef', '-t', 'osimage', '-o', 'rocky9.4-x86_64-tiny');
}, 60_000);

test('asks on a terminal before it makes an image anew, naming the nodes that have it', async () => {
  await run('mkdef', '-t', 'node', 'n[1-3]', 'groups=all', 'provmethod=tiny');
  const before = statSync(image('rootimg')).ino;
  expect(await onTerminal('genimage tiny', [''])).toMatch(/Notice: n\[1-3\] are set to tiny: those that run have the new one when they boot again[^]*tiny is there; [^]* y\/n \[n\]: [^]*Error: tiny stays as it is\r\n {2}Hint: genimage --yes tiny/);
  expect(statSync(image('rootimg')).ino).toBe(before);
}, 60_000);

test('the image that was replaced stays for nodes that run from it: --undo gives it back, and nothing deletes it before they have booted again', async () => {
  const mark = (tree: string): string | undefined => (existsSync(image(tree, 'etc/mark')) ? readFileSync(image(tree, 'etc/mark'), 'utf8') : undefined);
  writeFileSync(image('rootimg/etc/mark'), 'before');
  writeFileSync(image('kernel'), 'kernel before');
  expect(await run('genimage', 'tiny')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`The image before stays as ${image('rootimg.old')}`) });
  expect([mark('rootimg'), mark('rootimg.old'), readFileSync(image('kernel'), 'utf8'), readFileSync(image('kernel.old'), 'utf8')]).toEqual([undefined, 'before', 'kernel 5.14.0-10', 'kernel before']);
  expect(await run('genimage', '--undo', 'tiny')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Next: liteimg tiny') });
  expect([mark('rootimg'), mark('rootimg.old'), readFileSync(image('kernel'), 'utf8'), existsSync(image('.rootimg.new'))]).toEqual(['before', undefined, 'kernel before', false]);
  await run('genimage', '--undo', 'tiny');
  expect([mark('rootimg'), mark('rootimg.old')]).toEqual([undefined, 'before']);

  await run('mkdef', '-t', 'node', 'n01', 'groups=all', 'provmethod=tiny');
  const boot = (begun: number, id: string): Promise<void> => withDatabase(home.system, (database) => saveBoots(database, [{ node: 'n01', boot: id, begun, heard: begun, phases: {}, good: {}, failed: {}, parts: {}, warnings: [] }]));
  await boot(Date.now() - 3_600_000, 'one');
  for (const words of [['genimage', 'tiny'], ['rmimage', '--old', 'tiny']]) {
    expect(await run(...words)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/n01 has not booted since genimage replaced the tree it runs from, which is .*rootimg\.old and would be deleted now\n {2}Hint: boot it again: rpower n01 reset; or (?:genimage -f|rmimage -f --old) tiny/) });
  }
  expect(mark('rootimg.old')).toBe('before');
  await boot(Date.now(), 'two');
  expect(await run('rmimage', '--old', 'tiny')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Deleted ${image('rootimg.old')}`) });
  expect([existsSync(image('rootimg.old')), existsSync(image('kernel.old')), existsSync(image('rootimg/etc')), existsSync(image('kernel'))]).toEqual([false, false, true, true]);
  expect(await run('genimage', '--undo', 'tiny')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/there is no image before tiny: no .*rootimg\.old/) });
  await run('rmdef', '-t', 'node', 'n01');
}, 180_000);

test('a full disk is told as such, with the image in place', () => {
  const script = [
    'mount -t tmpfs -o size=24m small "$SMALL" && mkdir -p "$SMALL/rootimg" && : >"$SMALL/rootimg/old"', '"$@" 2>&1', 'echo "exit $?"', 'ls -A "$SMALL" "$SMALL/rootimg"',
  ].join('\n');
  const told = execFileSync('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, cli.entry, 'genimage', 'tiny'], { encoding: 'utf8', env: { ...home.env, SMALL: image() } });
  expect(told).toMatch(/the image in place was not touched: the disk of .*tiny is full\n {2}Hint: df -h [^]*\nexit 1\n/);
  expect(told).toMatch(/rootimg\n[^]*rootimg:\nold\n/);
  expect(told).not.toContain('.rootimg.new\n');
}, 120_000);

test('another kernel is chosen by -k, and one that is not there is refused with those that are; the tree stays', async () => {
  expect((await run('geninitrd', 'tiny', '-k', '5.14.0-9')).exitCode).toBe(0);
  expect(readFileSync(image('kernel'), 'utf8')).toBe('kernel 5.14.0-9');
  expect(await run('geninitrd', 'tiny', '-k', '6.0')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it has 5.14.0-9, 5.14.0-10') });
}, 120_000);

test.each(['SIGINT', 'SIGKILL', 'Ctrl-C'] as const)('ended by %s it leaves the image in place and no process behind', async (signal) => {
  writeFileSync(join(root, 'lists/post'), `#!/bin/sh\nexec sleep 4711 >"${root}/asleep"\n`);
  const child = signal === 'Ctrl-C'
    ? spawn('script', ['-qec', `stty cols 80; exec ${process.execPath} ${cli.entry} genimage --yes tiny`, '/dev/null'], { env: home.env })
    : spawn(process.execPath, [cli.entry, 'genimage', 'tiny'], { env: home.env });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { told += text; });
  const ended = new Promise<void>((resolve) => { child.on('close', () => resolve()); });
  while (child.exitCode === null && !existsSync(join(root, 'asleep'))) await new Promise((resolve) => { setTimeout(resolve, 50); });
  if (signal === 'Ctrl-C') child.stdin.write('\u0003');
  else child.kill(signal);
  await ended;
  rmSync(join(root, 'asleep'), { force: true });
  const sleeping = (): boolean => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes('sleep 4711');
  for (let tries = 0; sleeping() && tries < 100; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 50); });
  expect([existsSync(image('rootimg/etc/img')), existsSync(image('.rootimg.new')), sleeping()]).toEqual([true, signal === 'SIGKILL', false]);
  if (signal !== 'SIGKILL') expect(told).toContain('was interrupted; the image in place was not touched');
}, 120_000);

test('ended between the renames of old and new, the exchange is finished by the next run, whole, and can be undone; what is mounted in an image stays, and so does the image', async () => {
  rmSync(image('rootimg.old'), { recursive: true, force: true });
  const kernel = readFileSync(image('kernel'), 'utf8');
  makeTree(image(), { 'rootimg.old/etc/mark': 'before', 'kernel.old': 'before', 'initrd-statelite.gz.old': 'before' });
  expect(() => changePlaces(filesKilledAt(3, 'after', home.system.files, 'renames').files, image())).toThrow(Killed);
  expect([existsSync(image('rootimg')), readFileSync(image('kernel.old'), 'utf8')]).toEqual([false, 'before']);
  makeTree(root, { 'lists/tiny.pkglist': 'dracut\nno-such-package\n', 'outside/file': 'x' });
  expect(await run('genimage', 'tiny')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Notice: tiny: a run was ended while tree, kernel and initrd changed places; that is finished now') });
  expect([readFileSync(image('rootimg/etc/mark'), 'utf8'), readFileSync(image('kernel'), 'utf8'), existsSync(image('rootimg.old/etc/img')), existsSync(image('.rootimg.new'))]).toEqual(['before', 'before', true, false]);
  expect((await run('genimage', '--undo', 'tiny')).exitCode).toBe(0);
  expect([existsSync(image('rootimg/etc/img')), readFileSync(image('kernel'), 'utf8')]).toEqual([true, kernel]);
  execFileSync('mount', ['--bind', join(root, 'outside'), image('rootimg/opt')]);
  try {
    expect(await run('genimage', 'tiny')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/mounted there: .*rootimg\/opt\n {2}Hint: umount /) });
    expect(existsSync(join(root, 'outside/file'))).toBe(true);
  } finally {
    execFileSync('umount', [image('rootimg/opt')]);
  }
}, 120_000);

test('a package that is nowhere and a source that does not answer are told as such, with the old image in place and nothing beside it', async () => {
  makeTree(root, { 'lists/tiny.pkglist': 'dracut\nno-such-package\nnor-this\n' });
  expect(await run('genimage', 'tiny')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/was not touched: no package source has no-such-package, nor-this\n {2}Hint: correct .*tiny\.pkglist or .*other\.list,/) });
  await run('chdef', '-t', 'osimage', 'tiny', 'pkgdir=http://127.0.0.1:9/repo');
  expect(await run('genimage', 'tiny')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/a package source cannot be read: http:\/\/127\.0\.0\.1:9\/repo\/repodata\/repomd\.xml: Curl error/) });
  expect([existsSync(image('rootimg/etc/img')), existsSync(image('.rootimg.new')), existsSync(image('.dnf')), existsSync(image('.kernel.new'))]).toEqual([true, false, false, false]);
}, 120_000);
