/** Owns the storage on SQLite over OPFS: loads wa-sqlite, takes the files, and puts the one SQL schema on them. */

/// <reference types="@journeyapps/wa-sqlite" />

import createSqlite from '@journeyapps/wa-sqlite/dist/wa-sqlite.mjs';
import { RouterError, messageOf } from '../../core/errors.ts';
import { toStorageError } from '../../storage/sql-errors.ts';
import { createSqlStorage } from '../../storage/sql-storage.ts';
import type { Storage } from '../../core/types.ts';
import { openConnection } from './connection.ts';
import { takeFiles } from './folder.ts';
import { OwnedVfs } from './owned-vfs.ts';
import type { SqliteModule } from './sqlite-module.ts';

/** Rejects with `STORAGE_FAILED`, `STORAGE_CORRUPT`; the files are left as they are then. */
export async function openOpfsStorage(name: string): Promise<Storage> {
  const module = await loadSqlite();
  const { files, isNew } = await takeFiles(name);
  const vfs = new OwnedVfs(module, files);
  try {
    const connection = openConnection(module, vfs, isNew);
    return createSqlStorage(connection, { status: () => ({ kind: 'wa-sqlite/opfs', persistent: true }) });
  } catch (error) {
    vfs.close();
    throw toStorageError(error, `Opening "${name}"`);
  }
}

/** Loads SQLite ahead of the next opening. */
export async function prepareOpfs(): Promise<void> {
  prepared ??= createSqlite();
  await prepared;
}

/** A module's memory is one storage's alone. */
let prepared: Promise<unknown> | undefined;

async function loadSqlite(): Promise<SqliteModule> {
  const loading = prepared ?? createSqlite();
  prepared = undefined;
  try {
    return (await loading) as SqliteModule;
  } catch (cause) {
    throw new RouterError(
      'STORAGE_FAILED',
      `Loading SQLite's wasm failed: ${messageOf(cause)}; serve it beside the worker's script.`,
      { cause },
    );
  }
}
