import { StateliteError } from '../errors.ts';

/** One object of a stanza file. */
export interface Stanza {
  readonly name: string;
  /** `objtype=`; undefined when the stanza does not say. */
  readonly type: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** First line of a stanza file, as xCAT writes it. */
export const STANZA_HEADER = '# <xCAT data object stanza file>';

/** One object as xCAT's stanza form: its name and a colon, then indented `attribute=value` lines. */
export function formatStanza({ name, type, attributes }: Stanza): string {
  const lines = Object.entries(attributes).map(([attribute, value]) => `    ${attribute}=${formatValue(value)}`);
  return [`${name}:`, ...type === undefined ? [] : [`    objtype=${type}`], ...lines].join('\n');
}

/** Reads a stanza file: the objects, and a CSV_INVALID for each line that cannot be read. `file` names it in messages. */
export function parseStanzas(text: string, file: string): { readonly stanzas: readonly Stanza[]; readonly problems: readonly StateliteError[] } {
  const stanzas: { name: string; type: string | undefined; attributes: Record<string, string> }[] = [];
  const problems: StateliteError[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fail = (reason: string): number => problems.push(new StateliteError('CSV_INVALID', `${file} line ${index + 1}: ${reason}`));
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const [, name] = /^(\S.*):\s*$/.exec(line) ?? [];
    const [, attribute = '', written = ''] = /^\s+([^\s=]+?)\s*=(.*)$/.exec(line) ?? [];
    const stanza = stanzas.at(-1);
    if (name !== undefined) stanzas.push({ name, type: undefined, attributes: {} });
    else if (attribute === '') fail(`'${line.trim()}' is neither NAME: nor an indented attribute=value`);
    else if (stanza === undefined) fail('an attribute stands before the first NAME:');
    else if (attribute === 'objtype') stanza.type = written.trim();
    else if (attribute in stanza.attributes) fail(`${stanza.name} has ${attribute} twice`);
    else stanza.attributes[attribute] = parseValue(written.trim());
  }
  return { stanzas, problems };
}

// --- internal ---

// What a plain line cannot hold is written as a JSON string.
const formatValue = (value: string): string => /[\r\n]|^["\s]|\s$/.test(value) ? JSON.stringify(value) : value;

function parseValue(text: string): string {
  if (!/^".*"$/.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
