/** Bytes of a stored database that changed by themselves are named, whatever they meant. */

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSqliteStorage } from 'synaptoroute/node';
import { createFolder } from '../support/folder.ts';
import { refusal } from '../support/promises.ts';
import { edit, encoder, open } from '../support/sqlite.ts';

async function createRotten(path: string, sql: string): Promise<void> {
  const router = await open(path);
  for (let i = 0; i < 5; i++) {
    await router.addRoute({
      name: `route-${i}`,
      utterances: Array.from({ length: 20 }, (_, j) => `I do not want number ${i * 20 + j}`),
      negatives: [`but I want ${i}`],
      threshold: 0.58,
      metadata: { place: i },
    });
  }
  await router.fit();
  await router.close();
  edit(path, sql);
}

/** Opens it, and reads every text. */
async function use(path: string): Promise<void> {
  const router = await open(path, { onCorrupt: 'reencode' });
  try {
    await router.routes();
  } finally {
    await router.close();
  }
}

/** As rot does it, behind SQLite's back. */
const UNSEEN = 'DROP TRIGGER utterances_removed; DROP TRIGGER routes_changed; DROP TRIGGER fit_removed; ';

describe('a database in which', () => {
  test.each<readonly [string, string, RegExp]>([
    [
      'a threshold changed',
      "UPDATE routes SET threshold = replace(threshold, '58', '59')",
      /route.*"route-0.*"routes"/,
    ],
    ['a threshold is gone', "UPDATE routes SET threshold = ''", /route-0.*"routes"/],
    ['a name changed', "UPDATE routes SET name = replace(name, 'route-3', 'route-7')", /route-7.*"routes"/],
    ['metadata changed', "UPDATE routes SET metadata = replace(metadata, 'place', 'plane')", /route-0.*"routes"/],
    ['a route has another version', 'UPDATE routes SET version = 9 WHERE id = 2', /not those that were written/],
    [
      'a text changed',
      "UPDATE utterances SET text = replace(text, 'do', '`o') WHERE id = 30",
      /`o not want.*number 30/,
    ],
    ['a negative became an utterance', 'UPDATE utterances SET negative = 0 WHERE negative = 1', /not those that were/],
    ['an utterance is of another route', 'UPDATE utterances SET route_id = 3 WHERE id = 5', /not those that were/],
    ['an utterance is missing', 'DELETE FROM utterances WHERE id = 50', /not those that were written/],
    ['an utterance is of no route', 'UPDATE utterances SET route_id = 99 WHERE id = 5', /route that is not there/],
    [
      'a byte of the fit changed',
      "UPDATE fit SET bytes = CAST(substr(bytes, 1, 40) || x'5a' || substr(bytes, 42) AS BLOB)",
      /fit/,
    ],
    ['the fit is gone', 'DELETE FROM fit', /not those that were written/],
    [
      'the encoder changed',
      "UPDATE meta SET value = replace(value, 'hash', 'hush') WHERE key = 'encoder'",
      /encoder.*"meta"/,
    ],
    ['the encoder is gone', "DELETE FROM meta WHERE key = 'encoder'", /encoder.*"meta"/],
    ['the sum itself changed', 'UPDATE seal SET sum = sum + 1024', /not those that were written/],
    ['the revision changed', 'UPDATE seal SET revision = revision + 1', /not those that were written/],
    ['the sum is gone', 'DELETE FROM seal', /not those that were written/],
  ])('%s is STORAGE_CORRUPT, with what and where, and is not opened by onCorrupt', async (_, sql, message) => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await createRotten(path, UNSEEN + sql);
    const error = await refusal(use(path));
    expect(error.code).toBe('STORAGE_CORRUPT');
    expect(error.message).toMatch(message);
  });
});

describe('a log with a damaged frame', () => {
  test.each([0.02, 0.5, 0.98])('is named, at %d of it: what was acknowledged is not there', async (share) => {
    using folder = createFolder();
    const [path, copy] = [folder.path('routes.db'), folder.path('copy.db')];
    const router = await open(path);
    for (let i = 0; i < 12; i++) {
      const { durable } = await router.addRoute({ name: `route-${i}`, utterances: [`sentence ${i}`] });
      await durable;
    }
    for (const suffix of ['', '-wal', '-durable']) copyFileSync(path + suffix, copy + suffix);
    await router.close();
    const log = readFileSync(`${copy}-wal`);
    const at = Math.floor(log.length * share);
    log[at] = (log[at] as number) ^ 1;
    writeFileSync(`${copy}-wal`, log);
    const error = await refusal(open(copy));
    expect(error.code).toBe('STORAGE_CORRUPT');
    expect(error.message).toMatch(/revision \d+, where 12 was acknowledged.*-wal is damaged.*delete/);
    const reading = await refusal(createSqliteStorage({ path: copy, access: 'read' }));
    expect(reading.code).toBe('STORAGE_CORRUPT');
  });

  test('that holds nothing acknowledged is no damage: only normal writes, or a file that was closed', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const storage = await createSqliteStorage({ path, synchronous: 'normal' });
    await storage.load(encoder);
    await storage.apply([{ type: 'set-fit', fit: Uint8Array.of(1) }]);
    writeFileSync(folder.path('copy.db'), readFileSync(path));
    writeFileSync(folder.path('copy.db-wal'), readFileSync(`${path}-wal`).subarray(0, 20_000));
    await storage.close();
    await (await open(folder.path('copy.db'))).close();
    await (await open(path)).close();
  });
});
