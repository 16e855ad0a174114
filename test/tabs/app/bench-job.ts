/** Measures a storage of the browser from inside a worker: 50,000 vectors of 512 numbers in 500 routes. */

import type { SyncFile } from '../../../src/browser/opfs/owned-vfs.ts';
import { openRouter } from '../../../src/core/router.ts';
import type { Encoder, Mutation, Storage, StoredRoute } from '../../../src/core/types.ts';

const ROUTES = 500;
const UTTERANCES = 100;
const NAME = 'bench';

/** Opening encodes nothing, and so needs nobody who could. */
const ENCODER: Encoder = {
  id: 'bench',
  dimensions: 512,
  defaultThreshold: 0.5,
  encode: () => Promise.reject(new Error('nothing is to be encoded')),
};

export async function bench(
  what: 'write' | 'open' | 'edit' | 'file',
  open: (name: string) => Promise<Storage>,
): Promise<number[]> {
  if (what === 'file') return readFile();
  if (what === 'open') return [await timeOpening(open)];
  const storage = await open(NAME);
  await storage.load(ENCODER);
  const times = what === 'write' ? [await timed(() => storage.apply(writeAll()))] : await editMany(storage);
  await storage.close();
  return times;
}

/** With code loaded and compiled, as for a second storage of a worker: from the files to a router that can be asked. */
async function timeOpening(open: (name: string) => Promise<Storage>): Promise<number> {
  const warm = await openRouter({ encoder: ENCODER, storage: await open(`${NAME}-warm`) });
  await warm.close();
  const start = performance.now();
  const router = await openRouter({ encoder: ENCODER, storage: await open(NAME) });
  const ms = performance.now() - start;
  const { utterances } = await router.status();
  if (utterances < ROUTES * UTTERANCES) throw new Error(`only ${utterances} vectors are there`);
  await router.close();
  return ms;
}

function writeAll(): Mutation[] {
  return Array.from({ length: ROUTES }, (_, r) => ({ type: 'add-route', route: routeOf(r) }));
}

function routeOf(r: number): StoredRoute {
  const utterances = Array.from({ length: UTTERANCES }, (_, i) => ({
    text: `how do I get my money back for order ${r * UTTERANCES + i}`,
    vector: vectorOf(r * UTTERANCES + i),
  }));
  return { name: `route-${r}`, utterances };
}

async function editMany(storage: Storage): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < 110; i++) {
    const utterances = [{ text: `an edit ${i} ${Date.now()}`, vector: vectorOf(i) }];
    const ms = await timed(() => storage.apply([{ type: 'add-utterances', name: `route-${i}`, utterances }]));
    if (i >= 10) times.push(ms);
  }
  return times;
}

/** The floor: the same bytes from a plain file. */
async function readFile(): Promise<number[]> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('bench-floor', { create: true });
  const file = await (handle as unknown as { createSyncAccessHandle(): Promise<SyncFile> }).createSyncAccessHandle();
  const bytes = new Uint8Array(ROUTES * UTTERANCES * 512 * 4).fill(1);
  if (file.getSize() < bytes.byteLength) {
    file.write(bytes, { at: 0 });
    file.flush();
  }
  const ms = await timed(async () => file.read(bytes, { at: 0 }));
  file.close();
  return [ms];
}

function vectorOf(seed: number): Float32Array {
  const vector = Float32Array.from({ length: 512 }, (_, i) => Math.sin(seed * 0.37 + i * 1.7));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
