/** The storage contract in Chromium: on SQLite over OPFS, and on IndexedDB. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STORAGE_CONTRACT } from '../support/storage-contract.ts';
import type { JobResult, StorageKind } from './app/jobs.ts';
import { buildApp, createProfile, type BuiltApp, type Profile } from './stage.ts';

let app: BuiltApp;
let profile: Profile;

beforeAll(async () => {
  app = await buildApp();
  profile = createProfile(app.url);
});
afterAll(async () => {
  await profile[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});

describe.each<StorageKind>(['opfs', 'indexeddb'])('a storage on %s in Chromium', (kind) => {
  let cases: NonNullable<JobResult['cases']> = [];

  beforeAll(async () => {
    const page = await profile.tab();
    const result = await page.evaluate((of) => window.stage.runJob({ type: 'contract', kind: of }), kind);
    cases = result.cases ?? [];
  });

  test.each(STORAGE_CONTRACT.map(({ name }) => name))('%s', (name) => {
    expect(cases.find((done) => done.name === name)).toEqual({ name });
  });
});
