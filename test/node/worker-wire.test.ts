/** A router with the embedded model in a real worker thread: the same decisions, and its death is heard of. */

import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { connectRouter, openRouter, type ConnectOptions, type LoadProgress, type Router } from 'synaptoroute/node';
import { REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';
import { codeOf } from '../support/promises.ts';

// Node 20 reads no TypeScript, and tsx's flag does not reach into workers there.
const BOOT = `
  const { entry } = require('node:worker_threads').workerData;
  import('tsx/esm/api').then(({ tsImport }) => tsImport(entry, entry));
`;

const workers: Worker[] = [];

interface Thread {
  readonly worker: Worker;
  readonly connect: (options?: ConnectOptions) => Promise<Router>;
}

function startThread(): Thread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(BOOT, {
    eval: true,
    workerData: { port: port2, entry: new URL('../support/router-worker.ts', import.meta.url).href },
    transferList: [port2],
  });
  worker.on('error', () => undefined);
  workers.push(worker);
  return { worker, connect: (options) => connectRouter(port1, options) };
}

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

describe('a router in a worker thread', () => {
  test('decides as the one in this thread does, and reports how its model was loaded', async () => {
    const seen: LoadProgress[] = [];
    const client = await startThread().connect({ onProgress: (progress) => seen.push(progress) });
    await using direct = await openRouter();
    for (const route of REFERENCE_ROUTES) await Promise.all([client.addRoute(route), direct.addRoute(route)]);
    const queries = REFERENCE_QUERIES;
    expect(await client.queryMany(queries)).toEqual(await direct.queryMany(queries));
    expect(await client.routes()).toEqual(await direct.routes());
    const [{ loading: _, ...theirs }, { loading: __, ...ours }] = [
      (await client.status()).encoder,
      (await direct.status()).encoder,
    ];
    expect(theirs).toEqual(ours);
    expect(seen.at(-1)?.loadedBytes).toBe(seen.at(-1)?.totalBytes);
    await client.close();
    expect(await codeOf(client.query('x'))).toBe('CLOSED');
  });

  test('that is terminated with a hundred calls under way rejects them all with WORKER_LOST, and later ones at once', async () => {
    const { worker, connect } = startThread();
    const ends: number[] = [];
    // On WASM: a native run that its thread leaves behind takes the process with it.
    const client = await connect({ config: { device: 'wasm' }, onEnd: () => ends.push(1) });
    await client.addRoute({ name: 'a', utterances: ['first sentence'] });
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) {
      const texts = Array.from({ length: 100 }, (_, j) => `question ${i} ${j}`);
      calls.push(client.queryMany(texts), client.addRoute({ name: `r${i}`, utterances: texts }));
    }
    const codes = Promise.all(calls.map(codeOf));
    await worker.terminate();
    expect(await codes).toEqual(Array(100).fill('WORKER_LOST'));
    expect(await codeOf(client.query('later'))).toBe('WORKER_LOST');
    expect(ends).toEqual([1]);
    await client.close();
  });

  test('whose model cannot be loaded says so, and the thread can serve nobody else', async () => {
    const { connect } = startThread();
    expect(await codeOf(connect({ config: { model: '/no/such.onnx', tokenizer: '/no/such.json' } }))).toBe(
      'MODEL_LOAD_FAILED',
    );
  });

  test('that dies while the model is loaded is WORKER_LOST for who waits', async () => {
    const { worker, connect } = startThread();
    const opening = codeOf(connect());
    await worker.terminate();
    expect(await opening).toBe('WORKER_LOST');
  });
});
