import fc from 'fast-check';
import { keyText } from '../../tables/check-row.ts';
import type { Column, Row, Table } from '../../tables/table.ts';

/** Any rows that a table takes: every column with any value its check passes, no two rows with the same key. */
export const legalRows = (table: Table, maxLength = 6): fc.Arbitrary<readonly Row[]> =>
  fc.uniqueArray(legalRow(table), { selector: (row) => keyText(table, row), maxLength });

// --- internal ---

/** What quoting could get wrong, and any other character a database takes. */
const text = fc.string({
  minLength: 1, maxLength: 12,
  unit: fc.oneof(fc.constantFrom('"', ',', '\n', '\r', '#', ' ', '\\', '\t', '|', '$', 'é', '\uFEFF', '\x1f', "'"), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((each) => each !== '\0')),
});

/** Something that passes for every check there is. */
const SAMPLES = ['1', '4.7', '0755', 'static', 'nfs', 'md5', 'vers=4.2', 'persistent', '/etc/"a, b"', '172.10.0.1:/trees/$node', 'yes', '115200', 'ext4', '70-mkfs=must,80-license=warn:60'];

const legalRow = (table: Table): fc.Arbitrary<Row> => fc.record(
  Object.fromEntries(table.columns.map((column) => [column.name, legalValue(column)])),
  { requiredKeys: [...table.required] },
);

function legalValue({ name, check = () => undefined }: Column): fc.Arbitrary<string> {
  const passing = SAMPLES.filter((sample) => check(sample) === undefined);
  if (passing.length === 0) throw new Error(`no sample passes the check of ${name}`);
  return fc.tuple(text, fc.constantFrom(...passing), fc.integer({ min: 0, max: 9999 })).map(([any, sample, number]) =>
    [any, `/${any}`, String(number)].find((value) => check(value) === undefined) ?? sample);
}
