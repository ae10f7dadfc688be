/** A piece of a man page below a heading. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** Lines kept as they are. */
  | { readonly kind: 'verbatim'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly (readonly [term: string, text: string])[] };

export interface Section {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export interface ManPage {
  readonly name: string;
  readonly section: 1 | 5 | 7 | 8;
  readonly describe: string;
  readonly sections: readonly Section[];
}

export const text = (words: string): Block => ({ kind: 'text', text: words });
export const verbatim = (lines: string): Block => ({ kind: 'verbatim', text: lines });
export const list = (items: readonly (readonly [term: string, text: string])[]): Block => ({ kind: 'list', items });

/** Text of which indented lines stay as they are and others flow; empty lines end a paragraph. */
export const prose = (words: string): readonly Block[] =>
  words.split(/\n\n+|\n(?=\s)|(?<=\n\s[^\n]*)\n(?!\s)/).reduce<readonly Block[]>((blocks, part) => {
    const last = blocks.at(-1);
    if (!/^\s/.test(part)) return part.trim() === '' ? blocks : [...blocks, text(part)];
    return last?.kind === 'verbatim' ? [...blocks.slice(0, -1), verbatim(`${last.text}\n${part}`)] : [...blocks, verbatim(part)];
  }, []);

/** The page in man(7) macros, as `man -l` and man directories take it. */
export function renderManPage({ name, section, describe, sections }: ManPage, version: string): string {
  const lines = [
    `.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(`statelite ${version}`)} "statelite"`,
    '.nh', '.ad l',
    '.SH NAME', `${escaped(name)} \\- ${escaped(describe)}`,
    ...sections.filter(({ blocks }) => blocks.length > 0).flatMap(({ heading, blocks }) => [`.SH ${quoted(heading)}`, ...blocks.flatMap(renderBlock)]),
  ];
  return `${lines.join('\n')}\n`;
}

// --- internal ---

function renderBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text': return ['.PP', escaped(block.text)];
    case 'verbatim': return ['.PP', '.nf', escaped(block.text), '.fi'];
    case 'list': return block.items.flatMap(([term, words]) => ['.TP', `.B ${escaped(term)}`, escaped(words)]);
  }
}

/** A backslash, a dash and a control character at the start of a line mean something to roff. */
const escaped = (words: string): string => words.replace(/\\/g, '\\e').replace(/-/g, '\\-').replace(/^(?=[.'])/gm, '\\&');

const quoted = (words: string): string => `"${escaped(words).replaceAll('"', '\\(dq')}"`;
