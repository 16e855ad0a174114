/** Owns what the result codes of SQLite mean for a router, whichever engine reports them. */

import { RouterError, messageOf, type RouterErrorCode } from '../core/errors.ts';

interface Meaning {
  readonly code: RouterErrorCode;
  readonly advice: string;
}

/** By SQLite's primary result code (https://sqlite.org/rescode.html). */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [5, { code: 'STORAGE_FAILED', advice: 'another connection holds the database; close it, or open this one to read' }],
  [6, { code: 'STORAGE_FAILED', advice: 'another connection holds the database; close it, or open this one to read' }],
  [
    8,
    {
      code: 'STORAGE_FAILED',
      advice:
        'the database or its folder may not be written, where SQLite keeps its -wal and -shm even to read; allow it, or copy the file elsewhere',
    },
  ],
  [10, { code: 'STORAGE_FAILED', advice: 'the disk failed; check it' }],
  [11, { code: 'STORAGE_CORRUPT', advice: 'the database is damaged; restore it from a copy or an export' }],
  [13, { code: 'STORAGE_FAILED', advice: 'the disk is full; make room' }],
  [
    14,
    {
      code: 'STORAGE_FAILED',
      advice: 'the database cannot be opened; check that its folder is there, and that both may be read and written',
    },
  ],
  [26, { code: 'STORAGE_CORRUPT', advice: 'the file is no database; choose another path, or restore it from a copy' }],
]);

const NAMES: Readonly<Record<string, number>> = {
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_READONLY: 8,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_NOTADB: 26,
};

/** Any error of an SQL engine as a `RouterError` that says what to do; one of ours passes through. */
export function toStorageError(error: unknown, doing: string): RouterError {
  if (error instanceof RouterError) return error;
  const meaning = MEANINGS.get(resultCodeOf(error));
  const advice = meaning ? `; ${meaning.advice}` : '';
  return new RouterError(meaning?.code ?? 'STORAGE_FAILED', `${doing} failed: ${messageOf(error)}${advice}.`, {
    cause: error,
  });
}

/** Whether another connection stands in the way. */
export function isBusy(error: unknown): boolean {
  return [5, 6].includes(resultCodeOf(error));
}

/** The primary result code of an engine's error; -1 where it has none. Engines call it `code` or `errcode`, as a number or by name. */
function resultCodeOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return -1;
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === 'number') return errcode & 0xff;
  if (typeof code === 'number') return code & 0xff;
  // SQLITE_IOERR_WRITE is a SQLITE_IOERR.
  const name = /^SQLITE_[A-Z]+/.exec(String(code))?.[0] ?? '';
  return NAMES[name] ?? -1;
}
