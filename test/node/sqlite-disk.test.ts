/** Disks that are full or may not be written, each a small file system of its own. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { createFolder } from '../support/folder.ts';
import { codeOf } from '../support/promises.ts';
import { createDatabase, expectRefused, open } from '../support/sqlite.ts';

const hasMounts = userInfo().uid === 0 && canMount();

function canMount(): boolean {
  using folder = createFolder();
  const at = folder.path('probe');
  mkdirSync(at);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' });
    execFileSync('umount', [at]);
    return true;
  } catch {
    return false;
  }
}

/** A small file system of its own, as only root may make. */
async function onMount(
  sizeKb: number,
  act: (path: string, remount: (how: 'ro' | 'rw') => void) => Promise<void>,
): Promise<void> {
  using folder = createFolder();
  const at = folder.path('mount');
  mkdirSync(at);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'tmpfs', at]);
  try {
    await act(`${at}/routes.db`, (how) => execFileSync('mount', ['-o', `remount,${how}`, at]));
  } finally {
    execFileSync('umount', ['-l', at]);
  }
}

describe.skipIf(!hasMounts)('a disk (needs root and the right to mount a tmpfs)', () => {
  test('that is full fails the write and every later one; reload() returns to what is stored, and later writes work', async () => {
    await onMount(2048, async (path) => {
      const router = await open(path);
      await (
        await router.addRoute({ name: 'kept', utterances: ['kept sentence'] })
      ).durable;
      let failed: { code: string; message: string } | undefined;
      for (let i = 0; i < 2000 && !failed; i++) {
        const utterances = Array.from({ length: 50 }, (_, j) => `filling number ${i * 50 + j}`);
        const { durable } = await router.addRoute({ name: `f${i}`, utterances });
        failed = await durable.then(
          () => undefined,
          (error: { code: string; message: string }) => error,
        );
      }
      expect(failed).toMatchObject({ code: 'STORAGE_FAILED' });
      // Said once, as sentences.
      expect(failed?.message).toMatch(
        /^Writing failed: [^;:]+; the disk is full; make room\. The changes are in memory/,
      );
      expect((await router.status()).writeFailure).toMatch(/full/);
      expect(await codeOf(router.flush())).toBe('STORAGE_FAILED');
      const inMemory = (await router.status()).routes;
      await router.reload();
      const { routes, writeFailure } = await router.status();
      expect([inMemory - routes, writeFailure]).toEqual([1, null]);
      await router.close();
      const again = await open(path);
      expect((await again.status()).routes).toBe(routes);
      expect((await again.query('kept sentence')).route).toBe('kept');
      await again.close();
    });
  });

  test('that may not be written is STORAGE_FAILED to write, and can be read', async () => {
    await onMount(8192, async (path, remount) => {
      await createDatabase(path);
      remount('ro');
      await expectRefused(path, 'STORAGE_FAILED', /read-?only|written|opened/i);
      remount('rw');
    });
  });
});
