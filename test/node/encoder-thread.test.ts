/** The encoder's own thread: what it spares the caller, and that every call settles when it ends. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { createEncoder, openRouter, type Encoder, type NodeEncoderOptions } from 'synaptoroute/node';
import { keepRunning } from '../../src/node/kept-thread.ts';
import { ThreadEnd } from '../../src/node/thread-end.ts';
import { createThreadedEncoder } from '../../src/node/threaded-encoder.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { codeOf, createCountingSignal, drain, refusal, uncaughtDuring } from '../support/promises.ts';

const ENDING = fileURLToPath(new URL('../support/ending-process.ts', import.meta.url));
const FILES = new URL('../../models/use-lite/', import.meta.url);

/** Starts an encoder and catches the thread that it makes. */
async function catchThread<T>(
  start: () => Promise<T>,
): Promise<{ readonly worker: Worker; readonly started: Promise<T> }> {
  const caught = once(process, 'worker') as Promise<[Worker]>;
  const started = start();
  started.catch(() => undefined);
  const [worker] = await caught;
  return { worker, started };
}

/** Turns of the event loop while a run of many texts is under way. */
async function turnsDuring(encoder: Encoder): Promise<number> {
  const texts = Array.from({ length: 64 }, (_, i) => `a sentence of some ten words, number ${i}, to be encoded`);
  const state = { turns: 0, isOver: false };
  const running = encoder.encode(texts).finally(() => {
    state.isOver = true;
  });
  for (; !state.isOver; state.turns++) await drain();
  await running;
  return state.turns;
}

test('a run leaves the event loop free, and blocks it where the caller wants to encode itself', async () => {
  const [worker, caller] = await Promise.all([createEncoder(), createEncoder({ thread: 'caller' })]);
  expect(worker.status?.().thread).toBe('worker');
  expect(caller.status?.().thread).toBeUndefined();
  expect(await turnsDuring(caller)).toBeLessThan(20);
  expect(await turnsDuring(worker)).toBeGreaterThan(100);
  const [[theirs], [ours]] = [[(await worker.encode(['same'])).vectors], [(await caller.encode(['same'])).vectors]];
  expect(theirs).toEqual(ours);
  await Promise.all([worker.close?.(), caller.close?.()]);
});

describe('a thread that ends', () => {
  test('rejects what is under way and the calls after it with WORKER_LOST, and status says why', async () => {
    // On WASM: a native run that its thread leaves behind takes the process with it.
    const { worker, started } = await catchThread(() => createEncoder({ device: 'wasm' }));
    const encoder = await started;
    const router = await openRouter({ encoder });
    await router.addRoute({ name: 'hours', utterances: ['When do you open?'] });
    const signal = createCountingSignal();
    const calls = [
      // Long enough that nothing behind it is answered before the thread ends.
      encoder.encode(
        Array.from({ length: 1000 }, (_, i) => `a sentence of some ten words, number ${i}, to be encoded`),
      ),
      ...Array.from({ length: 30 }, (_, i) => encoder.encode([`text ${i}`], { signal })),
      ...Array.from({ length: 30 }, (_, i) => router.query(`query ${i}`)),
      router.queryMany(['one', 'two']),
      router.addRoute({ name: 'other', utterances: ['something else'] }),
    ];
    const codes = Promise.all(calls.map(codeOf));
    // The router's queries wait for the turn of the event loop that sends them.
    await drain();
    await worker.terminate();
    expect(await codes).toEqual(calls.map(() => 'WORKER_LOST'));
    expect(signal.listeners).toBe(0);
    expect(await codeOf(encoder.encode(['later']))).toBe('WORKER_LOST');
    expect(await codeOf(router.query('later'))).toBe('WORKER_LOST');
    expect((await router.status()).encoder.failure).toContain('ended with code');
    expect((await router.status()).encoder.failure).toContain('try again in 0.1 s');
    expect((await router.routes()).map(({ name }) => name)).toEqual(['hours']);
    await router.close();
    await encoder.close?.();
    await encoder.close?.();
  });

  test('is started again after a pause, which doubles while it is lost again', async () => {
    const clock = createFakeClock();
    const first = await catchThread(() => createThreadedEncoder({ device: 'wasm' }, clock));
    const encoder = await first.started;
    const { vectors } = await encoder.encode(['same']);
    let { worker } = first;
    for (const [restarts, delayMs] of [
      [1, 100],
      [2, 200],
    ] as const) {
      await worker.terminate();
      expect(await codeOf(encoder.encode(['too early']))).toBe('WORKER_LOST');
      const next = once(process, 'worker') as Promise<[Worker]>;
      clock.advance(delayMs - 1);
      expect(clock.timers).toBe(1);
      clock.advance(1);
      [worker] = await next;
      while (encoder.status?.().failure !== undefined) await drain();
      expect(encoder.status?.()).toMatchObject({ thread: 'worker', restarts });
      expect((await encoder.encode(['same'])).vectors).toEqual(vectors);
    }
    // After a minute without a loss the first pause counts again.
    clock.advance(60_000);
    await worker.terminate();
    expect(encoder.status?.().failure).toContain('try again in 0.1 s');
    await encoder.close?.();
    expect(clock.timers).toBe(0);
    expect(await codeOf(encoder.encode(['closed']))).toBe('CLOSED');
  });

  test('is not in the way of close while it starts again', async () => {
    const clock = createFakeClock();
    const { worker, started } = await catchThread(() => createThreadedEncoder({ device: 'wasm' }, clock));
    const encoder = await started;
    await worker.terminate();
    const next = once(process, 'worker') as Promise<[Worker]>;
    clock.advance(100);
    const [starting] = await next;
    await encoder.close?.();
    expect(starting.threadId).toBe(-1);
  });

  test('and cannot be started again is tried again later, and takes no process with it', async () => {
    const clock = createFakeClock();
    const { worker, started } = await catchThread(async () => new ThreadEnd({ device: 'wasm' }, undefined));
    const end = await started;
    const facts = await end.opened;
    let starts = 0;
    const failing = (): ThreadEnd => {
      starts++;
      throw new Error('no more threads.');
    };
    const thread = keepRunning(end, facts, failing, clock);
    const uncaught = await uncaughtDuring(async () => {
      await worker.terminate();
      for (const delayMs of [100, 200]) {
        clock.advance(delayMs);
        while (clock.timers === 0) await drain();
      }
    });
    expect(uncaught).toEqual([]);
    expect(starts).toBe(2);
    expect(thread.condition().failure).toContain('no more threads. It is started again; try again in 0.4 s');
    await thread.close();
    expect(clock.timers).toBe(0);
  });

  test('while the model is loaded is WORKER_LOST for who waits', async () => {
    const { worker, started } = await catchThread(() => createEncoder({ device: 'wasm' }));
    await worker.terminate();
    expect(await codeOf(started)).toBe('WORKER_LOST');
  });

  test('is ended by an abort of the opening, by a failure of it, and by close', async () => {
    const signal = createCountingSignal();
    const aborted = await catchThread(() => createEncoder({ signal }));
    signal.abort();
    expect(await codeOf(aborted.started)).toBe('ABORTED');
    expect(signal.listeners).toBe(0);
    const failed = await catchThread(() => createEncoder({ model: '/no/such.onnx', tokenizer: '/no/such.json' }));
    expect((await refusal(failed.started)).code).toBe('MODEL_LOAD_FAILED');
    const closed = await catchThread(() => createEncoder());
    await (await closed.started).close?.();
    // A thread that has ended has no id.
    expect([aborted, failed, closed].map(({ worker }) => worker.threadId)).toEqual([-1, -1, -1]);
  });
});

async function exitCode(afterMs: number, when: 'opens' | 'runs'): Promise<readonly [number | null, string | null]> {
  const child = spawn(process.execPath, ['--import', 'tsx', ENDING, when, String(afterMs)], { stdio: 'ignore' });
  return (await once(child, 'exit')) as [number | null, string | null];
}

describe('an encoder', () => {
  test.each(['opens', 'runs'] as const)(
    'that %s natively while its process ends does not abort it: the process has its own code',
    async (when) => {
      const ends = [];
      for (const afterMs of [0, 30, 90]) ends.push(await exitCode(afterMs, when));
      expect(ends).toEqual(ends.map(() => [7, null]));
    },
  );

  test('that is given up at any moment of its opening takes nothing with it', async () => {
    const codes = [];
    for (const afterMs of [0, 5, 30, 100]) {
      const abort = new AbortController();
      const opening = createEncoder({ device: 'native', signal: abort.signal });
      opening.then((encoder) => encoder.close?.()).catch(() => undefined);
      setTimeout(() => abort.abort(), afterMs);
      codes.push(await codeOf(opening));
    }
    expect(new Set(codes.slice(0, 2))).toEqual(new Set(['ABORTED']));
  });
});

describe('options', () => {
  test('that are no such thread, or cannot be sent to one, are INVALID_OPTION', async () => {
    for (const options of [{ thread: 'moon' }, { model: () => 1, tokenizer: new Uint8Array(1) }]) {
      expect(await codeOf(createEncoder(options as unknown as NodeEncoderOptions))).toBe('INVALID_OPTION');
    }
  });

  test('with URLs and an abort before the opening are understood', async () => {
    const model = { location: new URL('onnx/model_quantized.onnx', FILES) };
    const tokenizer = new URL('tokenizer.json', FILES);
    const encoder = await createEncoder({ model, tokenizer, defaultThreshold: 0.25 });
    expect(encoder.defaultThreshold).toBe(0.25);
    await encoder.close?.();
    expect(await codeOf(createEncoder({ signal: AbortSignal.abort() }))).toBe('ABORTED');
  });
});
