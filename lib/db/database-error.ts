import { StateliteError } from '../errors.ts';
import type { Server } from './server.ts';

/** The errno or SQLSTATE an error carries. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True when no server listens: it can be started. */
export const isNotRunning = (error: unknown): boolean => ['ENOENT', 'ECONNREFUSED'].includes(errorCode(error) ?? '');

/** True when the connection broke or the server is just starting or ending: trying again can help. */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error);
  return code === undefined
    ? error instanceof Error && /^Connection terminated|^Client has encountered a connection error|not queryable/.test(error.message)
    : ['57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE'].includes(code) || code.startsWith('08');
}

/** True when Postgres asks to run the transaction again. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(errorCode(error) ?? '');

/** The error a user sees for what the driver threw. */
export function databaseError(error: unknown, server: Server): StateliteError {
  if (error instanceof StateliteError) return error;
  const text = error instanceof Error ? error.message || String(errorCode(error)) : String(error);
  const code = errorCode(error);
  if (code === '55P03') {
    return new StateliteError('DATABASE_BUSY', 'another command has been changing the tables for more than 30 s; nothing was changed',
      { hint: 'run the command again when the other one is done', cause: error });
  }
  if (code === '53100') {
    return new StateliteError('DATABASE_REFUSED', `the disk of ${server.name} is full, nothing was changed: ${text.split(' - ').at(-1) ?? text}`,
      { hint: 'free some space and run the command again', cause: error });
  }
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !isConnectionLost(error) && !/^(28|3D)/.test(code)) {
    return new StateliteError('DATABASE_REFUSED', `${server.name} refused a request: ${text}`, { hint: server.hint, cause: error });
  }
  if (code === 'EACCES' && server.start !== undefined) {
    return new StateliteError('DATABASE_DOWN', `${server.name} is another user's: this one may not use it`, { hint: 'run the command as root, or set STATELITE_DATABASE_URL or STATELITE_HOME', cause: error });
  }
  return new StateliteError('DATABASE_DOWN', `${server.name} does not answer: ${text}`, { hint: server.hint, cause: error });
}
