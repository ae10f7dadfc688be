import { columnOf, TABLES } from '../../tables/index.ts';
import { StateliteError, throwProblems } from '../errors.ts';
import { SSH_WORDS, TEMPLATE_NAMES } from './facts.ts';
import type { Engine, Template } from './renderer.ts';

/** What a template reads, as its text says. */
export interface Inspection {
  /** The first words of what it reads: `node`, `nodes`. */
  readonly names: ReadonlySet<string>;
  /** With what follows them: `node.hosts.ip`, sorted. */
  readonly variables: readonly string[];
  readonly includes: readonly string[];
  /** It makes several files, by `{% file %}`. */
  readonly hasFiles: boolean;
}

/** Reads a template without filling it. Throws all at once: a text that is no template, names, tables, columns and includes that are not there, each with its line. */
export function inspectTemplate(nunjucks: Engine, tag: object, template: Template, includes: ReadonlySet<string>, includeHint: string): Inspection {
  const { parser, nodes } = nunjucks as unknown as { readonly parser: Parser; readonly nodes: Readonly<Record<string, NodeType>> };
  const problems: StateliteError[] = [];
  const fail = (node: AstNode | undefined, text: string, hint?: string): void => {
    const line = node === undefined ? '' : ` line ${node.lineno + 1}`;
    problems.push(new StateliteError('TEMPLATE_INVALID', `${template.where}${line}: ${text}`, { hint }));
  };
  const root = parse(parser, template, tag, fail);
  const found = { variables: new Set<string>(), includes: new Set<string>(), hasFiles: false, bound: new Set(GLOBALS), symbols: [] as AstNode[] };
  const is = (node: AstNode, name: string): boolean => nodes[name] !== undefined && node instanceof nodes[name];

  const bind = (node: AstNode | undefined): void => {
    if (node === undefined) return;
    if (is(node, 'Symbol')) found.bound.add(String(node.value));
    else childrenOf(node).forEach(bind);
  };
  const walk = (node: AstNode): void => {
    if (is(node, 'Symbol')) {
      found.symbols.push(node);
      return;
    }
    if (is(node, 'LookupVal')) {
      const path = pathOf(node, is);
      if (path !== undefined) {
        checkPath(node, path, fail);
        found.variables.add(path.join('.'));
        found.symbols.push(firstOf(node));
        return;
      }
    }
    if (is(node, 'Include') || is(node, 'Import') || is(node, 'FromImport') || is(node, 'Extends')) {
      const name = (node['template'] as AstNode | undefined)?.value;
      if (typeof name === 'string') {
        found.includes.add(name);
        if (!includes.has(name) && node['ignoreMissing'] !== true) fail(node, `there is no include ${JSON.stringify(name)}`, includeHint);
      }
    }
    if (is(node, 'CallExtension') && node['extName'] === 'file') found.hasFiles = true;
    for (const field of BINDING[node.typename] ?? []) [node[field] as AstNode | AstNode[] | undefined].flat().forEach(bind);
    const skipped = new Set([...BINDING[node.typename] ?? [], ...NAMING[node.typename] ?? []]);
    childrenOf(node, skipped).forEach(walk);
  };
  if (root !== undefined) walk(root);
  for (const symbol of found.symbols) {
    const name = String(symbol.value);
    if (found.bound.has(name)) continue;
    if (Object.hasOwn(TEMPLATE_NAMES, name)) found.variables.add([...found.variables].some((one) => one.startsWith(`${name}.`)) ? '' : name);
    else fail(symbol, `there is no ${name}`, `a template reads ${Object.keys(TEMPLATE_NAMES).join(', ')}`);
  }
  throwProblems(problems, `problems in ${template.where}`);
  const variables = [...found.variables].filter((one) => one !== '' && Object.hasOwn(TEMPLATE_NAMES, one.split('.')[0] ?? '')).sort();
  return { names: new Set(variables.map((one) => one.split('.')[0] ?? '')), variables, includes: [...found.includes].sort(), hasFiles: found.hasFiles };
}

// --- internal ---

interface AstNode {
  readonly typename: string;
  /** From 0. */
  readonly lineno: number;
  readonly fields: readonly string[];
  readonly children?: readonly AstNode[];
  readonly value?: unknown;
  readonly [field: string]: unknown;
}

type NodeType = new (...words: never[]) => AstNode;
type Fail = (node: AstNode | undefined, text: string, hint?: string) => void;

interface Parser {
  parse(text: string, extensions: readonly object[], options: object): AstNode;
}

const GLOBALS = ['range', 'cycler', 'joiner', 'loop', 'caller', 'super', 'varargs', 'kwargs', 'true', 'false', 'none'];
/** Fields that give names. */
const BINDING: Readonly<Record<string, readonly string[]>> = { For: ['name'], AsyncEach: ['name'], AsyncAll: ['name'], Set: ['targets'], Macro: ['name', 'args'], Caller: ['name', 'args'], Import: ['target'], FromImport: ['names'] };
/** Fields whose words are no variables. */
const NAMING: Readonly<Record<string, readonly string[]>> = { Filter: ['name'], Pair: ['key'], Is: ['right'], Block: ['name'], Super: ['blockName', 'symbol'] };

function parse(parser: Parser, template: Template, tag: object, fail: Fail): AstNode | undefined {
  try {
    return parser.parse(template.text, [tag], { trimBlocks: true, lstripBlocks: true });
  } catch (error) {
    const { lineno, message } = error as { readonly lineno?: number; readonly message?: string };
    const line = lineno ?? openedLast(template.text);
    fail(line === undefined ? undefined : { lineno: line - 1 } as AstNode, (message ?? String(error)).split('\n').at(-1)?.trim() ?? '', 'templates are nunjucks: {{ node.name }}, {% if … %}…{% endif %}');
    return undefined;
  }
}

/** Line of the last `{% if %}`, `{% for %}` … without its end: the engine names no line at the end of the file. */
function openedLast(text: string): number | undefined {
  const open: { readonly word: string; readonly line: number }[] = [];
  for (const { 1: word = '', index } of text.matchAll(/\{%-?\s*(\w+)/g)) {
    const opening = open.findLastIndex((one) => `end${one.word}` === word);
    if (opening >= 0) open.length = opening;
    else if (ENDED.has(word)) open.push({ word, line: text.slice(0, index).split('\n').length });
  }
  return open.at(-1)?.line;
}

const ENDED: ReadonlySet<string> = new Set(['if', 'for', 'file', 'macro', 'call', 'filter', 'raw', 'verbatim', 'block']);

function childrenOf(node: AstNode, skipped: ReadonlySet<string> = new Set()): readonly AstNode[] {
  const children = node.fields.filter((field) => !skipped.has(field)).flatMap((field) => node[field] as AstNode | readonly AstNode[] | undefined ?? []);
  return children.filter((child) => typeof child === 'object' && Array.isArray((child as Partial<AstNode>).fields));
}

/** `a.b.c` of lookups with fixed names, else undefined. */
function pathOf(node: AstNode, is: (node: AstNode, name: string) => boolean): readonly string[] | undefined {
  if (is(node, 'Symbol')) return [String(node.value)];
  if (!is(node, 'LookupVal')) return undefined;
  const [target, key] = [node['target'] as AstNode, node['val'] as AstNode];
  const above = pathOf(target, is);
  return above === undefined || !is(key, 'Literal') || typeof key.value !== 'string' ? undefined : [...above, key.value];
}

const firstOf = (node: AstNode): AstNode => (node['target'] === undefined ? node : firstOf(node['target'] as AstNode));

function checkPath(node: AstNode, [first, second = '', third]: readonly string[], fail: Fail): void {
  if (first !== 'node' || second === 'name' || second === 'groups' || second === 'disks') return;
  if (second === 'ssh') {
    if (third !== undefined && !SSH_WORDS.some((word) => word === third)) fail(node, `node.ssh has no ${third}`, `it has ${SSH_WORDS.join(', ')}`);
    return;
  }
  const table = TABLES.get(second);
  if (table?.nodeKeyed !== true) fail(node, `node has no ${second}`, 'it has name, groups, and tables with a row for each node: node.hosts.ip, node.nodepos.rack');
  else if (third !== undefined) {
    try {
      columnOf(table, third);
    } catch (error) {
      if (error instanceof StateliteError) fail(node, error.message, error.hint);
    }
  }
}
