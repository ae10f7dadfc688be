import { dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';
import { type Firmware, type Loader, OWN_PACKAGE } from './loaders.ts';

/**
 * Puts the programs that machines of these architectures (as osimage.osarch names them) load below tftpdir, where they are missing (a site may put a newer one there),
 * and our own entry as this version has it; returns a line for each that this machine does not have.
 */
export function ensureLoaderPrograms(files: Files, tftpdir: string, loaders: Iterable<Loader>, architectures: Iterable<string>): readonly string[] {
  const firmware = new Set([...architectures].flatMap(firmwareOf));
  const programs = [...loaders].flatMap((loader) => loader.programs).filter((program) => program.firmware.some((kind) => firmware.has(kind)));
  return programs.flatMap(({ path, from, package: debianPackage }) => {
    const target = join(tftpdir, path);
    if (debianPackage !== OWN_PACKAGE && files.exists(target)) return [];
    const source = from.find((place) => files.exists(place));
    if (source === undefined) return [`${target} is missing and so is ${from.join(', ')}: nodes cannot load it; for example: apt-get install ${debianPackage}, then run nodeset again`];
    const content = files.readBytes(source);
    if (files.exists(target) && files.readBytes(target).equals(content)) return [];
    files.makeDirectories(dirname(target));
    files.writeAtomic(target, content);
    return [];
  });
}

// --- internal ---

const firmwareOf = (architecture: string): readonly Firmware[] => (/^(aarch64|arm64)$/.test(architecture) ? ['arm64'] : ['bios', 'efi64']);
