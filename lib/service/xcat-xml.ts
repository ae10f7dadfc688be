import { XMLParser } from 'fast-xml-parser';

/** What an xCAT client asks; only what a node may ask is read. */
export interface XcatRequest {
  readonly command: string;
  readonly noderange?: string;
  readonly parameters: readonly string[];
}

/** Where a request ends on the wire. */
export const END_OF_REQUEST = '</xcatrequest>';

/**
 * Reads `<xcatrequest><command>…</command></xcatrequest>`; a text saying what is wrong when it is none. Entities are never
 * expanded; the parser forgives tags that do not match, as nothing but these few texts is taken from the document.
 */
export function parseXcatRequest(text: string): XcatRequest | string {
  try {
    const request = asElement(asElement(parser.parse(text))?.['xcatrequest']);
    const [command] = texts(request?.['command']);
    if (request === undefined || command === undefined) return 'no <xcatrequest> with a <command>';
    const [noderange] = texts(request['noderange']);
    return { command, ...(noderange === undefined ? {} : { noderange }), parameters: texts(request['arg']) };
  } catch {
    return 'not readable as XML';
  }
}

/** A reply as xcatd sends it: one `<info>` a line, then `<serverdone/>`. */
export function renderXcatReply(reply: { readonly info?: readonly string[]; readonly error?: string }): string {
  const lines = [
    ...(reply.info ?? []).map((line) => `<info>${escape(line)}</info>`),
    ...(reply.error === undefined ? [] : [`<error>${escape(reply.error)}</error>`, '<errorcode>1</errorcode>']),
  ];
  const body = lines.length === 0 ? '' : `<xcatresponse>\n${lines.join('\n')}\n</xcatresponse>\n`;
  return `${body}<xcatresponse>\n<serverdone/>\n</xcatresponse>\n`;
}

// --- internal ---

const parser = new XMLParser({ processEntities: false, ignoreAttributes: true, parseTagValue: false, trimValues: true });

const asElement = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;

/** The texts of an element that may stand once, several times or not at all. */
const texts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string' && text !== '') as string[];

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
