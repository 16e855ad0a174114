/** A BroadcastChannel, unlike a MessagePort, throws when it is posted to after its end; nobody is told of the end either. */

import { describe, expect, test, vi } from 'vitest';
import { connectRouter, createMemoryStorage, openRouter, serveRouter, type Router } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, createDeferred, drain, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';

describe('a channel that is closed under the server', () => {
  test('cancels what it runs, closes the router and leaves no rejection that nobody handles', async () => {
    const encoder = createHashEncoder();
    const storage = createTestStorage();
    const name = `wire-${crypto.randomUUID()}`;
    const [end, clientEnd] = [new BroadcastChannel(name), new BroadcastChannel(name)];
    const uncaught = await uncaughtDuring(async () => {
      serveRouter(end, () => openRouter({ encoder, storage }));
      const client = await connectRouter(clientEnd);
      storage.hold();
      const { durable } = await client.addRoute({ name: 'a', utterances: ['x'] });
      encoder.hold();
      const calls = [client.addRoute({ name: 'b', utterances: ['y'] }), durable];
      for (let i = 0; i < 50; i++) calls.push(client.query(`q${i}`) as never);
      const outcomes = Promise.allSettled(calls);
      await vi.waitFor(() => expect(encoder.runs.length).toBeGreaterThan(1));
      end.close();
      encoder.release();
      storage.release();
      await vi.waitFor(() => expect(storage.closes).toBe(1));
      clientEnd.dispatchEvent(new Event('close'));
      clientEnd.close();
      await outcomes;
    });
    expect(uncaught).toEqual([]);
  });

  test('while it opens, gives the router up', async () => {
    const opened = createDeferred<Router>();
    const storage = createTestStorage();
    const uncaught = await uncaughtDuring(async () => {
      const name = `wire-${crypto.randomUUID()}`;
      const [end, clientEnd] = [new BroadcastChannel(name), new BroadcastChannel(name)];
      serveRouter(end, ({ onProgress }) => {
        end.close();
        onProgress({ file: 'model.onnx', loadedBytes: 1, totalBytes: 2 } as never);
        return opened.promise;
      });
      clientEnd.postMessage({ type: 'open', wireVersion: 1, config: undefined });
      await drain();
      opened.resolve(await openRouter({ encoder: createHashEncoder(), storage }));
      await vi.waitFor(() => expect(storage.closes).toBe(1));
      clientEnd.close();
    });
    expect(uncaught).toEqual([]);
  });
});

test('a channel that is closed under the client is WORKER_LOST, also for a call that is aborted after it', async () => {
  const uncaught = await uncaughtDuring(async () => {
    const name = `wire-${crypto.randomUUID()}`;
    const [end, clientEnd] = [new BroadcastChannel(name), new BroadcastChannel(name)];
    const encoder = createHashEncoder();
    serveRouter(end, () => openRouter({ encoder, storage: createMemoryStorage() }));
    const client = await connectRouter(clientEnd);
    await client.addRoute({ name: 'a', utterances: ['x'] });
    encoder.hold();
    const abort = new AbortController();
    const pending = client.query('x', { signal: abort.signal });
    const code = codeOf(pending);
    clientEnd.close();
    abort.abort();
    expect(['ABORTED', 'WORKER_LOST']).toContain(await code);
    expect(await codeOf(client.query('y'))).toBe('WORKER_LOST');
    await client.close();
    encoder.release();
    end.close();
  });
  expect(uncaught).toEqual([]);
});

test('a progress callback that throws ends its call, and no other', async () => {
  const name = `wire-${crypto.randomUUID()}`;
  const [end, clientEnd] = [new BroadcastChannel(name), new BroadcastChannel(name)];
  const throwing = {
    onProgress: () => {
      throw new TypeError('a callback of the caller');
    },
  };
  const uncaught = await uncaughtDuring(async () => {
    serveRouter(end, () => openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() }));
    const client = await connectRouter(clientEnd);
    await client.addRoute({ name: 'a', utterances: ['x'] });
    expect(await codeOf(client.evaluate([{ text: 'x', route: 'a' }], throwing))).toBe('INVALID_OPTION');
    expect((await client.query('x')).route).toBe('a');
    await client.close();
    end.close();
    clientEnd.close();
  });
  expect(uncaught).toEqual([]);
});
