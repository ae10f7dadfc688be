import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { outputFileSync } from 'fs-extra/esm';
import { compilePlan } from '../../lib/plan/compile.ts';
import { renderPlan, type Wipe } from '../../lib/plan/render.ts';
import { asset } from '../../lib/system/assets.ts';
import type { Row } from '../../tables/table.ts';
import { imageOf, planCluster } from './plans.ts';

export interface DiskBoot {
  readonly exitCode: number | null;
  readonly console: string;
  readonly report: string;
  readonly look: string;
}

export interface DiskBootOptions {
  readonly wipe?: Wipe;
  /** Of a disk that it makes, the first empty one, in place of rows. */
  readonly script?: string;
  /** Runs after both phases, with $ROOT and $S. */
  readonly look?: string;
  /** Kills everything before the so-manieth program that changes something. */
  readonly killAt?: number;
  /** Kills that program at its so-manieth write, and with it everything. */
  readonly killWrite?: readonly [program: string, at: number];
}

/** A node's root with real disks, which are loop devices; each boot has a mount namespace of its own, whose mounts end with it. */
export class LocalDisks {
  readonly directory = mkdtempSync(join(tmpdir(), 'statelite-disk-'));
  readonly root = join(this.directory, 'root');
  readonly disks: string[] = [];
  private made = 0;
  private readonly files = new Map<string, string>();

  constructor(image: Readonly<Record<string, string>> = {}) {
    mkdirSync(join(this.root, '.statelite'), { recursive: true });
    for (const [path, text] of Object.entries(image)) outputFileSync(join(this.root, path), text);
    for (const name of CHANGING) this.wrap(name);
  }

  /** Attaches one more blank disk and returns its path. */
  add(mib: number): string {
    const file = join(this.directory, `disk${(this.made += 1)}`);
    writeFileSync(file, '');
    truncateSync(file, mib * 1024 * 1024);
    const device = execFileSync('losetup', ['-f', '--show', file], { encoding: 'utf8' }).trim();
    this.disks.push(device);
    this.files.set(device, file);
    return device;
  }

  /** Makes a disk larger. */
  grow(disk: string, mib: number): void {
    truncateSync(this.files.get(disk) ?? '', mib * 1024 * 1024);
    execFileSync('losetup', ['-c', disk]);
  }

  /** Detaches a disk. */
  drop(disk: string): void {
    this.sh(disk, 'partx -d $DISK 2>/dev/null || :; losetup -d $DISK');
    this.disks.splice(this.disks.indexOf(disk), 1);
  }

  /** Text that a shell prints, with $DISK. */
  sh(disk: string, script: string): string {
    return execFileSync('sh', ['-euc', script], { env: { ...process.env, DISK: disk }, encoding: 'utf8' });
  }

  /** SHA-256 of all that is on a disk. */
  sum(disk: string): string {
    return this.sh(disk, 'sync; blockdev --flushbufs $DISK; sha256sum <$DISK');
  }

  /** Both phases of one boot with a layout whose rows are given. */
  boot(rows: readonly Row[], { wipe, script, ...options }: DiskBootOptions = {}): DiskBoot {
    const cluster = planCluster({ disklayout: rows.map((row) => ({ layout: 'l', fstype: 'ext4', ...row })), localdisk: [{ node: 'n01', layout: script === undefined ? 'l' : 'none' }] });
    const state = join(this.root, '.statelite');
    rmSync(state, { recursive: true });
    mkdirSync(state);
    const plan = compilePlan(cluster, 'n01', imageOf(cluster), []);
    writeFileSync(join(state, 'plan'), renderPlan(script === undefined ? plan : { ...plan, disks: [{ disk: 'first-empty', parts: [], script }] }, wipe));
    return this.run(RUN, options, { SCRIPT: asset('add-on/localdisk/rc.localdisk') });
  }

  /** Runs an init script of an overlay by a shell, in the machine's own root, where /var/log begins as the node's and only these disks are disks. */
  runInitScript(shell: string, text: string, options: DiskBootOptions = {}): DiskBoot {
    writeFileSync(join(this.directory, 'script'), text);
    const blocks = join(this.directory, 'block');
    rmSync(blocks, { recursive: true, force: true });
    for (const disk of this.disks) {
      const name = basename(disk);
      for (const directory of ['device', 'holders']) mkdirSync(join(blocks, name, directory), { recursive: true });
      const facts = { size: this.sh(disk, 'blockdev --getsz $DISK'), dev: readFileSync(`/sys/class/block/${name}/dev`, 'utf8'), ro: '0\n', removable: '0\n' };
      for (const [fact, value] of Object.entries(facts)) writeFileSync(join(blocks, name, fact), value);
      for (const part of [1, 2, 3]) symlinkSync(`/sys/class/block/${name}p${part}`, join(blocks, name, `${name}p${part}`));
    }
    return this.run(RUN_SCRIPT, options, { SCRIPT: join(this.directory, 'script'), SCRIPT_SHELL: shell, BLOCKS: blocks, BIN: join(this.directory, 'bin'), REAL: join(this.directory, 'usr') });
  }

  /** How many programs that change something the last boot ran. */
  changes(): number {
    return readFileSync(join(this.directory, 'count'), 'utf8').length;
  }

  remove(): void {
    for (const disk of [...this.disks]) this.drop(disk);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private run(commands: string, { look = '', killAt = 0, killWrite = ['none', 0] }: DiskBootOptions, more: NodeJS.ProcessEnv): DiskBoot {
    for (const disk of this.disks) this.untilFree(disk);
    // A kernel without GPT, as some test machines have, learns of partitions by partx.
    for (const disk of this.disks) this.sh(disk, 'partx -d $DISK 2>/dev/null || :; partx -a $DISK 2>/dev/null || :');
    writeFileSync(join(this.directory, 'count'), '');
    const run = spawnSync('unshare', ['--mount', '--propagation', 'private', 'setsid', '--wait', 'sh', '-c', commands], {
      encoding: 'utf8',
      env: {
        ...process.env, PATH: `${join(this.directory, 'bin')}:${process.env['PATH'] ?? ''}`, WRITES, LOOK: look, ROOT: this.root, S: join(this.root, '.statelite'),
        STATELITE_ROOT: this.root, STATELITE_DISKS: this.disks.map((disk) => disk.replace('/dev/', '')).join(' '),
        COUNT: join(this.directory, 'count'), KILL_AT: String(killAt), KILL_WRITE: killWrite.join(), OUT: join(this.directory, 'out'), ...more,
      },
    });
    const read = (name: string): string => (existsSync(join(this.directory, name)) ? readFileSync(join(this.directory, name), 'utf8') : '');
    const result = { exitCode: run.status, console: `${run.stdout}${run.stderr}`, report: read('out.report'), look: read('out.look') };
    for (const name of ['out.report', 'out.look']) rmSync(join(this.directory, name), { force: true });
    return result;
  }

  /** The mounts of a boot that was ended go with its namespace, a moment later. */
  private untilFree(disk: string): void {
    const stop = Date.now() + 20_000;
    for (;;) {
      try {
        closeSync(openSync(disk, constants.O_RDONLY | constants.O_EXCL));
        return;
      } catch (error) {
        if (Date.now() > stop) throw error;
        execFileSync('sleep', ['0.05']);
      }
    }
  }

  private wrap(name: string): void {
    const path = join(this.directory, 'bin', name);
    mkdirSync(join(this.directory, 'bin'), { recursive: true });
    const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    writeFileSync(path, `#!/bin/sh\nreal=\${REAL-/usr}${real.replace(/^[/]usr/, '')}\n${WRAPPER}`);
    chmodSync(path, 0o755);
  }
}

// --- internal ---

/** Programs of rc.localdisk and init scripts that change a disk or what is mounted. */
const CHANGING = ['dd', 'wipefs', 'sfdisk', 'mkfs.ext4', 'mkfs.xfs', 'mkfs.btrfs', 'mkswap', 'partx', 'mount', 'umount', 'tar', 'sync', 'xfs_growfs', 'btrfs', 'cp', 'e2label', 'swaplabel'];

const WRITES = 'write,pwrite64,copy_file_range';

const WRAPPER = `echo >>"$COUNT"
n=$(wc -l <"$COUNT")
[ "$KILL_AT" = 0 ] || [ $n -lt "$KILL_AT" ] || kill -9 -"$GROUP"
[ "\${0##*/}" != "\${KILL_WRITE%,*}" ] || { strace -f -qq -o /dev/null -e "trace=$WRITES" -e "inject=$WRITES:signal=KILL:when=\${KILL_WRITE#*,}" "$real" "$@" || kill -9 -"$GROUP"; exit 0; }
exec "$real" "$@"
`;

const RUN = `export GROUP=$$
phase() { sh "$SCRIPT" $1 || { code=$?; echo "STOPPED: $(cat "$S/localdisk.stopped")"; exit $code; }; }
phase prepare
cat "$S/localdisk.report" >"$OUT.report"
phase mount
cat "$S/localdisk.report" >>"$OUT.report"
[ -z "$LOOK" ] || eval "$LOOK" >"$OUT.look" 2>&1
sed -n 's/^\\(.*\\) partition.*/\\1/p' /proc/swaps | while read -r swap; do case " $STATELITE_DISKS " in *" \${swap#/dev/}"*) ;; *) swapoff "$swap" 2>/dev/null ;; esac; done
exit 0
`;

/**
 * A script finds its programs by its own PATH: those that are counted take their places. Drivers are there, and nothing has to be waited for. It does not
 * run where it could see a disk of this machine.
 */
const RUN_SCRIPT = `export GROUP=$$
PATH=/usr/sbin:/usr/bin
set -e
mkdir -p "$REAL"
mount --bind /usr "$REAL"
mount -t tmpfs none /run
mount --bind "$BLOCKS" /sys/block
[ "$(ls /sys/block)" = "$(ls "$BLOCKS")" ]
for name in modprobe sleep; do [ ! -e "$(command -v $name)" ] || "$REAL/bin/mount" --bind "$REAL/bin/true" "$(command -v $name)"; done
mount -t tmpfs none /var/log
cp -a "$ROOT/var/log/." /var/log/
for name in "$BIN"/*; do
    at=/usr/sbin/\${name##*/}
    [ -e $at ] || at=/usr/bin/\${name##*/}
    "$REAL/bin/mount" --bind "$name" $at
done
: >"$COUNT"
set +e
$SCRIPT_SHELL "$SCRIPT" || { code=$?; exit $code; }
[ -z "$LOOK" ] || eval "$LOOK" >"$OUT.look" 2>&1
exit 0
`;
