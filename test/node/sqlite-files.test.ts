/** What a path can hold besides a good database: each is a coded refusal, and what is there stays as it was. */

import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSqliteStorage, openRouter, type SqliteStorageOptions, type Storage } from 'synaptoroute/node';
import { createHashEncoder } from '../support/encoders.ts';
import { createFolder } from '../support/folder.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';
import { createDatabase, edit, encoder, expectRefused, open } from '../support/sqlite.ts';

function openToRead(path: string): Promise<Storage> {
  return createSqliteStorage({ path, access: 'read' });
}

describe('a file that is no database of ours', () => {
  test('of random bytes is STORAGE_CORRUPT', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    writeFileSync(
      path,
      Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 251),
    );
    await expectRefused(path, 'STORAGE_CORRUPT', /no database/);
  });

  test('that is truncated, at any length, is STORAGE_CORRUPT, and never a router with fewer routes', async () => {
    using folder = createFolder();
    const whole = folder.path('whole.db');
    await createDatabase(whole);
    const { length } = readFileSync(whole);
    for (const share of [0.0005, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const path = folder.path(`cut-${share}.db`);
      copyFileSync(whole, path);
      truncateSync(path, Math.floor(length * share));
      await expectRefused(path, 'STORAGE_CORRUPT', /damaged|no database|malformed/);
    }
  });

  test('with a torn page is refused by a code, or opens whole', async () => {
    using folder = createFolder();
    const whole = folder.path('whole.db');
    await createDatabase(whole);
    const bytes = readFileSync(whole);
    const codes = new Set<string>();
    for (let page = 0; page * 16_384 < bytes.length; page++) {
      const path = folder.path(`torn-${page}.db`);
      writeFileSync(path, Uint8Array.from(bytes).fill(0, page * 16_384 + 4000, page * 16_384 + 16_384));
      const outcome = await open(path).then(
        async (router) => {
          const { routes, utterances } = await router.status();
          await router.close();
          return `${routes} ${utterances}`;
        },
        ({ code }: { code?: string }) => code ?? 'no code',
      );
      codes.add(outcome);
    }
    expect([...codes].toSorted()).toEqual(['40 400', 'STORAGE_CORRUPT']);
  });

  test('of another program is STORAGE_FAILED, with its tables named', async () => {
    using folder = createFolder();
    const path = folder.path('other.db');
    edit(path, "PRAGMA journal_mode = WAL; CREATE TABLE customers (name); INSERT INTO customers VALUES ('a')");
    await expectRefused(path, 'STORAGE_FAILED', /another program.*customers/);
    const meta = folder.path('meta.db');
    edit(meta, "CREATE TABLE meta (key TEXT, value TEXT); INSERT INTO meta VALUES ('schema_version', '1')");
    await expectRefused(meta, 'STORAGE_FAILED', /another program/);
  });

  test('of a schema before the first release is UNSUPPORTED, and what to do is said', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await createDatabase(path);
    edit(path, "UPDATE meta SET value = '1' WHERE key = 'schema_version'");
    await expectRefused(path, 'UNSUPPORTED', /version 1, .*2 to 2; use the release/);
  });

  test('of a newer schema is UNSUPPORTED, with both versions', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await createDatabase(path);
    edit(path, "UPDATE meta SET value = '99' WHERE key = 'schema_version'");
    await expectRefused(path, 'UNSUPPORTED', /version 99.*2 to 2/);
  });
});

describe('a place where no file can be', () => {
  test('is STORAGE_FAILED: a directory, a folder that is missing, a file as a folder', async () => {
    using folder = createFolder();
    mkdirSync(folder.path('directory'));
    writeFileSync(folder.path('file'), 'x');
    for (const name of ['directory', 'missing/routes.db', 'file/routes.db']) {
      expect((await refusal(open(folder.path(name)))).code, name).toBe('STORAGE_FAILED');
    }
    expect(readdirSync(folder.path('directory'))).toEqual([]);
    expect(existsSync(folder.path('missing'))).toBe(false);
  });
});

describe('stored vectors that are damaged', () => {
  const TEAR = 'UPDATE chunks SET vectors = CAST(zeroblob(256) || substr(vectors, 257) AS BLOB) WHERE id = 1';

  test('are STORAGE_CORRUPT naming the row, and made again from their texts on demand, those alone', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await createDatabase(path);
    edit(path, TEAR);
    await expectRefused(path, 'STORAGE_CORRUPT', /1 stored vectors.*"sentence number 0" of "r0": row 0 of chunk 1/);
    const counting = createHashEncoder();
    const router = await openRouter({ encoder: counting, storage: path, onCorrupt: 'reencode' });
    expect(counting.runs).toEqual([['sentence number 0']]);
    expect(await router.query('sentence number 0')).toMatchObject({ utterance: 'sentence number 0' });
    await router.close();
    await (await open(path)).close();
  });

  const DAMAGES: readonly (readonly [string, string])[] = [
    [
      'swapped with those of another chunk',
      'UPDATE chunks SET vectors = (SELECT vectors FROM chunks WHERE id = 2) WHERE id = 1',
    ],
    ['of another length', 'UPDATE chunks SET vectors = substr(vectors, 5) WHERE id = 1'],
    ['without their heads', "UPDATE chunks SET rows = x'' WHERE id = 1"],
    ['removed', 'DELETE FROM chunks WHERE id = 1'],
    [
      'with a bit turned',
      "UPDATE chunks SET vectors = CAST(substr(vectors, 1, 99) || x'5a' || substr(vectors, 101) AS BLOB) WHERE id = 1",
    ],
  ];

  test.each(DAMAGES)('%s are found', async (_, sql) => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    await createDatabase(path);
    edit(path, sql);
    await expectRefused(path, 'STORAGE_CORRUPT', /stored vectors that are damaged/);
    const router = await open(path, { onCorrupt: 'reencode' });
    expect((await router.status()).utterances).toBe(400);
    await router.close();
  });
});

describe('who may open a file', () => {
  test('a second router that writes is refused with STORAGE_FAILED, and may once the first is closed', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const first = await open(path);
    const error = await refusal(open(path));
    expect(error.code).toBe('STORAGE_FAILED');
    expect(error.message).toMatch(/another router writes.*access: 'read'/);
    await first.close();
    await (await open(path)).close();
  });

  test('a reader beside the writer sees its changes when it reloads, and can change nothing', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const writer = await open(path);
    await (
      await writer.addRoute({ name: 'a', utterances: ['first sentence'] })
    ).durable;
    const reader = await openRouter({ encoder, storage: await openToRead(path) });
    await (
      await writer.addRoute({ name: 'b', utterances: ['second sentence'] })
    ).durable;
    expect(await reader.routes()).toHaveLength(1);
    await reader.reload();
    expect((await reader.routes()).map(({ name }) => name)).toEqual(['a', 'b']);
    const { durable } = await reader.addRoute({ name: 'c', utterances: ['third sentence'] });
    expect(await codeOf(durable)).toBe('STORAGE_FAILED');
    await reader.close().catch(() => undefined);
    await writer.close();
  });

  test('a reader of a file that is missing or empty is STORAGE_FAILED', async () => {
    using folder = createFolder();
    expect(await codeOf(openToRead(folder.path('missing.db')))).toBe('STORAGE_FAILED');
    writeFileSync(folder.path('empty.db'), '');
    const empty = await openToRead(folder.path('empty.db'));
    expect(await codeOf(empty.load(encoder))).toBe('STORAGE_FAILED');
    await empty.close();
  });
});

describe('options', () => {
  const bad: readonly unknown[] = [
    undefined,
    {},
    { path: '' },
    { path: 5 },
    { path: 'a', database: {} },
    { path: 'a', synchronous: 'off' },
    { path: 'a', access: 'both' },
    { path: 'a', driver: 'sqlite3' },
  ];
  test.each(bad)('%o are INVALID_OPTION', async (options) => {
    expect(await codeOf(attempt(() => createSqliteStorage(options as SqliteStorageOptions)))).toBe('INVALID_OPTION');
  });

  test('both modes of synchronous keep what was durable', async () => {
    using folder = createFolder();
    for (const synchronous of ['full', 'normal'] as const) {
      const path = folder.path(`${synchronous}.db`);
      const router = await openRouter({ encoder, storage: await createSqliteStorage({ path, synchronous }) });
      await router.addRoute({ name: 'a', utterances: ['x'] });
      expect((await router.status()).storage).toEqual({ kind: 'better-sqlite3', persistent: true });
      await router.close();
      const again = await open(path);
      expect((await again.query('x')).route).toBe('a');
      await again.close();
    }
  });
});
