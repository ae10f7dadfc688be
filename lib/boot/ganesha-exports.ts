import type { Export } from './exports.ts';

export const EXPORTS_HEADER = '# Written by liteexport from the tables; written again by it, so change the tables.';

/**
 * Exports in the words of NFS-Ganesha: each directory under its own path, by version 4 and 3, to these networks only. Root is not squashed, as files that only
 * root may read must be readable, and attributes are not taken from its cache, because images are edited behind its back.
 */
export function renderGaneshaExports(exports: readonly Export[], clients: readonly string[]): string {
  const blocks = exports.map(({ path, writable }, index) => [
    'EXPORT {',
    `  Export_Id = ${FIRST_ID + index};`,
    `  Path = ${quoted(path)};`,
    `  Pseudo = ${quoted(path)};`,
    '  Protocols = 3, 4;',
    '  Transports = TCP;',
    '  SecType = sys;',
    '  Attr_Expiration_Time = 0;',
    '  Access_Type = None;',
    '  FSAL { Name = VFS; }',
    '  CLIENT {',
    `    Clients = ${clients.join(', ')};`,
    `    Access_Type = ${writable ? 'RW' : 'RO'};`,
    '    Squash = No_Root_Squash;',
    '  }',
    '}',
  ].join('\n'));
  return [EXPORTS_HEADER, ...blocks, ''].join('\n');
}

// --- internal ---

/** Away from the numbers that people begin with. */
const FIRST_ID = 6001;

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
