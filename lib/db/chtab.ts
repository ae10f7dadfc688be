import { columnOf, tableOf } from '../../tables/index.ts';
import type { Row } from '../../tables/table.ts';
import { toJson } from '../command.ts';
import { StateliteError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { ask } from './ask.ts';
import { assign, type Assignment } from './assignment.ts';
import { change } from './change.ts';
import type { TableWriter } from './database.ts';
import { withDatabase } from './open.ts';

/** Sets `table.column=value` in the rows that the `key=value` words select, or makes the row. Returns the changes for a dry run, else ''. `notice` hears of a row that is for no node. */
export async function chtab(system: System, words: readonly string[], dryRun: boolean, notice?: (line: string) => void): Promise<string> {
  const { where, assignments, others } = readWords(words);
  if (Object.keys(where).length === 0 || assignments.length === 0 || others.length > 0) {
    throw usage(others[0] === undefined ? 'give a key and a value to set' : `'${others[0]}' is neither key=value nor table.column=value`);
  }
  return withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    await assign(writer, [where], assignments);
    if (notice !== undefined) await warnOfNobody(writer, where['node'], assignments, notice);
    return '';
  }));
}

/** Deletes the rows of the named table that the `key=value` words select. */
export async function chtabDelete(system: System, words: readonly string[], dryRun: boolean): Promise<string> {
  const { where, assignments, others: [name, ...more] } = readWords(words);
  if (Object.keys(where).length === 0 || assignments.length > 0 || name === undefined || more.length > 0) throw usage('give a key and one table to delete from');
  const table = tableOf(name);
  for (const column of Object.keys(where)) columnOf(table, column);
  return withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    await writer.remove(name, where);
    return '';
  }));
}

/** The values of `table.column` in the row that `key=value[,key=value]` selects; the value alone when one is asked for. */
export async function gettab(system: System, key: string, columns: readonly string[], withNames: boolean, json = false): Promise<string> {
  const { where, others } = readWords(key.split(','));
  if (Object.keys(where).length === 0 || others.length > 0) throw usage(`'${key}' is not key=value`);
  const wanted = columns.map((written) => {
    const [table = '', column = ''] = written.split('.');
    return { written, table, column: columnOf(tableOf(table), column).name };
  });
  const data = await withDatabase(system, (database) => database.read([...new Set(wanted.map(({ table }) => table))]));
  const values = wanted.map(({ written, table, column }) => {
    for (const name of Object.keys(where)) columnOf(tableOf(table), name);
    const row = data[table]?.find((each) => Object.entries(where).every(([name, value]) => (each[name] ?? '') === value));
    return { written, value: row?.[column] ?? '' };
  });
  if (json) return toJson(Object.fromEntries(values.map(({ written, value }) => [written, value])));
  return values.map(({ written, value }) => (withNames || values.length > 1 ? `${written}: ${value}` : value)).join('\n');
}

// --- internal ---

// xCAT takes rows of nodes that are not there yet, and so they are no error.
async function warnOfNobody(writer: TableWriter, name: string | undefined, assignments: readonly Assignment[], notice: (line: string) => void): Promise<void> {
  const table = assignments.map((each) => tableOf(each.table)).find(({ nodeKeyed }) => nodeKeyed === true);
  if (name === undefined || table === undefined || name === 'xcatdefaults') return;
  const known = await ask(writer.read, (cluster) => cluster.isNode(name) || cluster.rows('nodegroup').some((row) => row['groupname'] === name)
    || cluster.nodes.some((node) => cluster.groupsOf(node).includes(name)));
  if (known) return;
  const hint = /[[\],]/.test(name) ? `nodech ${name} ${table.name}.<column>=<value> sets it for several nodes; chtab -d node=${name} ${table.name} takes the row away` : `mkdef ${name} makes a node of that name, chdef <node> groups=${name} a group`;
  notice(`WARNING: ${name} is neither a node nor a group: the ${table.name} row is for nobody yet\n  Hint: ${hint}`);
}

interface Words {
  readonly where: Row;
  readonly assignments: readonly Assignment[];
  readonly others: readonly string[];
}

function readWords(words: readonly string[]): Words {
  const where: Record<string, string> = {};
  const assignments: Assignment[] = [];
  const others: string[] = [];
  for (const word of words) {
    const [, table, column, sign, value = ''] = /^([^=.]+)\.([^=.]+?)([+-]?)=(.*)$/s.exec(word) ?? [];
    const [, key, wanted = ''] = /^([^=.]+)=(.*)$/s.exec(word) ?? [];
    if (table !== undefined && column !== undefined) assignments.push({ table, column, operator: sign === '+' ? '+=' : sign === '-' ? '-=' : '=', value });
    else if (key !== undefined) where[key] = wanted;
    else others.push(word);
  }
  return { where, assignments, others };
}

const usage = (message: string): StateliteError =>
  new StateliteError('USAGE', message, { hint: 'chtab node=n01 noderes.netboot=pxe, or chtab -d node=n01 noderes' });
