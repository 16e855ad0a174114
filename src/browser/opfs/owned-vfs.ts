/**
 * Owns how SQLite reads and writes the files of one OPFS folder, all opened ahead and by this worker alone: the file
 * handles are exclusive, so one connection is all there is, locks are void and WAL needs no shared memory.
 *
 * wa-sqlite's own AccessHandlePool was measured first. It keeps its own header in each file and treats a damaged one as
 * an empty database, which would be silent loss; and an exception of a file handle, as for a full disk, passes through
 * SQLite's frames. Here the files are plain SQLite files, and every exception becomes a result code.
 */

import {
  CANTOPEN,
  FULL,
  IOCAP_UNDELETABLE_WHEN_OPEN,
  IOERR,
  IOERR_SHORT_READ,
  NOTFOUND,
  OK,
  type Pointer,
  type SqliteModule,
  type SqliteVfs,
} from './sqlite-module.ts';

/** What is used of a `FileSystemSyncAccessHandle`. */
export interface SyncFile {
  read(bytes: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(byteLength: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

export const DATABASE_FILE = 'routes.db';
/** The write-ahead log, and the journal under which SQLite turns the log on. */
export const FILE_NAMES: readonly string[] = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-journal`];

/** What every disk of today writes whole. */
const SECTOR_BYTES = 4096;

/** A file that is opened ahead counts as missing while it is empty, and is deleted by being emptied. */
export class OwnedVfs implements SqliteVfs {
  readonly name = 'synaptoroute';
  readonly mxPathname = 64;
  readonly #module: SqliteModule;
  readonly #files: ReadonlyMap<string, SyncFile>;
  readonly #open = new Map<Pointer, SyncFile>();
  #failure: unknown;

  constructor(module: SqliteModule, files: ReadonlyMap<string, SyncFile>) {
    this.#module = module;
    this.#files = files;
  }

  /** The exception behind the latest I/O error, forgotten once it was asked for. */
  takeFailure(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Gives the files back. */
  close(): void {
    for (const file of this.#files.values()) file.close();
  }

  hasAsyncMethod(): boolean {
    return false;
  }

  xOpen(_vfs: Pointer, name: Pointer, file: Pointer, flags: number, outFlags: Pointer): number {
    // Temporary files are kept in memory (PRAGMA temp_store), so every file has a name.
    const handle = name === 0 ? undefined : this.#fileAt(name);
    if (!handle) return CANTOPEN;
    this.#open.set(file, handle);
    if (outFlags !== 0) this.#setInt32(outFlags, flags);
    return OK;
  }

  xDelete(_vfs: Pointer, name: Pointer): number {
    return this.#guarded(() => {
      const file = this.#fileAt(name);
      file?.truncate(0);
      file?.flush();
      return OK;
    });
  }

  xAccess(_vfs: Pointer, name: Pointer, _flags: number, result: Pointer): number {
    return this.#guarded(() => {
      this.#setInt32(result, (this.#fileAt(name)?.getSize() ?? 0) > 0 ? 1 : 0);
      return OK;
    });
  }

  xFullPathname(_vfs: Pointer, name: Pointer, capacity: number, result: Pointer): number {
    const text = this.#module.UTF8ToString(name);
    const { written } = new TextEncoder().encodeInto(text, this.#bytes(result, capacity - 1));
    this.#module.HEAPU8[result + written] = 0;
    return OK;
  }

  xClose(file: Pointer): number {
    this.#open.delete(file);
    return OK;
  }

  xRead(file: Pointer, bytes: Pointer, byteLength: number, offsetLow: number, offsetHigh: number): number {
    return this.#with(file, (handle) => {
      const target = this.#bytes(bytes, byteLength);
      const count = handle.read(target, { at: toOffset(offsetLow, offsetHigh) });
      if (count === byteLength) return OK;
      target.fill(0, count);
      return IOERR_SHORT_READ;
    });
  }

  xWrite(file: Pointer, bytes: Pointer, byteLength: number, offsetLow: number, offsetHigh: number): number {
    return this.#with(file, (handle) => {
      const count = handle.write(this.#bytes(bytes, byteLength), { at: toOffset(offsetLow, offsetHigh) });
      return count === byteLength ? OK : FULL;
    });
  }

  xTruncate(file: Pointer, sizeLow: number, sizeHigh: number): number {
    return this.#with(file, (handle) => {
      handle.truncate(toOffset(sizeLow, sizeHigh));
      return OK;
    });
  }

  xSync(file: Pointer): number {
    return this.#with(file, (handle) => {
      handle.flush();
      return OK;
    });
  }

  xFileSize(file: Pointer, result: Pointer): number {
    return this.#with(file, (handle) => {
      this.#view().setBigInt64(result, BigInt(handle.getSize()), true);
      return OK;
    });
  }

  xLock(): number {
    return OK;
  }

  xUnlock(): number {
    return OK;
  }

  xCheckReservedLock(_file: Pointer, result: Pointer): number {
    this.#setInt32(result, 0);
    return OK;
  }

  xFileControl(): number {
    return NOTFOUND;
  }

  xSectorSize(): number {
    return SECTOR_BYTES;
  }

  xDeviceCharacteristics(): number {
    return IOCAP_UNDELETABLE_WHEN_OPEN;
  }

  #with(file: Pointer, act: (handle: SyncFile) => number): number {
    const handle = this.#open.get(file);
    return handle ? this.#guarded(() => act(handle)) : IOERR;
  }

  #guarded(act: () => number): number {
    try {
      return act();
    } catch (error) {
      this.#failure = error;
      return isQuota(error) ? FULL : IOERR;
    }
  }

  #fileAt(name: Pointer): SyncFile | undefined {
    return this.#files.get(this.#module.UTF8ToString(name));
  }

  /** Memory may have grown since the last call, which voids every view. */
  #bytes(address: Pointer, byteLength: number): Uint8Array {
    return this.#module.HEAPU8.subarray(address, address + byteLength);
  }

  #view(): DataView {
    return new DataView(this.#module.HEAPU8.buffer);
  }

  #setInt32(address: Pointer, value: number): void {
    this.#view().setInt32(address, value, true);
  }
}

/** Emscripten passes a 64-bit integer as two signed halves. */
function toOffset(low: number, high: number): number {
  return high * 2 ** 32 + (low >>> 0);
}

function isQuota(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'QuotaExceededError';
}
