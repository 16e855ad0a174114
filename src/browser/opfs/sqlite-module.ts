/** Owns what is used of wa-sqlite's synchronous build, as types, and the codes of SQLite that cross between them. */

/** An address in the module's memory; 0 is none. */
export type Pointer = number;

type BindBytes = (statement: Pointer, index: number, bytes: Pointer, byteLength: number, free: Pointer) => number;

/** The Emscripten module of `@journeyapps/wa-sqlite/dist/wa-sqlite.mjs`: SQLite's C functions and a way to plug in a VFS. */
export interface SqliteModule {
  /** The memory, a new view whenever it has grown. */
  readonly HEAPU8: Uint8Array;
  UTF8ToString(text: Pointer): string;
  getValue(address: Pointer, type: '*'): number;
  vfs_register(vfs: SqliteVfs, makeDefault: boolean): number;
  ccall(name: string, returns: 'number', types: readonly string[], args: readonly unknown[]): number;
  _getSqliteFree(): Pointer;
  _sqlite3_malloc(byteLength: number): Pointer;
  _sqlite3_free(address: Pointer): void;
  _sqlite3_close_v2(database: Pointer): number;
  _sqlite3_errmsg(database: Pointer): Pointer;
  _sqlite3_extended_errcode(database: Pointer): number;
  _sqlite3_prepare_v3(
    database: Pointer,
    sql: Pointer,
    byteLength: number,
    flags: number,
    statement: Pointer,
    tail: Pointer,
  ): number;
  readonly _sqlite3_step: (statement: Pointer) => number;
  _sqlite3_reset(statement: Pointer): number;
  _sqlite3_clear_bindings(statement: Pointer): number;
  _sqlite3_finalize(statement: Pointer): number;
  _sqlite3_bind_null(statement: Pointer, index: number): number;
  _sqlite3_bind_double(statement: Pointer, index: number, value: number): number;
  _sqlite3_bind_int(statement: Pointer, index: number, value: number): number;
  readonly _sqlite3_bind_text: BindBytes;
  readonly _sqlite3_bind_blob: BindBytes;
  _sqlite3_column_count(statement: Pointer): number;
  _sqlite3_column_type(statement: Pointer, index: number): number;
  _sqlite3_column_double(statement: Pointer, index: number): number;
  _sqlite3_column_text(statement: Pointer, index: number): Pointer;
  _sqlite3_column_blob(statement: Pointer, index: number): Pointer;
  _sqlite3_column_bytes(statement: Pointer, index: number): number;
}

/** The methods of `sqlite3_vfs` and `sqlite3_io_methods` that a VFS of ours needs; addresses and 64-bit halves are numbers. */
export interface SqliteVfs {
  readonly name: string;
  readonly mxPathname: number;
  hasAsyncMethod(method: string): boolean;
  xOpen(vfs: Pointer, name: Pointer, file: Pointer, flags: number, outFlags: Pointer): number;
  xDelete(vfs: Pointer, name: Pointer, syncFolder: number): number;
  xAccess(vfs: Pointer, name: Pointer, flags: number, result: Pointer): number;
  xFullPathname(vfs: Pointer, name: Pointer, capacity: number, result: Pointer): number;
  xClose(file: Pointer): number;
  xRead(file: Pointer, bytes: Pointer, byteLength: number, offsetLow: number, offsetHigh: number): number;
  xWrite(file: Pointer, bytes: Pointer, byteLength: number, offsetLow: number, offsetHigh: number): number;
  xTruncate(file: Pointer, sizeLow: number, sizeHigh: number): number;
  xSync(file: Pointer, flags: number): number;
  xFileSize(file: Pointer, result: Pointer): number;
  xLock(file: Pointer, level: number): number;
  xUnlock(file: Pointer, level: number): number;
  xCheckReservedLock(file: Pointer, result: Pointer): number;
  xFileControl(file: Pointer, operation: number, argument: Pointer): number;
  xSectorSize(file: Pointer): number;
  xDeviceCharacteristics(file: Pointer): number;
}

/** https://sqlite.org/rescode.html, https://sqlite.org/c3ref/c_blob.html, https://sqlite.org/c3ref/c_iocap_atomic.html */
export const OK = 0;
export const IOERR = 10;
export const NOTFOUND = 12;
export const FULL = 13;
export const CANTOPEN = 14;
export const ROW = 100;
export const DONE = 101;
export const IOERR_SHORT_READ = 522;
export const IOCAP_UNDELETABLE_WHEN_OPEN = 0x800;
export const TYPE_INTEGER = 1;
export const TYPE_FLOAT = 2;
export const TYPE_TEXT = 3;
export const TYPE_BLOB = 4;
