import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatCsv, parseCsv, type CsvProblem } from '../../tables/csv.ts';
import { tableOf } from '../../tables/index.ts';
import type { Row, Table } from '../../tables/table.ts';
import { StateliteError } from '../errors.ts';
import { canAsk } from '../system/ask.ts';
import { openEditor } from '../system/editor.ts';
import type { System } from '../system/system.ts';
import { change, changesBetween, renderChanges } from './change.ts';
import { withDatabase } from './open.ts';
import { csvError } from './tabrestore.ts';

/**
 * Opens a table as CSV in $TABEDITOR or $EDITOR and saves it in one transaction. Rows that cannot be saved come back into the editor with
 * the reasons above them; leaving the text as it is then gives up, and so does an editor without a terminal that corrects nothing. Throws TABLE_CHANGED when somebody else changed the table meanwhile;
 * what was typed stays in a file that the error names.
 */
export async function tabedit(system: System, name: string, dryRun: boolean): Promise<string> {
  const table = tableOf(name);
  const before = await readRows(system, name);
  const directory = system.files.makeTemporaryDirectory(join(system.env['TMPDIR'] ?? tmpdir(), 'tabedit-'));
  const path = join(directory, `${name}.csv`);
  const original = `${formatCsv(table, before)}\n`;
  const rows = await editUntilSound(system, table, path, original, before);
  const text = rows === undefined ? 'No file modifications detected, not restoring.' : await save(system, table, before, rows, path, dryRun);
  system.files.removeTree(directory);
  return text;
}

// --- internal ---

/** What stands before the reasons; such lines go when the file is read again. */
const MARK = '#! tabedit: ';

const readRows = async (system: System, name: string): Promise<readonly Row[]> =>
  (await withDatabase(system, (database) => database.read([name])))[name] ?? [];

// Undefined when nothing was changed.
async function editUntilSound(system: System, table: Table, path: string, original: string, before: readonly Row[]): Promise<readonly Row[] | undefined> {
  // What was there already may stay, though no command can use it.
  const known = new Set(before.flatMap((row) => Object.entries(row).map(([column, value]) => `${column}=${value}`)));
  for (let shown = original, left = Infinity; ;) {
    system.files.writeAtomic(path, shown, 0o600);
    await edit(system, path);
    const written = system.files.readText(path);
    const text = withoutReasons(written);
    if (text === original) return undefined;
    const { rows, problems: unsound, doubts } = await parseCsv(table, text);
    const problems = [...unsound, ...doubts.filter(({ column, value }) => column !== undefined && !known.has(`${column}=${value ?? ''}`))];
    if (problems.length === 0) return rows;
    if (written === shown || (!canAsk() && problems.length >= left)) {
      throw new StateliteError('PROBLEMS', `${problems.length} problems in the table, nothing was changed; the text is in ${path}`,
        { problems: [...problems.map((problem) => csvError(path, problem)), keptHint(path)] });
    }
    shown = withReasons(text, problems);
    left = problems.length;
  }
}

const keptHint = (path: string): StateliteError =>
  new StateliteError('CSV_INVALID', `the text you typed is in ${path}`, { hint: `correct it, then: tabrestore ${path}` });

async function edit(system: System, path: string): Promise<void> {
  try {
    await openEditor(system, path, ['TABEDITOR', 'EDITOR']);
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'COMMAND_FAILED') {
      system.files.removeTree(dirname(path));
      throw error;
    }
    throw new StateliteError(error.code, `the editor failed, nothing was changed; the text is in ${path}\n  ${error.message}`,
      { hint: `TABEDITOR or EDITOR names the editor; tabrestore ${path} saves the text`, cause: error });
  }
}

const withoutReasons = (text: string): string => text.split('\n').filter((line) => !line.startsWith(MARK)).join('\n');

// Reasons above the rows they are about; a line number counts the text without them.
function withReasons(text: string, problems: readonly CsvProblem[]): string {
  const lines = text.split('\n').flatMap((line, index) => [
    ...problems.filter((problem) => problem.line === index + 1).map(({ column, reason }) => `${MARK}${column === undefined ? '' : `${column}: `}${reason.replaceAll('\n', ' ')}`),
    line,
  ]);
  return [`${MARK}nothing was saved yet. Correct the rows below such lines, or leave the text as it is to give up.`, ...lines].join('\n');
}

async function save(system: System, table: Table, before: readonly Row[], rows: readonly Row[], path: string, dryRun: boolean): Promise<string> {
  return withDatabase(system, (database) => change(database, dryRun, async (writer) => {
    const now = (await writer.read([table.name]))[table.name] ?? [];
    const others = changesBetween(table.name, before, now);
    if (others.length > 0) {
      throw new StateliteError('TABLE_CHANGED', `somebody else changed ${table.name} meanwhile, nothing was saved; what you typed is in ${path}:\n${renderChanges(others)}`,
        { hint: `tabedit ${table.name} shows it as it is now` });
    }
    await writer.replace(table.name, rows);
    return '';
  }));
}
