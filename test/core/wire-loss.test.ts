/** What is lost, broken or foreign on the wire: every call settles, and neither side crashes. */

import { describe, expect, test } from 'vitest';
import { connectRouter, createMemoryStorage, openRouter, serveRouter, type Router } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, createCountingSignal, drain, refusal, uncaughtDuring } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { connectPair, openPlain, type WirePair } from '../support/wire.ts';

/** A server that is played by the test: it says hello, and opens. */
async function connectByHand(wireVersion = 1): Promise<{
  readonly client: Promise<Router>;
  readonly port: MessagePort;
  readonly received: readonly { readonly type?: string; readonly id?: number }[];
  readonly close: () => void;
}> {
  const { port1, port2 } = new MessageChannel();
  const received: { readonly type?: string; readonly id?: number }[] = [];
  port2.addEventListener('message', ({ data }) => received.push(data as { type: string }));
  port2.start();
  const client = connectRouter(port1);
  client.catch(() => undefined);
  await drain();
  port2.postMessage({ type: 'hello', wireVersion, lifeLock: undefined });
  port2.postMessage({ type: 'opened' });
  await drain();
  const close = (): void => {
    port1.close();
    port2.close();
  };
  return { client, port: port2, received, close };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await drain();
}

describe('a lost worker', () => {
  test('with a hundred calls under way rejects each with WORKER_LOST, and every later call at once', async () => {
    const encoder = createHashEncoder();
    const ends: number[] = [];
    const { client, serverPort } = await connectPair(() => openRouter({ encoder, storage: createMemoryStorage() }), {
      onEnd: () => ends.push(1),
    });
    encoder.hold();
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 25; i++) {
      calls.push(client.query(`q${i}`), client.queryMany([`m${i}`]));
      calls.push(client.addRoute({ name: `r${i}`, utterances: [`u${i}`] }), client.flush());
    }
    await settle();
    serverPort.close();
    expect(await Promise.all(calls.map(codeOf))).toEqual(Array(100).fill('WORKER_LOST'));
    expect(await codeOf(client.query('later'))).toBe('WORKER_LOST');
    expect(await codeOf(client.addRoute({ name: 'a', utterances: ['x'] }))).toBe('WORKER_LOST');
    expect(await codeOf(client.routes())).toBe('WORKER_LOST');
    expect(ends).toEqual([1]);
    await client.close();
    await client.close();
    expect(ends).toEqual([1]);
    encoder.release();
  });

  test('rejects receipts that are not durable yet', async () => {
    const storage = createTestStorage();
    const { client, serverPort } = await connectPair(() => openRouter({ encoder: createHashEncoder(), storage }));
    storage.hold();
    const receipt = await client.addRoute({ name: 'a', utterances: ['x'] });
    serverPort.close();
    expect(await codeOf(receipt.durable)).toBe('WORKER_LOST');
    storage.release();
  });

  test('during close resolves the close, for there is nothing left to close', async () => {
    const storage = createTestStorage();
    const { client, serverPort } = await connectPair(() => openRouter({ encoder: createHashEncoder(), storage }));
    storage.hold();
    await client.addRoute({ name: 'a', utterances: ['x'] });
    const closing = client.close();
    await settle();
    serverPort.close();
    await closing;
    storage.release();
  });

  test('during opening rejects the opening', async () => {
    const { port1, port2 } = new MessageChannel();
    serveRouter(port2, () => new Promise<never>(() => undefined));
    const connecting = connectRouter(port1);
    await settle();
    port2.close();
    expect(await codeOf(connecting)).toBe('WORKER_LOST');
  });

  test('a client that goes away without a word has its router closed', async () => {
    const storage = createTestStorage();
    const { client, clientPort } = await connectPair(() => openRouter({ encoder: createHashEncoder(), storage }));
    await client.addRoute({ name: 'a', utterances: ['x'] });
    clientPort.close();
    await settle();
    expect(storage.closes).toBe(1);
  });

  test('leaves no listener on the signals of its calls', async () => {
    const encoder = createHashEncoder();
    const { client, serverPort } = await connectPair(() => openRouter({ encoder, storage: createMemoryStorage() }));
    const signal = createCountingSignal();
    await client.addRoute({ name: 'a', utterances: ['x'] }, { signal });
    await client.query('x', { signal });
    expect(await codeOf(client.query(5 as never, { signal }))).toBe('INVALID_QUERY');
    expect(await codeOf(client.query((() => 1) as never, { signal }))).toBe('INVALID_QUERY');
    expect(signal.listeners).toBe(0);
    encoder.hold();
    const pending = client.query('y', { signal });
    expect(signal.listeners).toBe(1);
    serverPort.close();
    expect(await codeOf(pending)).toBe('WORKER_LOST');
    expect(signal.listeners).toBe(0);
    encoder.release();
  });
});

describe('another release', () => {
  test('a server of another wire version is UNSUPPORTED for the client', async () => {
    for (const version of [0, 2, '1', null]) {
      const { client, close } = await connectByHand(version as number);
      expect((await refusal(client)).code).toBe('UNSUPPORTED');
      close();
    }
  });

  test('a client of another wire version is told so, and no router is opened for it', async () => {
    const { port1, port2 } = new MessageChannel();
    let opened = 0;
    serveRouter(port2, () => {
      opened++;
      return openPlain();
    });
    const answers: unknown[] = [];
    port1.addEventListener('message', ({ data }) => answers.push(data));
    port1.start();
    port1.postMessage({ type: 'open', wireVersion: 99, config: undefined });
    await settle();
    expect(answers).toMatchObject([
      { type: 'hello', wireVersion: 1 },
      { type: 'open-failed', error: { code: 'UNSUPPORTED' } },
    ]);
    expect(opened).toBe(0);
    port1.close();
    port2.close();
  });
});

describe('messages that nobody knows', () => {
  const foreign: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a string', 'hello'],
    ['an empty object', {}],
    ['an array', []],
    ['an unknown type', { type: 'wat', id: 1 }],
    ['an abort of no call', { type: 'abort', id: 1e9, code: 'ABORTED' }],
    ['a call without a call', { type: 'call', id: 1e9 }],
    ['a call without arguments', { type: 'call', id: 1e9, call: { method: 'query' } }],
  ];

  test.each(foreign)('%s does not crash the server, which goes on', async (_, message) => {
    let pair!: WirePair;
    const uncaught = await uncaughtDuring(async () => {
      pair = await connectPair(openPlain);
      pair.clientPort.postMessage(message);
      await settle();
      expect((await pair.client.query('x')).reason).toBe('no-routes');
    });
    expect(uncaught).toEqual([]);
    await pair.client.close();
  });

  test.each([undefined, null, 7, 'hello', {}, { type: 'wat' }])(
    '%s from the server ends the connection, not the process',
    async (message) => {
      const uncaught = await uncaughtDuring(async () => {
        const { client, port, close } = await connectByHand();
        const pending = (await client).query('x');
        await drain();
        port.postMessage(message);
        expect(await codeOf(pending)).toBe('WORKER_LOST');
        expect(await codeOf((await client).query('y'))).toBe('WORKER_LOST');
        close();
      });
      expect(uncaught).toEqual([]);
    },
  );

  test('an answer to no call, and one that comes twice or late, are of no account', async () => {
    const { client, port, received, close } = await connectByHand();
    const router = await client;
    const abort = new AbortController();
    const aborted = router.query('x', { signal: abort.signal });
    const routes = router.routes();
    await settle();
    const [first, second] = received.filter(({ type }) => type === 'call');
    abort.abort();
    expect(await codeOf(aborted)).toBe('ABORTED');
    port.postMessage({ type: 'answer', id: first?.id, answer: 'late' });
    port.postMessage({ type: 'durable', id: 12_345 });
    port.postMessage({ type: 'answer', id: 12_345, answer: [] });
    port.postMessage({ type: 'answer', id: second?.id, answer: ['the routes'] });
    port.postMessage({ type: 'answer', id: second?.id, answer: ['again'] });
    expect(await routes).toEqual(['the routes']);
    close();
  });

  test('a method that the server does not know is a failure of that call alone', async () => {
    const { clientPort, client } = await connectPair(openPlain);
    const answers: { type?: string; id?: number; error?: unknown }[] = [];
    clientPort.addEventListener('message', ({ data }) => answers.push(data as object));
    for (const method of ['explode', 'toString', '__proto__', 'constructor']) {
      clientPort.postMessage({ type: 'call', id: 1e9, call: { method, args: [] } });
    }
    await settle();
    expect(answers).toHaveLength(4);
    for (const answer of answers) expect(answer).toMatchObject({ type: 'failure', error: { code: 'UNSUPPORTED' } });
    expect((await client.query('x')).reason).toBe('no-routes');
    await client.close();
  });

  test('a second open on one port opens no second router', async () => {
    const { port1, port2 } = new MessageChannel();
    let opened = 0;
    serveRouter(port2, () => {
      opened++;
      return openPlain();
    });
    const client = await connectRouter(port1);
    port1.postMessage({ type: 'open', wireVersion: 1, config: undefined });
    await settle();
    expect(opened).toBe(1);
    await client.close();
    port1.close();
    port2.close();
  });

  test('calls before the router is open are refused, not lost', async () => {
    const { port1, port2 } = new MessageChannel();
    serveRouter(port2, () => new Promise<never>(() => undefined));
    const answers: unknown[] = [];
    port1.addEventListener('message', ({ data }) => answers.push(data));
    port1.start();
    port1.postMessage({ type: 'call', id: 1, call: { method: 'query', args: ['x'] } });
    await settle();
    expect(answers).toMatchObject([{ type: 'failure', id: 1, error: { code: 'CLOSED' } }]);
    port1.close();
    port2.close();
  });
});

test('after close neither port keeps the process alive', async () => {
  const { port1, port2 } = new MessageChannel();
  serveRouter(port2, openPlain);
  const client = await connectRouter(port1);
  await client.close();
  await settle();
  const ports = [port1, port2] as unknown as readonly { hasRef(): boolean; close(): void }[];
  expect(ports.map((port) => port.hasRef())).toEqual([false, false]);
  for (const port of ports) port.close();
});
