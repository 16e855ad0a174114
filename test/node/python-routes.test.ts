/** Routes of SynaptoRoute 0.2 for Python, from a file with its tables. */

import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openRouter, readPythonRoutes } from 'synaptoroute/node';
import { createHashEncoder } from '../support/encoders.ts';
import { createFolder } from '../support/folder.ts';
import { codeOf, refusal } from '../support/promises.ts';

function createPythonFile(path: string): void {
  const database = new Database(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;
    CREATE TABLE routes (name TEXT PRIMARY KEY, threshold REAL NOT NULL, metadata TEXT);
    CREATE TABLE utterances (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      route_name TEXT NOT NULL REFERENCES routes (name) ON DELETE CASCADE,
      utterance TEXT NOT NULL,
      embedding BLOB NOT NULL
    );
    INSERT INTO routes VALUES ('refunds', 0.5, '{"queue": "tier-2"}'), ('hours', 0.0, NULL);
    INSERT INTO utterances (route_name, utterance, embedding) VALUES
      ('refunds', 'I want my money back', zeroblob(1536)), ('hours', 'When do you open?', zeroblob(1536)),
      ('refunds', 'Where is my receipt?', zeroblob(1536))`);
  database.close();
}

test('a Python file’s routes are read in order, with thresholds and metadata, and can be added', async () => {
  using folder = createFolder();
  const path = folder.path('synaptoroute.db');
  createPythonFile(path);
  const routes = await readPythonRoutes(path);
  expect(routes).toEqual([
    {
      name: 'refunds',
      threshold: 0.5,
      metadata: { queue: 'tier-2' },
      utterances: ['I want my money back', 'Where is my receipt?'],
    },
    { name: 'hours', threshold: 0, utterances: ['When do you open?'] },
  ]);
  const router = await openRouter({ encoder: createHashEncoder() });
  for (const route of routes) await router.addRoute(route);
  expect((await router.query('When do you open?')).route).toBe('hours');
  await router.close();
});

test('a Python file as a storage is refused with the way to read it; another file is refused by name', async () => {
  using folder = createFolder();
  const path = folder.path('synaptoroute.db');
  createPythonFile(path);
  const error = await refusal(openRouter({ encoder: createHashEncoder(), storage: path }));
  expect(error.code).toBe('STORAGE_FAILED');
  expect(error.message).toContain('readPythonRoutes()');
  const other = new Database(folder.path('other.db'));
  other.exec('CREATE TABLE customers (name)');
  other.close();
  expect(await codeOf(readPythonRoutes(folder.path('other.db')))).toBe('STORAGE_FAILED');
  expect(await codeOf(readPythonRoutes(folder.path('missing.db')))).toBe('STORAGE_FAILED');
});
