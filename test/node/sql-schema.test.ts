/** Databases of older schemas come forward whole, or stay what they were. */

import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { connectSqlite } from '../../src/node/sqlite-driver.ts';
import { prepareSchema } from '../../src/storage/sql-schema.ts';
import { codeOf } from '../support/promises.ts';

const FIRST = [
  'CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)',
  'CREATE TABLE old (a INTEGER)',
  "INSERT INTO meta VALUES ('application', 'synaptoroute')",
];
const SECOND = ['ALTER TABLE old ADD COLUMN b INTEGER NOT NULL DEFAULT 7', 'UPDATE old SET b = a + 1'];

function describeSchema(database: Database.Database): unknown {
  const version = database.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get();
  return { version, rows: database.prepare('SELECT * FROM old').all() };
}

test('each step between is applied, in order, and the content stays', async () => {
  const database = new Database(':memory:');
  const connection = connectSqlite(database);
  await prepareSchema(connection, 'write', [FIRST]);
  database.exec('INSERT INTO old VALUES (1), (2)');
  await prepareSchema(connection, 'write', [FIRST, SECOND, ['CREATE TABLE third (c)']]);
  expect(describeSchema(database)).toEqual({
    version: '3',
    rows: [
      { a: 1, b: 2 },
      { a: 2, b: 3 },
    ],
  });
  expect(await codeOf(prepareSchema(connection, 'write', [FIRST]))).toBe('UNSUPPORTED');
  await connection.close();
});

test('a step that fails leaves the version and the tables of before', async () => {
  const database = new Database(':memory:');
  const connection = connectSqlite(database);
  await prepareSchema(connection, 'write', [FIRST]);
  database.exec('INSERT INTO old VALUES (1)');
  const failing = [FIRST, [...SECOND, 'INSERT INTO nowhere VALUES (1)']];
  await expect(prepareSchema(connection, 'write', failing)).rejects.toThrow('nowhere');
  expect(describeSchema(database)).toEqual({ version: '1', rows: [{ a: 1 }] });
  await connection.close();
});

test('a reader brings nothing forward', async () => {
  const database = new Database(':memory:');
  const connection = connectSqlite(database);
  await prepareSchema(connection, 'write', [FIRST]);
  expect(await codeOf(prepareSchema(connection, 'read', [FIRST, SECOND]))).toBe('STORAGE_FAILED');
  expect(describeSchema(database)).toEqual({ version: '1', rows: [] });
  await connection.close();
});
