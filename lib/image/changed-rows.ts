import { writeOption } from '../policy/option.ts';
import type { PolicyRow } from '../policy/policy.ts';

/** How the rows of an image differ from those that liteimg carried out: each path that is new, gone or means something else, as a text. */
export function changedRows(before: readonly PolicyRow[], after: readonly PolicyRow[]): readonly string[] {
  const old = new Map(before.map((row) => [row.real, meaning(row)]));
  const now = new Map(after.map((row) => [row.real, meaning(row)]));
  return [
    ...[...now].filter(([path]) => !old.has(path)).map(([path]) => `${path} is new`),
    ...[...old].filter(([path]) => !now.has(path)).map(([path]) => `${path} is gone`),
    ...[...now].flatMap(([path, text]) => (old.has(path) && old.get(path) !== text ? [`${path} was ${old.get(path) ?? ''} and is ${text}`] : [])),
  ];
}

/** The first few of them in one line. */
export function listChanges(changes: readonly string[]): string {
  const more = changes.length > SHOWN ? `, and ${changes.length - SHOWN} more` : '';
  return `${changes.slice(0, SHOWN).join(', ')}${more}`;
}

// --- internal ---

const SHOWN = 5;

const meaning = ({ type, option }: PolicyRow): string => `${type} ${writeOption(option)}`;
