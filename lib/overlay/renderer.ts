import { createRequire } from 'node:module';
import type * as Nunjucks from 'nunjucks';
import { StateliteError } from '../errors.ts';
import type { Facts } from './facts.ts';
import { TEMPLATE_NAMES, UNSET } from './facts.ts';
import { inspectTemplate, type Inspection } from './inspect.ts';

/** A template with the name that messages give it: `overlay hosts, etc/hosts.njk`. */
export interface Template {
  readonly where: string;
  readonly text: string;
}

/** What a template made. */
export interface Rendered {
  /** Unset for a template that has `{% file %}` blocks. */
  readonly text?: string;
  /** The blocks, in order: paths as written, modes as octal text. */
  readonly files: readonly { readonly path: string; readonly text: string; readonly mode?: string }[];
}

export interface Renderer {
  /** Reads a template, and gives what fills it. Both throw TEMPLATE_INVALID, all at once, for what is read and is not there, naming file and line. */
  open(template: Template): (facts: Facts) => Rendered;
  /** What a template reads. Throws TEMPLATE_INVALID when it cannot be read. */
  inspect(template: Template): Inspection;
}

/**
 * Fills templates that may include others. They reach values and includes only, no files and no programs. The engine is loaded here, and not by
 * import(): plans are made without waiting.
 */
export function openRenderer(includes: ReadonlyMap<string, Template>): Renderer {
  const nunjucks = createRequire(import.meta.url)('nunjucks') as typeof Nunjucks;
  closeRuntime(nunjucks.runtime as unknown as Runtime);
  return createRenderer(nunjucks, includes);
}

/** The part of the template engine that is used. */
export type Engine = Pick<typeof Nunjucks, 'Environment' | 'Template'>;

// --- internal ---

interface Runtime {
  memberLookup: ((object: unknown, key: unknown) => unknown) & { closed?: true };
}

/** From any value its constructor leads to all of Node: templates are text, not programs. */
function closeRuntime(runtime: Runtime): void {
  const { memberLookup } = runtime;
  if (memberLookup.closed === true) return;
  runtime.memberLookup = Object.assign((object: unknown, key: unknown): unknown => {
    if (CLOSED.has(String(key))) throw new StateliteError('TEMPLATE_INVALID', `${String(key)} cannot be read in a template`);
    return memberLookup(object, key);
  }, { closed: true as const });
}

const CLOSED = new Set(['constructor', 'prototype', '__proto__', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__']);

function createRenderer(nunjucks: Engine, includes: ReadonlyMap<string, Template>): Renderer {
  const byWhere = new Map([...includes.values()].map((include) => [include.where, include]));
  const loader: Nunjucks.ILoader = {
    getSource: (name) => {
      const include = includes.get(name);
      if (include === undefined) throw new StateliteError('TEMPLATE_INVALID', `there is no include ${JSON.stringify(name)}`, { hint: includeHint(includes) });
      return { src: include.text, path: include.where, noCache: false };
    },
  };
  const environment = new nunjucks.Environment(loader, { autoescape: false, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true });
  let made: Rendered['files'][number][] = [];
  const tag = fileTag((file) => { made.push(file); });
  environment.addExtension('file', tag as unknown as Nunjucks.Extension);
  const inspect = (template: Template): Inspection => inspectTemplate(nunjucks, tag, template, new Set(includes.keys()), includeHint(includes));
  return {
    inspect,
    open: (template) => {
      const { hasFiles } = inspect(template);
      let program: Nunjucks.Template | undefined;
      return (facts) => {
        made = [];
        let text: string;
        try {
          program ??= new nunjucks.Template(template.text, environment, template.where, true);
          text = program.render(facts.context);
        } catch (error) {
          if (facts.failure() !== undefined) throw facts.failure();
          throw explain(error, template, byWhere, facts);
        }
        if (!hasFiles) return { text, files: [] };
        if (text.trim() === '') return { files: made };
        throw new StateliteError('TEMPLATE_INVALID', `${template.where}: there is text outside the {% file %} blocks: ${JSON.stringify(text.trim().slice(0, 40))}`, { hint: 'put it into one of the blocks, or into a comment {# … #}' });
      };
    },
  };
}

const includeHint = (includes: ReadonlyMap<string, Template>): string =>
  includes.size === 0 ? 'includes lie in <installdir>/overlays/.include, where there is none' : `includes are ${[...includes.keys()].join(', ')}`;

/** `{% file "name", mode="0600" %} … {% endfile %}`: one of several outputs of a template. */
function fileTag(take: (file: Rendered['files'][number]) => void): object {
  return {
    tags: ['file'],
    parse: (parser: TagParser, nodes: { CallExtension: new (...words: unknown[]) => unknown }): unknown => {
      const token = parser.nextToken();
      const words = parser.parseSignature(null, true);
      parser.advanceAfterBlockEnd(token.value);
      const body = parser.parseUntilBlocks('endfile');
      parser.advanceAfterBlockEnd();
      return new nodes.CallExtension('file', 'run', words, [body]);
    },
    run: (_context: unknown, path: unknown, ...rest: unknown[]): string => {
      const body = rest.at(-1) as () => string;
      const { mode } = rest.length > 1 ? rest[0] as { readonly mode?: string | number } : {};
      if (typeof path !== 'string' || path === '') throw new StateliteError('TEMPLATE_INVALID', 'a {% file %} block has no name');
      if (mode !== undefined && !/^0?[0-7]{3}$/.test(String(mode))) throw new StateliteError('TEMPLATE_INVALID', `the mode of {% file ${JSON.stringify(path)} %} is ${JSON.stringify(mode)}, wanted octal digits such as "0644"`);
      take({ path, text: body(), ...(mode === undefined ? {} : { mode: String(mode) }) });
      return '';
    },
  };
}

interface TagParser {
  nextToken(): { readonly value: string };
  parseSignature(tolerant: null, noParentheses: true): unknown;
  advanceAfterBlockEnd(name?: string): void;
  parseUntilBlocks(...names: string[]): unknown;
}

/** An error of the engine as one that names file, line and node. */
function explain(error: unknown, template: Template, includes: ReadonlyMap<string, Template>, facts: Facts): StateliteError {
  const message = error instanceof Error ? error.message : String(error);
  const place = [...message.matchAll(/\(([^()]+)\) \[Line (\d+), Column \d+\]/g)].at(-1);
  const innermost = [...message.matchAll(/\(([^()\n]+)\)(?: \[Line|\n)/g)].at(-1)?.[1];
  const file = includes.get(place?.[1] ?? innermost ?? '') ?? template;
  const refused = facts.refused();
  const isRefusal = refused !== undefined && message.includes(refused.error.message);
  const lines = file.text.split('\n');
  const line = isRefusal ? lines.findIndex((text) => new RegExp(`\\.\\s*${refused.key.replace(/\W/g, '\\$&')}\\b|['"]${refused.key.replace(/\W/g, '\\$&')}['"]`).test(text)) + 1 : Number(place?.[2] ?? 0);
  const source = (lines[line - 1] ?? '').trim();
  const told = (what: string, hint: string): StateliteError =>
    new StateliteError('TEMPLATE_INVALID', `${file.where}${line > 0 ? ` line ${line}` : ''}: ${what}${source === '' ? '' : `: ${source}`}`, { cause: error, hint });
  if (isRefusal) return told(refused.error.message, refused.error.hint ?? HINT);
  const unset = unsetIn(source, facts);
  const hint = unset.length === 0 ? HINT : `${unset.map(({ set }) => set).join('; ')}, or write {{ ${unset[0]?.name ?? ''} | default("") }}`;
  if (!message.includes('attempted to output null or undefined')) return told(message.split('\n').at(-1)?.trim().replace(/^(\w*Error: )+/, '') ?? message, hint);
  const lacking = facts.lacking();
  if (unset.length > 0 || lacking === undefined || !source.includes(`.${lacking.key}`)) return told(`a value is unset for ${facts.node}`, hint);
  return told(`${lacking.column} is unset for ${lacking.node}, one of nodes`, `chtab node=${lacking.node} ${lacking.column}=…, or write {{ … | default("") }}`);
}

/** Values that a line reads and the tables do not have, each with what sets it. */
function unsetIn(source: string, { node, reads }: Facts): readonly { readonly name: string; readonly set: string }[] {
  const names = [...new Set([...source.matchAll(/\b(?:node\.\w+|site)\.\w+/g)].map(([name]) => name))].filter((name) => reads.get(name) === UNSET);
  return names.map((name) => ({ name, set: name.startsWith('site.') ? `chtab key=${name.slice('site.'.length)} site.value=…` : `chtab node=${node} ${name.slice('node.'.length)}=…` }));
}

const HINT = `set the value, or write {{ … | default("") }}; a template reads ${Object.keys(TEMPLATE_NAMES).join(', ')}`;
