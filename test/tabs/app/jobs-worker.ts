/** Does in a worker what a page may not: opens storages and their files directly. */

import { openDB } from 'idb';
import { openIndexedDbStorage } from '../../../src/storage/indexeddb.ts';
import type { SyncFile } from '../../../src/browser/opfs/owned-vfs.ts';
import { openOpfsStorage } from '../../../src/browser/opfs/storage.ts';
import type { Storage } from '../../../src/core/types.ts';
import { STORAGE_CONTRACT } from '../../support/storage-contract.ts';
import { bench } from './bench-job.ts';
import type { Job, JobResult, StorageKind } from './jobs.ts';

const OPENERS: Readonly<Record<StorageKind, (name: string) => Promise<Storage>>> = {
  opfs: openOpfsStorage,
  indexeddb: openIndexedDbStorage,
};

addEventListener('message', ({ data }: MessageEvent<Job>) => {
  void run(data).then(
    (result) => postMessage(result),
    (error: unknown) => {
      // To the page's error event.
      setTimeout(() => {
        throw error;
      });
    },
  );
});

async function run(job: Job): Promise<JobResult> {
  switch (job.type) {
    case 'contract':
      return { cases: await runContract(job.kind) };
    case 'damage':
      return damage(job.name, job.how);
    case 'damage-block':
      return damageBlock(job.name);
    case 'hash':
      return { hash: await hashOf(job.name) };
    case 'bench':
      return { ms: await bench(job.what, OPENERS[job.kind]) };
  }
}

async function runContract(kind: StorageKind): Promise<NonNullable<JobResult['cases']>> {
  const cases: { name: string; failure?: string }[] = [];
  for (const { name, run: act } of STORAGE_CONTRACT) {
    const place = `contract-${crypto.randomUUID()}`;
    try {
      await act({ open: () => OPENERS[kind](place), alter: (from, to) => ALTERERS[kind](place, from, to) });
      cases.push({ name });
    } catch (error) {
      cases.push({ name, failure: error instanceof Error ? `${error.message} ${error.stack}` : String(error) });
    }
  }
  return cases;
}

const ALTERERS: Readonly<Record<StorageKind, (name: string, from: string, to: string) => Promise<void>>> = {
  opfs: alterFile,
  indexeddb: alterRecords,
};

async function alterFile(name: string, from: string, to: string): Promise<void> {
  const [wanted, other] = [from, to].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  await withDatabaseFile(name, (file) => {
    const bytes = new Uint8Array(file.getSize());
    file.read(bytes, { at: 0 });
    for (let at = bytes.indexOf(wanted[0] as number); at >= 0; at = bytes.indexOf(wanted[0] as number, at + 1)) {
      if (wanted.every((byte, i) => bytes[at + i] === byte)) file.write(other, { at });
    }
  });
}

async function alterRecords(name: string, from: string, to: string): Promise<void> {
  const database = await openDB(name);
  const writing = database.transaction(['meta', 'routes', 'blocks'], 'readwrite');
  const altered = (value: unknown): unknown => {
    if (typeof value === 'number') return String(value) === from ? Number(to) : value;
    if (typeof value === 'string') return value.replaceAll(from, to);
    if (Array.isArray(value)) return value.map(altered);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, altered(each)]));
  };
  for (const store of ['meta', 'routes', 'blocks'] as const) {
    for (let cursor = await writing.objectStore(store).openCursor(); cursor; cursor = await cursor.continue()) {
      await cursor.update(altered(cursor.value));
    }
  }
  await writing.done;
  database.close();
}

async function withDatabaseFile<T>(name: string, act: (file: SyncFile) => Promise<T> | T): Promise<T> {
  const root = await navigator.storage.getDirectory();
  const folder = await (await root.getDirectoryHandle('synaptoroute')).getDirectoryHandle(name);
  const handle = await folder.getFileHandle('routes.db');
  const file = await (handle as unknown as { createSyncAccessHandle(): Promise<SyncFile> }).createSyncAccessHandle();
  try {
    return await act(file);
  } finally {
    file.flush();
    file.close();
  }
}

async function damage(name: string, how: 'noise' | 'truncate' | 'vectors'): Promise<JobResult> {
  return withDatabaseFile(name, (file) => {
    const size = file.getSize();
    if (how === 'truncate') file.truncate(Math.floor(size / 3));
    else if (how === 'noise') file.write(crypto.getRandomValues(new Uint8Array(40_000)), { at: 0 });
    else flipVectors(file, size);
    return {};
  });
}

async function damageBlock(name: string): Promise<JobResult> {
  const database = await openDB(`synaptoroute-${name}`);
  const writing = database.transaction('blocks', 'readwrite');
  const [block] = (await writing.store.getAll()) as { vectors: Float32Array }[];
  if (!block) throw new Error(`"${name}" has no blocks`);
  // So little that its length still is 1.
  const words = new Uint32Array(block.vectors.buffer, block.vectors.byteOffset);
  words[3] = (words[3] ?? 0) ^ 1;
  await writing.store.put(block);
  await writing.done;
  database.close();
  return {};
}

/** Flips a byte in the middle of the longest stretch without a zero that is no text: a vector. */
function flipVectors(file: SyncFile, size: number): void {
  const bytes = new Uint8Array(size);
  file.read(bytes, { at: 0 });
  let [best, bestAt, from] = [0, 0, 0];
  for (let i = 0; i <= size; i++) {
    const isBreak = i === size || bytes[i] === 0;
    if (!isBreak) continue;
    const isText = bytes.subarray(from, i).filter((byte) => byte > 127).length * 4 < i - from;
    if (i - from > best && !isText) [best, bestAt] = [i - from, from];
    from = i + 1;
  }
  const at = bestAt + Math.floor(best / 2);
  file.write(Uint8Array.of((bytes[at] ?? 0) ^ 0xff), { at });
}

async function hashOf(name: string): Promise<string> {
  return withDatabaseFile(name, async (file) => {
    const bytes = new Uint8Array(file.getSize());
    file.read(bytes, { at: 0 });
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  });
}
