/** Owns the `SqlConnection` of wa-sqlite: statements kept prepared, values in and out of its memory, transactions. */

import type { SqlConnection, SqlStatement, SqlValue } from '../../storage/sql-connection.ts';
import { DATABASE_FILE, type OwnedVfs } from './owned-vfs.ts';
import {
  DONE,
  OK,
  ROW,
  TYPE_BLOB,
  TYPE_FLOAT,
  TYPE_INTEGER,
  TYPE_TEXT,
  type Pointer,
  type SqliteModule,
} from './sqlite-module.ts';

const OPEN_READWRITE_CREATE = 0x2 | 0x4;
const PREPARE_PERSISTENT = 1;
/** How long after the latest change the log is written back. SQLite takes a damaged frame for the log's end. */
const REST_MS = 100;
const NOMEM = 7;
/**
 * Exclusive locking comes first: without it the log wants shared memory. FULL makes a commit one flush of the log.
 * 4 MiB of log are written back at a time.
 */
const EVERY_TIME = [
  'PRAGMA locking_mode = EXCLUSIVE',
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
  'PRAGMA temp_store = MEMORY',
  'PRAGMA wal_autocheckpoint = 128',
];
/** Set before the first table. Pages of 32 KiB halve the time of 4 KiB ones for 50,000 vectors, to read and to write. */
const ONCE = ['PRAGMA page_size = 32768', 'PRAGMA journal_mode = WAL'];

/** An error of SQLite, or of the file handle below it. */
class SqliteError extends Error {
  override readonly name: string = 'SqliteError';
  /** Extended: its low byte is the primary result code. */
  readonly code: number;

  constructor(code: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Where bytes lie in the module's memory. */
class Place {
  readonly address: Pointer;
  readonly byteLength: number;

  constructor(address: Pointer, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
  }
}

/** @param isNew the database file is empty, and may be given its form */
export function openConnection(module: SqliteModule, vfs: OwnedVfs, isNew: boolean): SqlConnection {
  const database = openDatabase(module, vfs);
  const engine = new Engine(module, vfs, database);
  try {
    for (const sql of isNew ? [...EVERY_TIME.slice(0, 1), ...ONCE, ...EVERY_TIME.slice(1)] : EVERY_TIME) {
      engine.all(sql, []);
    }
  } catch (error) {
    engine.close();
    throw error;
  }
  let rest: ReturnType<typeof setTimeout> | undefined;
  return {
    all: (sql, values = []) => engine.all(sql, values),
    each: (sql, values, take) => engine.each(sql, values, take),
    transaction(statements) {
      engine.transaction(statements);
      clearTimeout(rest);
      rest = setTimeout(() => engine.writeBack(), REST_MS);
    },
    close() {
      clearTimeout(rest);
      engine.close();
    },
  };
}

function openDatabase(module: SqliteModule, vfs: OwnedVfs): Pointer {
  module.vfs_register(vfs, true);
  const result = module._sqlite3_malloc(4);
  try {
    const code = module.ccall(
      'sqlite3_open_v2',
      'number',
      ['string', 'number', 'number', 'number'],
      [DATABASE_FILE, result, OPEN_READWRITE_CREATE, 0],
    );
    const database = module.getValue(result, '*');
    if (code === OK) return database;
    module._sqlite3_close_v2(database);
    throw new SqliteError(code, 'the database could not be opened', { cause: vfs.takeFailure() });
  } finally {
    module._sqlite3_free(result);
  }
}

class Engine {
  readonly #module: SqliteModule;
  readonly #vfs: OwnedVfs;
  readonly #database: Pointer;
  readonly #statements = new Map<string, Pointer>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #isClosed = false;

  constructor(module: SqliteModule, vfs: OwnedVfs, database: Pointer) {
    this.#module = module;
    this.#vfs = vfs;
    this.#database = database;
  }

  all(sql: string, values: readonly SqlValue[]): readonly (readonly unknown[])[] {
    const rows: (readonly unknown[])[] = [];
    this.each(sql, values, (row) => {
      rows.push(row.map((value) => (value instanceof Uint8Array ? value.slice() : value)));
    });
    return rows;
  }

  /** BLOBs are views of the module's memory, void as soon as it is used again. */
  each(sql: string, values: readonly SqlValue[], take: (row: readonly unknown[]) => void): void {
    this.#run(sql, values, (statement, columnCount) => {
      const columns = Array.from({ length: columnCount }, (_, i) => this.#column(statement, i));
      // Looked at when all are there: making one ready may take memory, which moves.
      take(columns.map((value) => (value instanceof Place ? this.#bytes(value) : value)));
    });
  }

  transaction(statements: Iterable<SqlStatement>): void {
    this.#run('BEGIN IMMEDIATE', []);
    try {
      for (const { sql, values } of statements) this.#run(sql, values);
      this.#run('COMMIT', []);
    } catch (error) {
      // SQLite has rolled back already after some errors, and then refuses.
      try {
        this.#run('ROLLBACK', []);
      } catch {
        // Nothing of the transaction is left either way.
      }
      throw error;
    }
  }

  /** Empties the log. */
  writeBack(): void {
    try {
      this.#run('PRAGMA wal_checkpoint(TRUNCATE)', []);
    } catch {
      // A disk that is full or failed is reported by the next change.
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const statement of this.#statements.values()) this.#module._sqlite3_finalize(statement);
    this.#module._sqlite3_close_v2(this.#database);
    this.#vfs.close();
  }

  #run(sql: string, values: readonly SqlValue[], onRow?: (statement: Pointer, columnCount: number) => void): void {
    const statement = this.#prepared(sql);
    const { _sqlite3_step: step } = this.#module;
    try {
      for (const [i, value] of values.entries()) this.#check(this.#bind(statement, i + 1, value));
      const columnCount = this.#module._sqlite3_column_count(statement);
      let code = step(statement);
      for (; code === ROW; code = step(statement)) onRow?.(statement, columnCount);
      if (code !== DONE) throw this.#error();
    } finally {
      this.#module._sqlite3_reset(statement);
      this.#module._sqlite3_clear_bindings(statement);
    }
  }

  #prepared(sql: string): Pointer {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const bytes = this.#encoder.encode(sql);
    const text = this.#copy(bytes);
    const result = this.#module._sqlite3_malloc(4);
    try {
      this.#check(this.#module._sqlite3_prepare_v3(this.#database, text, bytes.length, PREPARE_PERSISTENT, result, 0));
      const statement = this.#module.getValue(result, '*');
      this.#statements.set(sql, statement);
      return statement;
    } finally {
      this.#module._sqlite3_free(result);
      this.#module._sqlite3_free(text);
    }
  }

  #bind(statement: Pointer, index: number, value: SqlValue): number {
    const module = this.#module;
    if (value === null) return module._sqlite3_bind_null(statement, index);
    if (typeof value === 'number') {
      return value === (value | 0)
        ? module._sqlite3_bind_int(statement, index, value)
        : module._sqlite3_bind_double(statement, index, value);
    }
    const bytes = typeof value === 'string' ? this.#encoder.encode(value) : value;
    const bind = typeof value === 'string' ? module._sqlite3_bind_text : module._sqlite3_bind_blob;
    // SQLite frees its copy itself when the statement is bound anew.
    return bind(statement, index, this.#copy(bytes), bytes.length, module._getSqliteFree());
  }

  /** Bytes in the module's memory; never nowhere, which would mean NULL. */
  #copy(bytes: Uint8Array): Pointer {
    const address = this.#module._sqlite3_malloc(Math.max(1, bytes.length));
    if (address === 0) throw new SqliteError(NOMEM, `no memory for ${bytes.length} bytes`);
    this.#module.HEAPU8.set(bytes, address);
    return address;
  }

  #column(statement: Pointer, index: number): number | string | Place | null {
    const module = this.#module;
    switch (module._sqlite3_column_type(statement, index)) {
      case TYPE_INTEGER:
      case TYPE_FLOAT:
        return module._sqlite3_column_double(statement, index);
      case TYPE_TEXT: {
        const text = module._sqlite3_column_text(statement, index);
        return this.#decoder.decode(this.#bytes(new Place(text, module._sqlite3_column_bytes(statement, index))));
      }
      case TYPE_BLOB: {
        const blob = module._sqlite3_column_blob(statement, index);
        return new Place(blob, module._sqlite3_column_bytes(statement, index));
      }
      default:
        return null;
    }
  }

  /** A view that the next call may make void. */
  #bytes({ address, byteLength }: Place): Uint8Array {
    return this.#module.HEAPU8.subarray(address, address + byteLength);
  }

  #check(code: number): void {
    if (code !== OK) throw this.#error();
  }

  #error(): SqliteError {
    const code = this.#module._sqlite3_extended_errcode(this.#database);
    const message = this.#module.UTF8ToString(this.#module._sqlite3_errmsg(this.#database));
    const cause = this.#vfs.takeFailure();
    return new SqliteError(code, `${message} (${code})`, cause === undefined ? undefined : { cause });
  }
}
