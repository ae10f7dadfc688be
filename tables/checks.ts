import { StateliteError } from '../lib/errors.ts';

/** Says what is wrong with a value, or undefined when nothing is. */
export type Check = (value: string) => string | undefined;

/** The value must be one of the given words. */
export const oneOf = (...words: readonly string[]): Check => (value) =>
  words.includes(value) ? undefined : `'${value}' is not one of ${words.join(', ')}`;

/** None of the given words may be in the comma list. */
export const withoutOptions = (...words: readonly string[]): Check => (value) => {
  const found = value.split(',').find((option) => words.includes(option.trim()));
  return found === undefined ? undefined : `'${found.trim()}' may not be in it`;
};

/** The value must be names of overlays, each perhaps with `~` before it, separated by commas. */
export const isOverlayList: Check = (value) => {
  const wrong = value.split(',').find((name) => !/^~?[A-Za-z0-9_][\w.+-]*$/.test(name.trim()));
  return wrong === undefined ? undefined : `'${wrong.trim()}' is no name of an overlay`;
};

/** The value must be a number that is not negative; rows are ordered by it. */
export const isNumber: Check = (value) => /^\d+(\.\d+)?$/.test(value) ? undefined : `'${value}' is not a number`;

/** The value must be a number that a partition of a GPT may have. */
export const isPartitionNumber: Check = (value) => /^[1-9]\d{0,2}$/.test(value) && Number(value) <= 128 ? undefined : `'${value}' is not a partition number from 1 to 128`;

/** The value must be a mode of three or four octal digits. */
export const isOctalMode: Check = (value) => /^[0-7]{3,4}$/.test(value) ? undefined : `'${value}' is not an octal mode such as 755`;

/** The value must be one that `parse` takes; what it throws says what is wrong. */
export const readBy = (parse: (value: string) => unknown): Check => (value) => {
  try {
    parse(value);
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError && error.hint !== undefined) return `${error.message}; ${error.hint}`;
    return error instanceof Error ? error.message : String(error);
  }
};
