/** One file has one writer, whatever it is called; and what is acknowledged is in the file that the path names. */

import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSqliteStorage } from 'synaptoroute/node';
import { createFolder } from '../support/folder.ts';
import { codeOf, refusal } from '../support/promises.ts';
import { open } from '../support/sqlite.ts';

describe('a file by two names', () => {
  test('has one writer: a symbolic link to it, or to its folder, is refused as its own path is', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    symlinkSync(path, folder.path('early-link.db'));
    symlinkSync(dirname(path), folder.path('folder-link'));
    // The file does not exist yet.
    const first = await open(folder.path('early-link.db'));
    symlinkSync(path, folder.path('late-link.db'));
    for (const name of ['routes.db', 'early-link.db', 'late-link.db', 'folder-link/routes.db']) {
      const error = await refusal(open(folder.path(name)));
      expect(error.code, name).toBe('STORAGE_FAILED');
      expect(error.message, name).toMatch(/another router writes.*access: 'read'/);
    }
    await (
      await first.addRoute({ name: 'a', utterances: ['first sentence'] })
    ).durable;
    await first.close();
    const again = await open(folder.path('folder-link/routes.db'));
    expect((await again.query('first sentence')).route).toBe('a');
    await again.close();
  });

  test('is refused where the second name is a hard link, open or not', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const first = await open(path);
    linkSync(path, folder.path('hard-link.db'));
    expect(await codeOf(open(folder.path('hard-link.db')))).toBe('STORAGE_FAILED');
    await first.close();
    const error = await refusal(open(path));
    expect(error.code).toBe('STORAGE_FAILED');
    expect(error.message).toMatch(/2 names/);
    rmSync(folder.path('hard-link.db'));
    await (await open(path)).close();
  });
});

describe('a file that goes away under an open router', () => {
  const WAYS: readonly (readonly [string, (path: string) => void])[] = [
    [
      'deleted with its log',
      (path) => {
        for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix);
      },
    ],
    ['deleted', (path) => rmSync(path)],
    ['without its log', (path) => rmSync(`${path}-wal`)],
    ['renamed', (path) => renameSync(path, `${path}.moved`)],
    [
      'replaced by a copy',
      (path) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
  ];

  test.each(WAYS)('%s: later changes are not durable, and close() says so', async (_, remove) => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const router = await open(path);
    await (
      await router.addRoute({ name: 'a', utterances: ['first sentence'] })
    ).durable;
    remove(path);
    const { durable } = await router.addRoute({ name: 'b', utterances: ['second sentence'] });
    const error = await refusal(durable);
    expect(error.code).toBe('STORAGE_FAILED');
    expect(error.message).toMatch(/deleted, moved or replaced/);
    expect(await codeOf(router.reload())).toBe('STORAGE_FAILED');
    expect((await router.query('second sentence')).route).toBe('b');
    expect(await codeOf(router.close())).toBe('STORAGE_FAILED');
  });

  test('close() rejects where nothing was written since', async () => {
    using folder = createFolder();
    const path = folder.path('routes.db');
    const router = await open(path);
    await (
      await router.addRoute({ name: 'a', utterances: ['first sentence'] })
    ).durable;
    renameSync(path, `${path}.moved`);
    expect((await refusal(router.close())).message).toMatch(/deleted, moved or replaced/);
  });
});

describe('a path that SQLite or its driver would read as another', () => {
  test.each([' ', ':memory:', ' routes.db', 'routes.db ', '\troutes.db'])('%j is INVALID_OPTION', async (path) => {
    const before = readdirSync('.');
    const error = await refusal(open(path));
    expect(error.code).toBe('INVALID_OPTION');
    expect(error.message).toMatch(/memory|blank/);
    expect(await codeOf(createSqliteStorage({ path, access: 'read' }))).toBe('INVALID_OPTION');
    expect(readdirSync('.')).toEqual(before);
  });

  test('such as file:… is a file of that name', async () => {
    using folder = createFolder();
    mkdirSync(folder.path('file:'));
    await (await open(folder.path('file:/routes.db'))).close();
    expect(existsSync(folder.path('file:/routes.db'))).toBe(true);
  });
});

test('the log is written back in spare time, so that little hangs on it', async () => {
  using folder = createFolder();
  const path = folder.path('routes.db');
  const router = await open(path);
  await (
    await router.addRoute({ name: 'a', utterances: ['first sentence'] })
  ).durable;
  await expect.poll(() => statSync(`${path}-wal`).size, { timeout: 20_000 }).toBe(0);
  // The file alone is the database from here on.
  copyFileSync(path, folder.path('copy.db'));
  const copy = await open(folder.path('copy.db'));
  expect((await copy.query('first sentence')).route).toBe('a');
  await copy.close();
  await router.close();
  expect(readFileSync(path).length).toBeGreaterThan(0);
  expect(readdirSync(dirname(path)).toSorted()).toEqual(['copy.db', 'copy.db-writer', 'routes.db', 'routes.db-writer']);
});
