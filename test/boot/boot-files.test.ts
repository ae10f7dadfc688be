import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyBootFileOperations, type BootFile, bootFileOperations, bootState, lookAtBootFiles } from '../../lib/boot/boot-files.ts';
import { loaderNamed } from '../../lib/boot/loaders.ts';
import { createFiles } from '../../lib/system/files.ts';

const files = createFiles();

function fileFor(node: string, number: number, { netboot = 'pxe', state = 'statelite img' } = {}): BootFile {
  const loader = loaderNamed(netboot, node);
  return { loader, content: `#${state}\n`, links: loader.links(node, `52:54:00:00:00:0${number}`, `10.0.0.${number}`) };
}

describe('boot-loader files', () => {
  let tftpdir = '';
  beforeEach(() => { tftpdir = mkdtempSync(join(tmpdir(), 'boot-files-')); });
  afterEach(() => rmSync(tftpdir, { recursive: true }));

  const set = (wanted: Record<string, BootFile | undefined>): string[] => {
    const operations = bootFileOperations(lookAtBootFiles(files, tftpdir), new Map(Object.entries(wanted)));
    applyBootFileOperations(files, operations);
    return operations.map(({ kind, path }) => `${kind} ${path.slice(tftpdir.length + 1)}`);
  };
  const shown = (directory: string): string[] => readdirSync(join(tftpdir, directory)).sort().map((name) => {
    const path = join(tftpdir, directory, name);
    return lstatSync(path).isSymbolicLink() ? `${name} -> ${readlinkSync(path)}` : name;
  });

  test('are found by name, MAC and hex address', () => {
    expect(set({ n01: fileFor('n01', 1) })).toEqual(['write pxelinux.cfg/n01', 'link pxelinux.cfg/01-52-54-00-00-00-01', 'link pxelinux.cfg/0A000001']);
    expect(shown('pxelinux.cfg')).toEqual(['01-52-54-00-00-00-01 -> n01', '0A000001 -> n01', 'n01']);
    expect(readFileSync(join(tftpdir, 'pxelinux.cfg/0A000001'), 'utf8')).toBe('#statelite img\n');
  });

  test('are not touched when they are as wanted', () => {
    set({ n01: fileFor('n01', 1), n02: fileFor('n02', 2) });
    const changed = (): bigint => lstatSync(join(tftpdir, 'pxelinux.cfg/n01'), { bigint: true }).ctimeNs;
    const before = changed();
    expect(set({ n01: fileFor('n01', 1), n02: fileFor('n02', 2, { state: 'boot' }) })).toEqual(['write pxelinux.cfg/n02']);
    expect(changed()).toBe(before);
  });

  test('follow a node to its new addresses, also when two nodes swap them', () => {
    set({ n01: fileFor('n01', 1), n02: fileFor('n02', 2) });
    set({ n01: fileFor('n01', 2), n02: fileFor('n02', 1) });
    expect(shown('pxelinux.cfg')).toEqual([
      '01-52-54-00-00-00-01 -> n02', '01-52-54-00-00-00-02 -> n01', '0A000001 -> n02', '0A000002 -> n01', 'n01', 'n02',
    ]);
    set({ n01: fileFor('n01', 3) });
    expect(shown('pxelinux.cfg')).toEqual(['01-52-54-00-00-00-01 -> n02', '01-52-54-00-00-00-03 -> n01', '0A000001 -> n02', '0A000003 -> n01', 'n01', 'n02']);
  });

  test('move when noderes.netboot changes', () => {
    set({ n01: fileFor('n01', 1) });
    set({ n01: fileFor('n01', 1, { netboot: 'grub2' }) });
    expect(shown('pxelinux.cfg')).toEqual([]);
    expect(shown('boot/grub2')).toEqual(['grub.cfg-01-52-54-00-00-00-01 -> n01', 'grub.cfg-0A000001 -> n01', 'n01']);
    set({ n01: fileFor('n01', 1, { netboot: 'xnba' }) });
    expect(shown('boot/grub2')).toEqual([]);
    expect(shown('xcat/xnba/nodes')).toEqual(['n01', 'n01.uefi -> n01']);
  });

  test('go away when a node is offline, and those of others stay', () => {
    set({ n01: fileFor('n01', 1), n02: fileFor('n02', 2) });
    expect(set({ n01: undefined, n03: undefined })).toEqual(['remove pxelinux.cfg/n01', 'remove pxelinux.cfg/01-52-54-00-00-00-01', 'remove pxelinux.cfg/0A000001']);
    expect(shown('pxelinux.cfg')).toEqual(['01-52-54-00-00-00-02 -> n02', '0A000002 -> n02', 'n02']);
  });

  test('say in their first comment what a node is set to', () => {
    set({ n01: fileFor('n01', 1), n02: { ...fileFor('n02', 2, { netboot: 'xnba' }), content: '#!gpxe\n#boot\nexit\n' } });
    const present = lookAtBootFiles(files, tftpdir);
    expect(['n01', 'n02', 'n03'].map((node) => bootState(present, node))).toEqual(['statelite img', 'boot', undefined]);
  });
});
