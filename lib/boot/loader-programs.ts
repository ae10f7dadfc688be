import { dirname, join } from 'node:path';
import type { Files } from '../system/files.ts';
import type { Firmware, Loader } from './loaders.ts';

/**
 * Puts the programs that machines of these architectures (as osimage.osarch names them) load below tftpdir, where they are missing; returns a line
 * for each that this machine does not have.
 */
export function ensureLoaderPrograms(files: Files, tftpdir: string, loaders: Iterable<Loader>, architectures: Iterable<string>): readonly string[] {
  const firmware = new Set([...architectures].flatMap(firmwareOf));
  const programs = [...loaders].flatMap((loader) => loader.programs).filter((program) => program.firmware.some((kind) => firmware.has(kind)));
  return programs.flatMap(({ path, from, package: debianPackage }) => {
    const target = join(tftpdir, path);
    if (files.exists(target)) return [];
    const source = from.find((place) => files.exists(place));
    if (source === undefined) return [`${target} is missing and so is ${from.join(', ')}: nodes cannot load it; for example: apt-get install ${debianPackage}, then run nodeset again`];
    files.makeDirectories(dirname(target));
    files.writeAtomic(target, files.readBytes(source));
    return [];
  });
}

// --- internal ---

const firmwareOf = (architecture: string): readonly Firmware[] => (/^(aarch64|arm64)$/.test(architecture) ? ['arm64'] : ['bios', 'efi64']);
