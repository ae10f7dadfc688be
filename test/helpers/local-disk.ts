import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  boot(rows: readonly Row[], { wipe, script, look = '', killAt = 0, killWrite = ['none', 0] }: DiskBootOptions = {}): DiskBoot {
    const cluster = planCluster({ disklayout: rows.map((row) => ({ layout: 'l', fstype: 'ext4', ...row })), localdisk: [{ node: 'n01', layout: script === undefined ? 'l' : 'none' }] });
    const state = join(this.root, '.statelite');
    rmSync(state, { recursive: true });
    mkdirSync(state);
    const plan = compilePlan(cluster, 'n01', imageOf(cluster), []);
    writeFileSync(join(state, 'plan'), renderPlan(script === undefined ? plan : { ...plan, disks: [{ disk: 'first-empty', parts: [], script }] }, wipe));
    for (const disk of this.disks) this.untilFree(disk);
    // A kernel without GPT, as some test machines have, learns of partitions by partx.
    for (const disk of this.disks) this.sh(disk, 'partx -d $DISK 2>/dev/null || :; partx -a $DISK 2>/dev/null || :');
    writeFileSync(join(this.directory, 'count'), '');
    const run = spawnSync('unshare', ['--mount', '--propagation', 'private', 'setsid', '--wait', 'sh', '-c', RUN], {
      encoding: 'utf8',
      env: {
        ...process.env, PATH: `${join(this.directory, 'bin')}:${process.env['PATH'] ?? ''}`, WRITES, SCRIPT: asset('add-on/localdisk/rc.localdisk'), LOOK: look, ROOT: this.root, S: state,
        STATELITE_ROOT: this.root, STATELITE_DISKS: this.disks.map((disk) => disk.replace('/dev/', '')).join(' '),
        COUNT: join(this.directory, 'count'), KILL_AT: String(killAt), KILL_WRITE: killWrite.join(), OUT: join(this.directory, 'out'),
      },
    });
    const read = (name: string): string => (existsSync(join(this.directory, name)) ? readFileSync(join(this.directory, name), 'utf8') : '');
    const result = { exitCode: run.status, console: `${run.stdout}${run.stderr}`, report: read('out.report'), look: read('out.look') };
    for (const name of ['out.report', 'out.look']) rmSync(join(this.directory, name), { force: true });
    return result;
  }

  /** How many programs that change something the last boot ran. */
  changes(): number {
    return readFileSync(join(this.directory, 'count'), 'utf8').length;
  }

  remove(): void {
    for (const disk of [...this.disks]) this.drop(disk);
    rmSync(this.directory, { recursive: true, force: true });
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
    writeFileSync(path, `#!/bin/sh\nreal=${real}\n${WRAPPER}`);
    chmodSync(path, 0o755);
  }
}

// --- internal ---

/** Programs of rc.localdisk that change a disk or what is mounted. */
const CHANGING = ['dd', 'wipefs', 'sfdisk', 'mkfs.ext4', 'mkfs.xfs', 'mkfs.btrfs', 'mkswap', 'partx', 'mount', 'umount', 'tar', 'sync', 'xfs_growfs', 'btrfs'];

const WRITES = 'write,pwrite64';

const WRAPPER = `echo >>"$COUNT"
n=$(wc -l <"$COUNT")
[ "$KILL_AT" = 0 ] || [ $n -lt "$KILL_AT" ] || kill -9 -"$GROUP"
[ "\${0##*/}" != "\${KILL_WRITE%,*}" ] || { strace -f -qq -o /dev/null -e "trace=$WRITES" -e "inject=$WRITES:signal=KILL:when=\${KILL_WRITE#*,}" "$real" "$@" || kill -9 -"$GROUP"; exit 0; }
exec "$real" "$@"
`;

const RUN = `export GROUP=$$
phase() { sh "$SCRIPT" $1 || { code=$?; echo "STOPPED: $(cat "$S/localdisk.stopped")"; exit $code; }; }
phase prepare
cp "$S/localdisk.report" "$OUT.report"
phase mount
cat "$S/localdisk.report" >>"$OUT.report"
[ -z "$LOOK" ] || eval "$LOOK" >"$OUT.look" 2>&1
sed -n 's/^\\(.*\\) partition.*/\\1/p' /proc/swaps | while read -r swap; do case " $STATELITE_DISKS " in *" \${swap#/dev/}"*) ;; *) swapoff "$swap" 2>/dev/null ;; esac; done
exit 0
`;
