/** What tests do with an SQLite file of routes: fill it, damage it, and see it refused. */

import Database from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { openRouter, type Router } from 'synaptoroute/node';
import { createHashEncoder, type TestEncoder } from './encoders.ts';
import { codeOf, refusal } from './promises.ts';

export const encoder: TestEncoder = createHashEncoder();
const ROUTES = 40;

export const open = (storage: string, options = {}): Promise<Router> => openRouter({ encoder, storage, ...options });

/** A closed database of forty routes of ten sentences. */
export async function createDatabase(path: string): Promise<void> {
  const router = await open(path);
  for (let i = 0; i < ROUTES; i++) {
    const utterances = Array.from({ length: 10 }, (_, j) => `sentence number ${i * 10 + j}`);
    await router.addRoute({ name: `r${i}`, utterances });
  }
  await router.close();
}

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

export async function expectRefused(path: string, code: string, message: RegExp): Promise<void> {
  const before = hashOf(path);
  const error = await refusal(open(path));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(hashOf(path)).toBe(before);
  // Nothing holds it: a second opening says the same.
  expect(await codeOf(open(path))).toBe(code);
}

export function edit(path: string, sql: string): void {
  const database = new Database(path);
  database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}
