import type { Export } from './exports.ts';

/**
 * What is wrong with lines of exports(5) files for the directories nodes mount: given to every host, or writable where it should not be. The
 * 2010 document's `/install *(ro,no_root_squash,sync)` is the first kind.
 */
export function wideExports(texts: ReadonlyMap<string, string>, exports: readonly Export[]): readonly string[] {
  return [...texts].flatMap(([file, text]) => text.replaceAll('\\\n', ' ').split('\n').flatMap((line, index) => {
    const [path = '', ...clients] = line.replace(/#.*/, '').trim().match(/"[^"]*"|\S+/g) ?? [];
    const directory = path.replaceAll('"', '').replace(/(?<=.)\/+$/, '');
    const touched = exports.filter((one) => isWithin(one.path, directory) || isWithin(directory, one.path));
    if (!directory.startsWith('/') || touched.length === 0) return [];
    const where = `${file} line ${index + 1}`;
    const wide = clients.length === 0 || clients.some((client) => /^(?:\*|0\.0\.0\.0\/0|::\/0|)(?:\(|$)/.test(client));
    const writable = clients.some((client) => /[(,]rw[,)]/.test(client));
    const readOnly = touched.filter((one) => !one.writable && isWithin(one.path, directory));
    return [
      ...(wide ? [`${where} gives ${directory} to every host, wanted is the nodes' network: every host can read it all${writable ? ' and change it' : ''}`] : []),
      ...(writable && readOnly.length > 0 ? [`${where} gives ${directory} read-write, wanted is read-only: a node could change ${readOnly[0]?.path ?? ''} for all`] : []),
    ];
  }));
}

// --- internal ---

const isWithin = (path: string, directory: string): boolean => path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
