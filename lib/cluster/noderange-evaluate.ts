import { problemAt, problemsOf, StateliteError, throwProblems } from '../errors.ts';
import type { Fail } from './arithmetic.ts';
import type { Cluster } from './cluster.ts';
import { nodeColumn } from './columns.ts';
import { namesOf } from './noderange-names.ts';
import { parseNoderange, type Noderange, type Term } from './noderange-parse.ts';
import { pointedError, syntaxError } from './noderange-tokens.ts';
import { perlPattern } from './perl-pattern.ts';
import { selectNodes } from './selection.ts';

export interface NoderangeOptions {
  /** Content of a `^/path` term, undefined when there is no such file. Without it such terms are refused. */
  readonly readFile?: (path: string) => string | undefined;
  /** Put around bare numbers: `10-20` is node10 … (xCAT's XCAT_NODE_PREFIX and XCAT_NODE_SUFFIX); `node` and '' when unset. */
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
}

/** The nodes of a noderange, site.excludenodes not yet heeded. Throws as expandNoderange. */
export function evaluateNoderange(cluster: Cluster, text: string, options: NoderangeOptions): Set<string> {
  const unknown = new Set<string>();
  const problems = new Map<string, StateliteError>();
  const exists = (name: string): boolean => cluster.isNode(name) || cluster.groups.has(name);

  const nodesOf = (sources: readonly Source[]): Set<string> => {
    let nodes = new Set<string>();
    const excluded = new Set<string>();
    for (const source of sources) {
      for (const { role, terms } of source.range.steps) {
        const found = terms.map((term) => collect(() => nodesOfTerm(term, source))).reduce(intersection);
        if (role === 'restrict') nodes = intersection(nodes, found);
        else addAll(role === 'add' ? nodes : excluded, found);
      }
    }
    for (const node of excluded) nodes.delete(node);
    return nodes;
  };
  const collect = (nodesFound: () => Set<string>): Set<string> => {
    try {
      return nodesFound();
    } catch (error) {
      for (const problem of problemsOf(error)) problems.set(problem.message, problem);
      return new Set();
    }
  };
  const nodesOfTerm = (term: Term, source: Source): Set<string> => {
    const fail: Fail = (reason) => { throw syntaxError(source.text, term.at, reason); };
    switch (term.kind) {
      case 'range': return nodesOf([{ ...source, range: term.range }]);
      case 'name': return nodesOfName(namesOf(term.text, exists, fail));
      case 'regex': return nodesOfRegex(cluster, perlPattern(term.text, fail));
      case 'file': return nodesOfFile(term.text, term.at, source);
      case 'select': {
        const column = nodeColumn(cluster, term.column);
        if ('problem' in column) throw pointedError('NODERANGE_UNKNOWN', source.text, term.at, column.problem);
        return new Set(selectNodes(cluster, { ...term, column: column.name }, fail));
      }
    }
  };
  const nodesOfName = (names: readonly string[]): Set<string> => {
    const found = new Set<string>();
    for (const name of names) {
      const candidates = /^\d+$/.test(name) ? [name, `${options.prefix ?? 'node'}${name}${options.suffix ?? ''}`] : [name];
      const known = candidates.find(exists);
      if (known === undefined) unknown.add(name);
      else if (cluster.isNode(known)) found.add(known);
      else addAll(found, cluster.groups.get(known) ?? []);
    }
    return found;
  };
  const nodesOfFile = (path: string, at: number, source: Source): Set<string> => {
    const refuse = (reason: string): never => { throw pointedError('NODERANGE_UNKNOWN', source.text, at, reason); };
    if (source.file !== undefined) refuse(`${source.file} must not name another file`);
    const content = (options.readFile ?? (() => refuse('a file cannot be named here')))(path);
    return nodesOf(readLines(content ?? refuse(`there is no file ${path}`), path, (error) => problems.set(error.message, error)));
  };

  const nodes = nodesOf([{ text, range: parseNoderange(text) }]);
  throwProblems([...unknownNames([...unknown]), ...problems.values()], 'problems in the noderange');
  return nodes;
}

// --- internal ---

/** A noderange with the text it was read from, for messages; `file` when that is a line of a file. */
interface Source {
  readonly text: string;
  readonly range: Noderange;
  readonly file?: string;
}

const MOST_LISTED = 100;

function unknownNames(names: readonly string[]): readonly StateliteError[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return [new StateliteError('NODERANGE_UNKNOWN', `Invalid nodes and/or groups in noderange: ${names.slice(0, MOST_LISTED).join(',')}${more}`, {
    hint: 'nodels lists the nodes, lsdef -t group the groups',
  })];
}

/** The lines of a noderange file: those with `#` or `^` in front are left out, and what follows a blank or a colon outside brackets. */
function readLines(content: string, file: string, report: (error: StateliteError) => void): readonly Source[] {
  return content.split('\n').flatMap((line, at) => {
    const text = /^(?:\[[^\]]*\]|[^\s:[])*/.exec(line.trim())?.[0] ?? '';
    if (text === '' || /^[#^]/.test(text)) return [];
    try {
      return [{ text, range: parseNoderange(text), file }];
    } catch (error) {
      for (const problem of problemsOf(error)) report(problemAt(`${file} line ${at + 1}`, problem));
      return [];
    }
  });
}

function nodesOfRegex(cluster: Cluster, pattern: RegExp): Set<string> {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  return new Set(cluster.nodes.filter((node) => whole.test(node)));
}

function intersection(left: Set<string>, right: Set<string>): Set<string> {
  return new Set([...left].filter((node) => right.has(node)));
}

function addAll(set: Set<string>, nodes: Iterable<string>): void {
  for (const node of nodes) set.add(node);
}
