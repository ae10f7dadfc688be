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

/** The value must be an absolute path. */
export const isAbsolute: Check = (value) => value.startsWith('/') && !value.split('/').includes('..') ? undefined : `'${value}' is not an absolute path`;

/** The value must be an IPv4 or IPv6 address. */
export const isIpAddress: Check = (value) =>
  IPV4.test(value) || (value.includes(':') && URL.canParse(`http://[${value}]`)) ? undefined : `'${value}' is not an IP address such as 10.0.0.11`;

/** The value must be `address`, or `address!name` and more of them with `|` between. */
export const isMacList: Check = (value) => {
  const wrong = value.split('|').map((part) => part.trim().split('!')[0] ?? '').find((mac) => !/^[0-9a-f]{2}(?:([:-]?)[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2}|(?:\1[0-9a-f]{2}){14})?$/i.test(mac));
  return wrong === undefined ? undefined : `'${wrong}' is not a MAC address such as 52:54:00:00:00:11`;
};

/** The value must be `server:/directory`; what begins with a variable may be anything. With `local`, a directory alone will do. */
export const isPlace = (local: boolean): Check => (value) => {
  if (value.startsWith('$') || value.includes('#CMD') || /^(?:\[[^\]\s]+\]|[^:/\s]+):[/$]/.test(value) || (local && value.startsWith('/'))) return undefined;
  return `'${value}' is not server:/directory${local ? ', nor an absolute directory' : ''}`;
};

/** The value must be the number of a port. */
export const isPort: Check = (value) => /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536 ? undefined : `'${value}' is not a port from 1 to 65535`;

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

// --- internal ---

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
