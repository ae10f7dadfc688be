import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lite } from '../helpers/liting.ts';
import { LocalDisks } from '../helpers/local-disk.ts';
import type { Row } from '../../tables/table.ts';

let node: LocalDisks;
let disk: string;
beforeEach(() => {
  node = new LocalDisks({ 'var/log/syslog': 'from the image\n', 'var/log/apt/term.log': 'term\n', 'mnt/scratch/.keep': '' });
  disk = node.add(96);
});
afterEach(() => node.remove());

const layout = (): readonly Row[] => [
  { label: 'log', number: '1', disk, size: '24M', mountpoint: '/var/log', populate: '/var/log' },
  { label: 'state', number: '2', disk, size: 'rest', mountpoint: 'store' },
];
const LOOK = 'cat $ROOT/var/log/syslog $ROOT/var/log/apt/term.log; cat $ROOT/var/log/mine $S/localdisk/mine 2>/dev/null; echo boot >>$ROOT/var/log/mine; echo boot >>$S/localdisk/mine; findmnt -n -o SOURCE,FSTYPE -M $S/localdisk';

describe('a local disk', () => {
  test('is made when it is blank, filled once, and kept over reboots', () => {
    const first = node.boot(layout(), { look: LOOK });
    expect([first.exitCode, first.look]).toEqual([0, `from the image\nterm\n${disk}p2 ext4\n`]);
    expect(first.console).toContain(`${disk} (96 MiB) is blank: making 1 ext4 "log" 24M, 2 ext4 "state" rest`);
    expect(first.report).toMatch(new RegExp(`^disk ${disk} 96 ours - log - gpt, 2 partition\\(s\\): 1 ext4 "log" 24 MiB, 2 ext4 "state" 70 MiB\ndiskpart ${disk} 1 24 ext4 log log\n`));
    const second = node.boot(layout(), { look: LOOK });
    expect([second.exitCode, second.look]).toEqual([0, `from the image\nterm\nboot\nboot\n${disk}p2 ext4\n`]);
    expect(second.console).toContain('is used as it is');
  });

  test('takes xfs, btrfs, swap and shares of the disk', () => {
    const large = node.add(900);
    const rows = [
      { label: 'swap', number: '1', disk: large, size: '10%', fstype: 'swap' }, { label: 'x', number: '2', disk: large, size: '320M', fstype: 'xfs', mountpoint: '/mnt/x', mntopts: 'noatime' },
      { label: 'b', number: '3', disk: large, fstype: 'btrfs', mountpoint: '/mnt/b' },
    ];
    for (let boot = 0; boot < 2; boot += 1) {
      const { exitCode, console: said, look } = node.boot(rows, { look: `findmnt -n -o FSTYPE,LABEL -M $ROOT/mnt/x; findmnt -n -o FSTYPE,LABEL -M $ROOT/mnt/b; grep -c ${large}p1 /proc/swaps; swapoff ${large}p1` });
      expect([exitCode, said, look.replace(/ +/g, ' ')]).toEqual([0, said, 'xfs x\nbtrfs b\n1\n']);
    }
  });

  test.each([
    ['another file system', 'mkfs.ext4 -qF -L home $DISK 90M', /does not fit: partition 1 \("log"\) is missing. It holds ext4, no partitions/],
    ['another partition table', 'printf "label: gpt\\nsize=20M,name=boot\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK', /partition 1 is labelled "boot", not "log"/],
    ['data without a signature', 'printf data | dd of=$DISK conv=notrunc status=none', /data without a known signature/],
    ['data at its very end', 'printf data | dd of=$DISK bs=1 seek=$((96 * 1048576 - 4)) conv=notrunc status=none', /data without a known signature/],
  ])('with %s is refused, and not a byte of it is touched', (_what, make, why) => {
    node.sh(disk, make);
    const before = node.sum(disk);
    const { exitCode, console: said } = node.boot(layout());
    expect(exitCode).toBe(2);
    expect(said).toMatch(why);
    expect(said).toMatch(/STOPPED: REFUSED .*nothing was touched; to let the next boot wipe it once: litedisk wipe n01 --once\n/);
    expect(node.sum(disk)).toBe(before);
    const soft = node.boot(layout().map((row) => ({ ...row, nofail: 'yes' })));
    expect([soft.exitCode, soft.console]).toEqual([0, expect.stringMatching(/WARNING: REFUSED .*goes on without it \(nofail\)/)]);
    expect(soft.report).toMatch(/^warning local disk: REFUSED/m);
    expect(node.sum(disk)).toBe(before);
  });

  test.each([
    ['has lost a label', 'e2label ${DISK}p1 other', /the ext4 of partition 1 has the label "other", not "log"/],
    ['has another order', 'sfdisk -q --no-reread --no-tell-kernel --part-label $DISK 1 state; sfdisk -q --no-reread --no-tell-kernel --part-label $DISK 2 log', /partition 1 is labelled "state", not "log"/],
  ])('that %s is refused, and what is on it stays', (_what, change, why) => {
    node.boot(layout(), { look: LOOK });
    node.sh(disk, change);
    const before = node.sum(disk);
    expect(node.boot(layout())).toMatchObject({ exitCode: 2, console: expect.stringMatching(why) as unknown });
    expect(node.sum(disk)).toBe(before);
  });

  test('is not partitioned again by an edit of the tables', () => {
    node.boot(layout(), { look: LOOK });
    const before = node.sum(disk);
    const edited = layout().map((row) => (row['label'] === 'log' ? { ...row, size: '32M' } : row));
    expect(node.boot(edited)).toMatchObject({ exitCode: 2, console: expect.stringContaining('partition 1 ("log") has 24 MiB, not 32') as unknown });
    expect(node.sum(disk)).toBe(before);
  });

  test('that is too small is refused before anything is written', () => {
    const before = node.sum(disk);
    expect(node.boot([{ label: 'log', number: '1', disk, size: '2G' }])).toMatchObject({ exitCode: 2, console: expect.stringMatching(/it is too small: the plan wants 2050 MiB; nothing was touched\n/) as unknown });
    expect(node.sum(disk)).toBe(before);
  });

  test('is wiped once by an armed id, never by the same id again', () => {
    node.sh(disk, 'mkfs.ext4 -qF -L home $DISK 90M');
    const wipe = { id: 'abc', disk };
    const first = node.boot(layout(), { wipe, look: LOOK });
    expect([first.exitCode, first.report]).toEqual([0, expect.stringMatching(/^wiped abc$/m)]);
    const again = node.boot(layout(), { wipe, look: LOOK });
    expect([again.exitCode, again.look, again.report]).toEqual([0, expect.stringContaining('boot\nboot\n'), expect.stringMatching(/^wiped abc$/m)]);
    expect(node.boot(layout(), { wipe: { id: 'def', disk }, look: LOOK }).look).not.toContain('boot');
  });

  test('is mounted and swapped to with its options; what the kernel refuses of them stops the node, or is a warning with nofail', () => {
    const rows = (more: Row = {}): readonly Row[] => [
      { label: 'swap', number: '1', disk, size: '16M', fstype: 'swap', mntopts: 'pri=7' }, { label: 'x', number: '2', disk, mountpoint: '/mnt/scratch', mntopts: 'noatime,nodev', ...more },
    ];
    const look = `findmnt -n -o OPTIONS -M $ROOT/mnt/scratch; sed -n 's|^${disk}p1 .*[[:space:]]||p' /proc/swaps; swapoff ${disk}p1`;
    expect(node.boot(rows(), { look })).toMatchObject({ exitCode: 0, look: expect.stringMatching(/^rw,nodev,noatime.*\n7\n$/) as unknown });
    expect(node.boot(rows({ mntopts: 'nosuch' }))).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: .*p2 \("x"\) cannot be mounted at \/mnt\/scratch: /) as unknown });
    node.sh(disk, 'swapoff ${DISK}p1');
    const soft = node.boot(rows({ mntopts: 'nosuch', nofail: 'yes' }), { look: `swapoff ${disk}p1; findmnt -M $ROOT/mnt/scratch || echo none` });
    expect(soft).toMatchObject({ exitCode: 0, look: 'none\n', report: expect.stringMatching(/^warning local disk: .*p2 \("x"\) cannot be mounted/m) as unknown });
  });

  test('is filled with owners, modes, links, times and attributes as the image has them, and not made whole from what is no directory', () => {
    node.sh(disk, `cd ${node.root}/var/log && mkdir -m 2750 private && echo secret >private/key && chown 1234:567 private/key && chmod 4711 private/key && touch -d @1234567890 private/key && ln private/key private/hard && ln -s key private/soft && setfattr -n user.note -v kept private/key && mkfifo private/pipe && truncate -s 3M private/sparse`);
    const facts = 'find private -printf "%p %y %m %U:%G %n %l %s %T@\\n" | sort | sed "s/private d \\(.*\\) [0-9]* \\([0-9.]*\\)$/private d \\1 \\2/"; getfattr --only-values -n user.note private/key';
    const wanted = node.sh(disk, `cd ${node.root}/var/log && ${facts}`);
    expect(wanted).toMatch(/^private d 2750 0:0 2 .*\nprivate\/hard f 4711 1234:567 2 .*1234567890\.0+\n[^]*private\/soft l [^]*kept$/);
    expect(node.boot(layout(), { look: `cd $ROOT/var/log && ${facts} && [ $(stat -c %b private/sparse) -lt 100 ]` })).toMatchObject({ exitCode: 0, look: wanted });
    const other = node.add(96);
    const rows = [{ label: 'a', number: '1', disk: other, populate: '/var/log/syslog' }];
    for (let boot = 0; boot < 2; boot += 1) expect(node.boot(rows)).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: a is to be filled from \/var\/log\/syslog, which is no directory of the image/) as unknown });
    expect(node.boot([{ label: 'a', number: '1', disk: other, populate: '/var/log', mountpoint: '/mnt/scratch' }], { look: 'cat $ROOT/mnt/scratch/syslog' }).look).toBe('from the image\n');
  });

  test('is filled with all of a directory, where litefile rows have made links of parts of it', () => {
    node.sh(disk, `cd ${node.root} && mkdir -p srv/app/etc/deep && chmod 2750 srv srv/app && chown 7:8 srv/app && for file in srv/file srv/app/one srv/app/etc/two srv/app/etc/deep/three; do echo $file >$file; done && ln -s app/one srv/link && chown 9 srv/app/etc`);
    const facts = '[ ! -d lost+found ] || rmdir lost+found; find . -printf "%p %y %m %U:%G %l\\n" | sort; cat file app/one app/etc/two app/etc/deep/three';
    const wanted = node.sh(disk, `cd ${node.root}/srv && ${facts}`);
    lite(node.root, ['/srv/app/etc/', '/srv/file']);
    expect(node.sh(disk, `readlink ${node.root}/srv/file`)).toContain('.statelite/tmpfs');
    const rows = [{ label: 'a', number: '1', disk, populate: '/srv', mountpoint: '/mnt/scratch' }];
    expect(node.boot(rows, { look: `cd $ROOT/mnt/scratch; ${facts}` })).toMatchObject({ exitCode: 0, look: wanted });
    const below = node.add(96);
    expect(node.boot([{ label: 'b', number: '1', disk: below, populate: '/srv/app/etc/deep', mountpoint: '/mnt/scratch' }], { look: 'cat $ROOT/mnt/scratch/three' }).look).toBe('srv/app/etc/deep/three\n');
  });

  test('that takes less than it says is not taken for filled, and made again by the next boot', () => {
    node.sh(disk, `head -c 40000000 /dev/urandom >${node.root}/var/log/large`);
    const thin = node.sh(disk, `unshare --mount --propagation private sh -euc 'mount -t tmpfs -o size=24m none /mnt; truncate -s 96M /mnt/disk; losetup -f --show /mnt/disk'`).trim();
    node.disks.push(thin);
    const rows = [{ label: 'log', number: '1', disk: thin, mountpoint: '/var/log', populate: '/var/log' }];
    expect(node.boot(rows)).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: log could not be filled from \/var\/log: .*Input\/output error/) as unknown });
    expect(node.sh(thin, 'dd if=$DISK bs=4096 skip=255 count=1 status=none | tr -d "\\0"')).toMatch(/^statelite-disk 1 begun - log /);
    node.sh(thin, `rm ${node.root}/var/log/large`);
    expect(node.boot(rows, { look: 'cat $ROOT/var/log/syslog' })).toMatchObject({ exitCode: 0, look: 'from the image\n' });
  });

  test('with errors that e2fsck does not mend by itself stops the node, and is not made anew', () => {
    node.boot(layout(), { look: LOOK });
    node.sh(disk, 'dd if=/dev/urandom of=${DISK}p2 bs=4096 seek=1 count=200 conv=notrunc,fsync status=none; debugfs -w -R "ssv state 2" ${DISK}p2 2>/dev/null');
    const uuid = node.sh(disk, 'blkid -p -s UUID -o value ${DISK}p2');
    expect(node.boot(layout())).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: e2fsck found errors on .*p2 \("state"\) that it does not mend by itself: /) as unknown });
    expect(node.sh(disk, 'blkid -p -s UUID -o value ${DISK}p2')).toBe(uuid);
  });

  test('of several is named in the command that allows to wipe it', () => {
    const other = node.add(96);
    node.sh(other, 'mkfs.ext4 -qF -L home $DISK 90M');
    expect(node.boot([...layout(), { label: 'x', number: '1', disk: other }])).toMatchObject({ exitCode: 2, console: expect.stringContaining(`to let the next boot wipe it once: litedisk wipe n01 --once --disk '${other}'\n`) as unknown });
  });

  // xfs, as growing a mounted ext4 wants CAP_SYS_RESOURCE, which containers lack.
  test('grows with its last file system when that is asked for, and only then', () => {
    const xfs = node.add(424);
    const rows = [{ label: 'state', number: '1', disk: xfs, size: '24M', mountpoint: 'store' }, { label: 'x', number: '2', disk: xfs, fstype: 'xfs', mountpoint: '/mnt/scratch' }];
    const look = 'cat $ROOT/mnt/scratch/mine 2>/dev/null; echo boot >>$ROOT/mnt/scratch/mine; df --output=size -m $ROOT/mnt/scratch | tail -n 1';
    expect(node.boot(rows, { look }).exitCode).toBe(0);
    node.grow(xfs, 824);
    expect(node.boot(rows, { look }).report).toContain('2 xfs "x" 398 MiB');
    const grown = node.boot(rows.map((row) => (row.label === 'x' ? { ...row, grow: 'yes' } : row)), { look });
    expect([grown.exitCode, grown.report]).toEqual([0, expect.stringContaining('2 xfs "x" 798 MiB')]);
    const [first, second, size] = grown.look.trim().split(/\s+/);
    expect([first, second]).toEqual(['boot', 'boot']);
    expect(Number(size)).toBeGreaterThan(650);
  });

  test('is found by size and by being empty; what is ambiguous is refused with what was found', () => {
    const other = node.add(64);
    const one = (selector: string): readonly Row[] => [{ label: 'state', number: '1', disk: selector, mountpoint: 'store' }];
    expect(node.boot(one('size>=50M'))).toMatchObject({ exitCode: 2, console: expect.stringMatching(/2 disks are that large, it must be one; found .*96 MiB: blank; .*64 MiB: blank/) as unknown });
    expect(node.boot(one('size>=80M'), { look: 'findmnt -n -o SOURCE -M $S/localdisk' }).look).toBe(`${disk}p1\n`);
    expect(node.boot(one('first-empty'), { look: 'findmnt -n -o SOURCE -M $S/localdisk' }).look).toBe(`${disk}p1\n`);
    const two = [...one('first-empty'), { label: 'x', number: '1', disk: other }];
    expect(node.boot(two)).toMatchObject({ exitCode: 0 });
    expect(node.boot([{ label: 'y', number: '1', disk: 'first-empty' }])).toMatchObject({ exitCode: 2, console: expect.stringMatching(/no disk is empty; found/) as unknown });
  });
});

describe('a script that makes the disk', () => {
  // Kernels without GPT, as some test machines have, learn of partitions by partx.
  const script = `#!/bin/sh
set -e
printf 'label: gpt\\nsize=24M\\nsize=32M\\n' | sfdisk -q $STATELITE_DISK
partx -u $STATELITE_DISK 2>/dev/null || :
mkswap \${STATELITE_DISK}p1 >/dev/null

mkfs.ext4 -qF \${STATELITE_DISK}p2
echo "  made"
`;
  const look = 'grep -c p1 /proc/swaps; findmnt -n -o SOURCE -M $S/localdisk; cat $S/localdisk/mine 2>/dev/null; echo boot >>$S/localdisk/mine; swapoff $(sed -n "s/^\\([^ ]*p1\\) .*/\\1/p" /proc/swaps)';

  test('runs once, on a blank disk, and its swap and only file system are used from then on', () => {
    const first = node.boot([], { script, look });
    expect([first.exitCode, first.console, first.look]).toEqual([0, expect.stringContaining('localdisk: script:   made\n'), `1\n${disk}p2\n`]);
    const second = node.boot([], { script: `${script}exit 1\n`, look });
    expect([second.exitCode, second.look, second.console]).toEqual([0, `1\n${disk}p2\nboot\n`, expect.stringContaining('is used as it is')]);
    node.sh(disk, 'e2label ${DISK}p2 other');
    const before = node.sum(disk);
    expect(node.boot([], { script })).toMatchObject({ exitCode: 2, console: expect.stringMatching(/it is not as its script left it\. .*litedisk wipe n01 --once\n/) as unknown });
    expect(node.sum(disk)).toBe(before);
    expect(node.boot([], { script, wipe: { id: 'abc', disk: 'first-empty' }, look }).look).toBe(`1\n${disk}p2\n`);
  });

  test('can write to no other disk, and one that fails stops the node', () => {
    const other = node.add(96);
    node.sh(other, 'printf "label: gpt\\nsize=32M,name=home\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK; partx -a $DISK 2>/dev/null || :; mkfs.ext4 -qF ${DISK}p1');
    const before = node.sum(other);
    const bad = `dd if=/dev/zero of=${other} bs=1M count=1 conv=notrunc || dd if=/dev/zero of=${other}p1 bs=1M count=1 conv=notrunc\n`;
    expect(node.boot([], { script: bad })).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: the script that makes .* ended with 1/) as unknown });
    expect(node.sum(other)).toBe(before);
    expect(node.sh(other, 'blockdev --getro $DISK')).toBe('0\n');
  });

  test('that was cut off at any moment is run again, on a disk that holds nothing but what it had made', () => {
    // Scripts give the kernel a moment after they have made a partition table.
    const slow = script.replace('mkswap', 'sleep 0.3\nmkswap').replace('echo', 'mkdir $S/x; mount ${STATELITE_DISK}p2 $S/x; echo kept >$S/x/file; echo');
    node.drop(disk);
    for (const [program, writes] of [['wipefs', [1]], ['sfdisk', [1, 3, 5]], ['mkswap', [1, 3]], ['mkfs.ext4', [1, 30, 90]]] as const) {
      for (const write of writes) {
        const fresh = node.add(96);
        const killed = node.boot([], { script: slow, ...program === 'wipefs' ? { killAt: 4 } : { killWrite: [program, write] } });
        expect([program, write, killed.exitCode, killed.console]).toEqual([program, write, null, killed.console]);
        const { exitCode, console: said, look: seen } = node.boot([], { script: slow, look: `${look}; cat $S/localdisk/file` });
        expect([program, write, exitCode, said, seen]).toEqual([program, write, 0, said, `1\n${fresh}p2\nkept\n`]);
        node.drop(fresh);
      }
    }
  }, 120_000);

  test('that was cut off is not run again when the disk was used elsewhere since, nor when it is not known whose partition table that is', () => {
    expect(node.boot([], { script: '#!/bin/sh\nkill -9 -$GROUP\n' }).exitCode).toBeNull();
    node.sh(disk, 'printf "label: gpt\\nsize=24M\\n" | sfdisk -q --no-reread --no-tell-kernel --wipe never $DISK; partx -u $DISK 2>/dev/null || :');
    const refused = expect.stringMatching(/it was begun once, but now holds something else: .*litedisk wipe n01 --once\n/) as unknown;
    const made = node.sum(disk);
    node.sh(disk, 'mkfs.ext4 -qF ${DISK}p1');
    const used = node.sum(disk);
    expect(used).not.toBe(made);
    expect(node.boot([], { script })).toMatchObject({ exitCode: 2, console: refused });
    expect(node.sum(disk)).toBe(used);
    const noted = node.add(96);
    node.drop(disk);
    expect(node.boot([], { script: script.replace('mkswap', 'sleep 0.3; kill -9 -$GROUP; mkswap') }).exitCode).toBeNull();
    expect(node.sh(noted, 'dd if=$DISK bs=4096 skip=255 count=1 status=none | tr -d "\\0"')).toMatch(/^statelite-disk 1 begun - script [0-9a-f-]{36} n01\n$/);
    node.sh(noted, 'printf "label: gpt\\nsize=24M\\n" | sfdisk -q --no-reread --no-tell-kernel --wipe never $DISK');
    const other = node.sum(noted);
    expect(node.boot([], { script })).toMatchObject({ exitCode: 2, console: refused });
    expect(node.sum(noted)).toBe(other);
    expect(node.boot([], { script, wipe: { id: 'abc', disk: 'first-empty' }, look }).look).toBe(`1\n${noted}p2\n`);
  });

  test('that fails is run again by the next boot, and one for /bin/sh gets bash', () => {
    expect(node.boot([], { script: `${script}false\n` })).toMatchObject({ exitCode: 2, console: expect.stringMatching(/STOPPED: the script that makes .* ended with 1/) as unknown });
    expect(node.boot([], { script: script.replace('set -e', 'set -e; [[ -b $STATELITE_DISK ]]'), look }).look).toBe(`1\n${disk}p2\n`);
  });
});

describe('partitions that something else has made', () => {
  const rows = (): readonly Row[] => [
    { label: 'localspace', number: '1', disk, mountpoint: 'store', existing: 'yes', nofail: 'yes' }, { label: 'swap', number: '2', disk, fstype: 'swap', existing: 'yes', nofail: 'yes' },
  ];
  const look = (): string => `findmnt -n -o SOURCE,FSTYPE -M $S/localdisk; grep -c ${disk}p2 /proc/swaps; cat $S/localdisk/etc/conf; swapoff ${disk}p2`;

  test('are used as they are, with what is on them, beside whatever else the disk has', () => {
    node.sh(disk, 'printf "label: dos\\nsize=32M\\nsize=16M,type=82\\nsize=8M\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK; partx -u $DISK 2>/dev/null || :; mkswap -q ${DISK}p2; mkfs.ext4 -qF -L home ${DISK}p3; d=$(mktemp -d); mkdir $d/etc; echo mine >$d/etc/conf; mkfs.ext3 -qF -d $d ${DISK}p1; rm -r $d');
    for (let boot = 0; boot < 2; boot += 1) {
      const { exitCode, console: said, look: seen } = node.boot(rows(), { look: look() });
      expect([exitCode, said, seen.replace(/ +/g, ' ')]).toEqual([0, expect.stringContaining(`${disk}p1 (32 MiB, ext3) is used as it is for localspace`), `${disk}p1 ext4\n1\nmine\n`]);
    }
  });

  test.each([
    ['a blank disk', ':', /WARNING: .* has no partition 1 for localspace; it holds blank; the node goes on without it \(nofail\)/],
    ['other file systems', 'printf "label: gpt\\nsize=32M\\nsize=16M\\n" | sfdisk -q --no-reread --no-tell-kernel $DISK; partx -u $DISK 2>/dev/null || :; mkswap -q ${DISK}p1', /WARNING: .*p1 has swap, not ext4: it is not used for localspace[^]*WARNING: .*p2 has no file system, not swap: it is not used for swap/],
  ])('are never made: %s stays as it is, even when a wipe is armed, and the node goes on', (_what, make, wanted) => {
    node.sh(disk, make);
    const before = node.sum(disk);
    const { exitCode, console: said, report } = node.boot(rows(), { wipe: { id: 'abc', disk } });
    expect([exitCode, said]).toEqual([0, expect.stringMatching(wanted)]);
    expect(report).toMatch(/^warning local disk: .*localspace/m);
    expect(report).not.toMatch(/^wiped/m);
    expect(node.sum(disk)).toBe(before);
  });
});

describe('a power cut', () => {
  const whole = `from the image\nterm\n`;

  test('before any of the programs that make a disk leaves nothing, or what the next boot completes', () => {
    node.boot(layout(), { look: LOOK });
    const programs = node.changes();
    expect(programs).toBeGreaterThan(15);
    node.drop(disk);
    for (let at = 1; at <= programs; at += 1) {
      const fresh = node.add(96);
      const rows = layout().map((row) => ({ ...row, disk: fresh }));
      expect([at, node.boot(rows, { killAt: at }).exitCode]).toEqual([at, null]);
      const { exitCode, console: said, look } = node.boot(rows, { look: LOOK });
      expect([at, exitCode, said, look]).toEqual([at, 0, said, `${whole}${fresh}p2 ext4\n`]);
      node.drop(fresh);
    }
  }, 180_000);

  test('at any write of the partitioner is completed too', () => {
    let completed = 0;
    node.drop(disk);
    for (let write = 1; write <= 12; write += 1) {
      const fresh = node.add(96);
      const rows = layout().map((row) => ({ ...row, disk: fresh }));
      if (node.boot(rows, { killWrite: ['sfdisk', write] }).exitCode !== null) break;
      const { exitCode, console: said, look } = node.boot(rows, { look: LOOK });
      expect([write, exitCode, said, look]).toEqual([write, 0, said, `${whole}${fresh}p2 ext4\n`]);
      completed += 1;
      node.drop(fresh);
    }
    expect(completed).toBeGreaterThan(2);
  }, 120_000);

  test('in the middle of mkfs, mkswap or the copy of the image\'s directory is completed too', () => {
    const moments: readonly (readonly [string, readonly number[]])[] = [
      ['mkswap', [1, 2]], ['mkfs.ext4', [1, 7, 40, 150]], ['mkfs.xfs', [1, 2, 9, 60]], ['mkfs.btrfs', [1, 2, 20, 50]], ['tar', [1, 2]],
    ];
    node.drop(disk);
    for (const [program, writes] of moments) {
      for (const write of writes) {
        const fresh = node.add(900);
        const rows = [
          { label: 'swap', number: '1', disk: fresh, size: '16M', fstype: 'swap' }, { label: 'x', number: '2', disk: fresh, size: '320M', fstype: 'xfs', mountpoint: '/mnt/x' },
          { label: 'b', number: '3', disk: fresh, size: '256M', fstype: 'btrfs', mountpoint: '/mnt/b' }, { label: 'log', number: '4', disk: fresh, mountpoint: '/var/log', populate: '/var/log' },
        ];
        const killed = node.boot(rows, { killWrite: [program, write] });
        expect([program, write, killed.console, killed.exitCode]).toEqual([program, write, killed.console, null]);
        expect(node.sh(fresh, 'dd if=$DISK bs=4096 skip=255 count=1 status=none | tr -d "\\0"')).toMatch(/^statelite-disk 1 begun - swap /);
        const { exitCode, console: said, look } = node.boot(rows, { look: `cat $ROOT/var/log/syslog $ROOT/var/log/apt/term.log; for at in x b; do findmnt -n -o FSTYPE -M $ROOT/mnt/$at; done; grep -c ${fresh}p1 /proc/swaps; swapoff ${fresh}p1` });
        expect([program, write, exitCode, said, look]).toEqual([program, write, 0, said, `${whole}xfs\nbtrfs\n1\n`]);
        node.drop(fresh);
      }
    }
  }, 240_000);

  test.each([['xfs', [1, 2, 3, 4, 5, 6, 7, 8, 9]], ['btrfs', [5]]])('while %s grows leaves it as it was or larger, with all that is on it, and the next boot goes on', (fstype, writes) => {
    node.drop(disk);
    let cut = 0;
    for (const [program, at] of [...writes.map((at): [string, number] => ['sfdisk', at]), ...fstype === 'xfs' ? [] : [['btrfs', 1] as [string, number]]]) {
      const fresh = node.add(424);
      const rows = [{ label: 'state', number: '1', disk: fresh, size: '24M', mountpoint: 'store' }, { label: 'x', number: '2', disk: fresh, fstype, mountpoint: '/mnt/scratch', grow: 'yes' }];
      const look = 'cat $ROOT/mnt/scratch/mine 2>/dev/null; echo boot >>$ROOT/mnt/scratch/mine; df --output=size -m $ROOT/mnt/scratch | tail -n 1';
      expect(node.boot(rows, { look }).exitCode).toBe(0);
      node.grow(fresh, 824);
      if (node.boot(rows, { killWrite: [program, at] }).exitCode !== 0) cut += 1;
      const { exitCode, console: said, look: seen } = node.boot(rows, { look });
      const [first, size] = seen.trim().split(/\s+/);
      expect([program, at, exitCode, said, first, Number(size) > 650]).toEqual([program, at, 0, said, 'boot', true]);
      expect(node.sh(fresh, 'wipefs -n --noheadings -O OFFSET,TYPE $DISK').match(/gpt/g)).toHaveLength(2);
      node.drop(fresh);
    }
    expect(cut).toBeGreaterThan(fstype === 'xfs' ? 3 : 1);
  }, 180_000);

  test('before the tables were changed leaves a disk that is made as they are now, found by being empty', () => {
    const rows = (label: string): readonly Row[] => [{ label, number: '1', disk: 'first-empty', mountpoint: 'store' }];
    expect(node.boot(rows('one'), { killWrite: ['mkfs.ext4', 30] }).exitCode).toBeNull();
    expect(node.boot(rows('two'), { look: 'findmnt -n -o SOURCE,LABEL -M $S/localdisk' })).toMatchObject({ exitCode: 0, look: `${disk}p1 two\n` });
  });

  test('of an armed wipe is completed, and a disk that was used elsewhere since is refused', () => {
    node.sh(disk, 'mkfs.ext4 -qF -L home $DISK 90M');
    const wipe = { id: 'abc', disk };
    node.boot(layout(), { wipe });
    const programs = node.changes();
    node.drop(disk);
    for (let at = 1; at <= programs; at += 5) {
      const fresh = node.add(96);
      node.sh(fresh, 'mkfs.ext4 -qF -L home $DISK 90M');
      const rows = layout().map((row) => ({ ...row, disk: fresh }));
      expect([at, node.boot(rows, { wipe: { id: 'abc', disk: fresh }, killAt: at }).exitCode]).toEqual([at, null]);
      expect([at, node.boot(rows, { wipe: { id: 'abc', disk: fresh }, look: LOOK }).look]).toEqual([at, `${whole}${fresh}p2 ext4\n`]);
      node.drop(fresh);
    }
    const cut = node.add(96);
    const rows = layout().map((row) => ({ ...row, disk: cut }));
    node.boot(rows, { killWrite: ['sfdisk', 1] });
    expect(node.sh(cut, 'dd if=$DISK bs=4096 skip=255 count=1 status=none | tr -d "\\0"')).toMatch(/^statelite-disk 1 begun - log /);
    node.sh(cut, 'wipefs -qa $DISK; printf "label: dos\\nsize=20M\\n" | sfdisk -q --no-reread --no-tell-kernel --wipe never $DISK');
    const before = node.sum(cut);
    expect(node.boot(rows)).toMatchObject({ exitCode: 2, console: expect.stringMatching(/it was begun once, but now holds something else: dos/) as unknown });
    expect(node.sum(cut)).toBe(before);
    const raw = node.add(96);
    node.drop(cut);
    const ofRaw = layout().map((row) => ({ ...row, disk: raw }));
    node.boot(ofRaw, { killWrite: ['sfdisk', 1] });
    node.sh(raw, 'printf data | dd of=$DISK bs=4096 seek=40 conv=notrunc status=none');
    const data = node.sum(raw);
    expect(node.boot(ofRaw)).toMatchObject({ exitCode: 2, console: expect.stringMatching(/it was begun once, but now holds something else: data without a known signature/) as unknown });
    expect(node.sum(raw)).toBe(data);
  }, 180_000);
});
