/** Routes in an SQLite file keep the contract of storages, in chunks of every size. */

import Database from 'better-sqlite3';
import { createSqlStorage } from 'synaptoroute';
import { createSqliteStorage, type SqliteDatabase } from 'synaptoroute/node';
import { describe, test } from 'vitest';
import { connectSqlite } from '../../src/node/sqlite-driver.ts';
import { createFolder } from '../support/folder.ts';
import { STORAGE_CONTRACT } from '../support/storage-contract.ts';

describe('a file of better-sqlite3 keeps the contract:', () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    await run({ open: () => createSqliteStorage({ path: folder.path('routes.db') }) });
  });
});

describe('in chunks of four vectors, read three utterances at a time:', () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    await run({
      async open() {
        const database: SqliteDatabase = new Database(folder.path('routes.db'));
        database.exec('PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF');
        return createSqlStorage(connectSqlite(database), {
          status: () => ({ kind: 'test', persistent: true }),
          chunkBytes: 64,
          rowsPerRead: 3,
        });
      },
    });
  });
});

describe("on the caller's own handle:", () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    await run({ open: () => createSqliteStorage({ database: new Database(folder.path('routes.db')) }) });
  });
});

const hasNodeSqlite = Number(process.versions.node.split('.')[0]) >= 24;
// Node 22 says that its node:sqlite is experimental, and 20 has none.
describe.skipIf(!hasNodeSqlite)('a file of node:sqlite keeps the contract:', () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    await run({ open: () => createSqliteStorage({ path: folder.path('routes.db'), driver: 'node:sqlite' }) });
  });
});
