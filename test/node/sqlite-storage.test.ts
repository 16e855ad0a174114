/** Routes in an SQLite file keep the contract of storages, in chunks of every size. */

import Database from 'better-sqlite3';
import { createSqlStorage, type SqlConnection, type StorageStatus } from 'synaptoroute';
import { createSqliteStorage, type SqliteDatabase } from 'synaptoroute/node';
import { describe, expect, test } from 'vitest';
import { connectSqlite } from '../../src/node/sqlite-driver.ts';
import { alterSql } from '../support/alter-sql.ts';
import { createFolder } from '../support/folder.ts';
import { edit } from '../support/sqlite.ts';
import { IDENTITY, STORAGE_CONTRACT, utterancesOf } from '../support/storage-contract.ts';

const status = (): StorageStatus => ({ kind: 'test', persistent: true });

describe('a file of better-sqlite3 keeps the contract:', () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await run({
      open: () => createSqliteStorage({ path }),
      alter: (from, to) => edit(path, alterSql(from, to).join('; ')),
    });
  });
});

/** An engine that gives every row for good. */
function withoutLending(connection: SqlConnection): SqlConnection {
  const { ...rest } = connection;
  delete rest.each;
  return rest;
}

describe.each([
  ['that lends its rows', (connection: SqlConnection): SqlConnection => connection],
  ['that lends none', withoutLending],
])('in chunks of four vectors, read three utterances at a time, by a connection %s:', (_, limited) => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    using folder = createFolder();
    await run({
      async open() {
        const database: SqliteDatabase = new Database(folder.path('routes.db'));
        database.exec('PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF');
        return createSqlStorage(limited(connectSqlite(database)), {
          status,
          chunkBytes: 64,
          rowsPerRead: 3,
        });
      },
    });
  });
});

test('BLOBs of a row that is lent are there until it was taken, and take no memory from then on', async () => {
  const connection = connectSqlite(new Database(':memory:'));
  const lent: Uint8Array[] = [];
  await connection.each?.("SELECT x'010203', 7, zeroblob(1000000)", [], ([small, number, large]) => {
    expect([small, number]).toEqual([Buffer.of(1, 2, 3), 7]);
    lent.push(small as Uint8Array, large as Uint8Array);
    expect(large).toHaveLength(1_000_000);
  });
  expect(lent.map(({ byteLength }) => byteLength)).toEqual([0, 0]);
  const [kept] = await connection.all("SELECT x'010203'");
  expect(kept).toEqual([Buffer.of(1, 2, 3)]);
  await connection.close();
});

describe('a file that is read while another connection writes', () => {
  test('is read as it was at one moment, however its chunks are merged meanwhile', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await (await createSqliteStorage({ path })).close();
    const database: SqliteDatabase = new Database(path);
    database.exec('PRAGMA foreign_keys = ON');
    const writer = createSqlStorage(connectSqlite(database), { status, chunkBytes: 64, rowsPerRead: 3 });
    await writer.load(IDENTITY);
    await writer.apply([{ type: 'add-route', route: { name: 'a', utterances: utterancesOf(0, 30) } }]);
    let next = 30;
    /** Takes back what came last, and has the chunk that held it become another one, without it. */
    const write = async (): Promise<void> => {
      await writer.apply([{ type: 'remove-utterances', name: 'a', texts: [`text ${next - 1}`] }]);
      for (const _ of Array.from({ length: 4 })) {
        await writer.apply([{ type: 'add-utterances', name: 'a', utterances: utterancesOf(next++, 1) }]);
      }
    };
    await write();
    const connection = connectSqlite(new Database(path));
    const overtaken: SqlConnection = {
      ...connection,
      async all(sql, values) {
        if (sql.includes('FROM chunks')) await write();
        return connection.all(sql, values);
      },
    };
    const reader = createSqlStorage(overtaken, { status, access: 'read', rowsPerRead: 3 });
    for (let i = 0; i < 3; i++) {
      const [route] = (await reader.load(IDENTITY)).routes;
      expect(route?.utterances.filter(({ damage }) => damage !== undefined)).toEqual([]);
    }
    await reader.close();
    await writer.close();
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
