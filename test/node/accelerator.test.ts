/** The choice between devices, with a real session in each place and faults laid over all but the first: no text is lost to them. */

import * as native from 'onnxruntime-node';
import {
  createOnnxEncoder,
  type Accelerator,
  type FragileRunner,
  type OnnxEncoder,
  type OtherDevice,
  type Verdict,
  type VerdictStore,
} from 'synaptoroute';
import { beforeAll, describe, expect, test, vi, type MockInstance } from 'vitest';
import { createSessionRunner } from '../../src/encoder/onnx-session.ts';
import { readModel } from '../support/model.ts';
import { createDeferred, refusal } from '../support/promises.ts';

type Run = FragileRunner['run'];
type Fault = (run: Run, count: number, texts: Parameters<Run>[0]) => ReturnType<Run>;

let files: Awaited<ReturnType<typeof readModel>>;
beforeAll(async () => {
  files = await readModel();
});

const FIRST_ALWAYS: Verdict = { first: { oneTextMs: 1, batchMs: 1 }, second: { oneTextMs: 2, batchMs: 2 } };

interface Second {
  readonly device: OtherDevice;
  /** Texts of each run on it. */
  readonly runs: number[];
  /** How often its sessions were made and let go. */
  readonly sessions: { made: number; closed: number };
  readonly lose: (reason: string) => void;
}

/** Another device, that runs as the first does, but for what `fault` makes of its runs. */
function createSecond(options: Partial<OtherDevice> & { readonly fault?: Fault } = {}): Second {
  const { fault = (run, _, texts) => run(texts), ...rest } = options;
  const lost = createDeferred<string>();
  const runs: number[] = [];
  const sessions = { made: 0, closed: 0 };
  const device: OtherDevice = {
    name: 'webgpu',
    device: 'webgpu',
    threads: 1,
    adapter: async () => 'test',
    async start(model, settings) {
      const status = { runtime: 'test', device: device.device, threads: device.threads };
      const runner = await createSessionRunner({ ort: native, describe: status, ...settings }, model);
      sessions.made++;
      return {
        ...runner,
        lost: lost.promise,
        run(texts) {
          runs.push(texts.length);
          return fault((ids) => runner.run(ids), runs.length, texts);
        },
        async close() {
          sessions.closed++;
          await runner.close();
        },
      };
    },
    ...rest,
  };
  return { device, runs, sessions, lose: lost.resolve };
}

function create(accelerator: Accelerator): Promise<OnnxEncoder> {
  const status = { runtime: 'test', device: 'wasm', threads: 1 } as const;
  return createOnnxEncoder({ ort: native, ...files, describe: status, accelerator });
}

function prefer({ device }: Second): Promise<OnnxEncoder> {
  return create({ use: 'preferred', device });
}

function measure(seconds: readonly Second[], verdicts?: VerdictStore): Promise<OnnxEncoder> {
  return create({ use: 'measured', devices: seconds.map(({ device }) => device), ...(verdicts && { verdicts }) });
}

/** With what was measured elsewhere, by adapter. */
function remembering(verdicts: Readonly<Record<string, Verdict>>): VerdictStore {
  return { get: async (key) => verdicts[key.split(' ').at(-1) ?? ''], set: async () => undefined };
}

/** Resolves when the background has decided. */
async function settled(encoder: OnnxEncoder): Promise<ReturnType<OnnxEncoder['status']>> {
  while (encoder.status().note?.includes('being measured')) await encoder.encode(['again']);
  return encoder.status();
}

async function expectSameAsFirst(encoder: OnnxEncoder): Promise<void> {
  const alone = await createOnnxEncoder({ ort: native, ...files });
  const [a, b] = [await encoder.encode(['hello', 'you there']), await alone.encode(['hello', 'you there'])];
  expect([...a.vectors]).toEqual([...b.vectors]);
  expect(encoder.id).toBe(alone.id);
  await alone.close();
}

describe('a second device', () => {
  // The two runs of the check when it starts come before.
  const faults: readonly (readonly [string, RegExp, Fault])[] = [
    [
      'that answers with NaN',
      /not finite/,
      async (run, count, texts) => {
        const vectors = await run(texts);
        return count > 2 ? vectors.fill(NaN) : vectors;
      },
    ],
    [
      'whose run fails',
      /no more memory/,
      async (run, count, texts) => {
        if (count > 2) throw new Error('no more memory');
        return run(texts);
      },
    ],
  ];
  test.each(faults)('%s is given up, and its run done again', async (_, reason, fault) => {
    const second = createSecond({ fault });
    const encoder = await prefer(second);
    expect(encoder.status().device).toBe('webgpu');
    await expectSameAsFirst(encoder);
    expect(second.runs).toHaveLength(3);
    expect(encoder.status()).toMatchObject({
      device: 'wasm',
      batchDevice: 'wasm',
      note: expect.stringMatching(reason),
    });
    await expectSameAsFirst(encoder);
    expect(second.runs).toHaveLength(3);
    await encoder.close();
  });

  test('that is lost while its run hangs is given up, and the run done again', async () => {
    const second = createSecond({
      fault: (run, count, texts) => (count > 2 ? new Promise(() => second.lose('the driver was reset')) : run(texts)),
    });
    const encoder = await prefer(second);
    await expectSameAsFirst(encoder);
    expect(encoder.status()).toMatchObject({ device: 'wasm', note: expect.stringContaining('driver was reset') });
    await encoder.close();
  });

  test('is listened to for its loss as often after a hundred runs as after one', async () => {
    const second = createSecond();
    let listen: MockInstance | undefined;
    const start: OtherDevice['start'] = async (...args) => {
      const runner = await second.device.start(...args);
      listen = vi.spyOn(runner.lost, 'then');
      return runner;
    };
    const encoder = await prefer({ ...second, device: { ...second.device, start } });
    await encoder.encode(['one']);
    const before = listen?.mock.calls.length;
    expect(before).toBeGreaterThan(0);
    for (let i = 0; i < 100; i++) await encoder.encode(['again']);
    expect(encoder.status().device).toBe('webgpu');
    expect(listen?.mock.calls.length).toBe(before);
    await encoder.close();
  });

  test('that answers otherwise, or fails on its second run, is refused where it was asked for', async () => {
    const wrong = createSecond({ fault: async (run, _, texts) => (await run(texts)).toReversed() });
    expect((await refusal(prefer(wrong))).code).toBe('UNSUPPORTED');
    const once = createSecond({
      fault: (run, count, texts) => (count > 1 ? Promise.reject(new Error('twice')) : run(texts)),
    });
    expect((await refusal(prefer(once))).message).toContain('twice');
  });

  test('that is still being measured does not hold up closing, and is let go', async () => {
    const second = createSecond();
    const encoder = await measure([second]);
    const [, closed] = await Promise.allSettled([encoder.encode(['hello']), encoder.close()]);
    expect(closed.status).toBe('fulfilled');
    expect(second.runs.length).toBeLessThan(3);
    await vi.waitFor(() => expect(second.sessions.closed).toBe(second.sessions.made));
  });

  test('that cannot be used is said where it was only offered, and the others go on', async () => {
    const none = createSecond({ adapter: () => Promise.reject(new Error('no adapter')) });
    const broken = createSecond({ name: 'threads', start: () => Promise.reject(new Error('no workers')) });
    const alone = await measure([none, broken]);
    expect(await settled(alone)).toMatchObject({ device: 'wasm', note: 'webgpu: no adapter; threads: no workers' });
    expect(alone.status().measured).toBeUndefined();
    await expectSameAsFirst(alone);
    await alone.close();
    const beside = await measure([none, createSecond({ name: 'threads', device: 'wasm', threads: 3 })]);
    expect((await settled(beside)).measured?.map(({ threads }) => threads)).toEqual([1, 3]);
    expect(beside.status().note).toBe('webgpu: no adapter');
    await beside.close();
  });
});

/** Under adapters of two names. */
function createBoth(start?: OtherDevice['start']): readonly [webgpu: Second, threads: Second] {
  const webgpu = createSecond({ adapter: async () => 'one', ...(start && { start }) });
  return [webgpu, createSecond({ name: 'threads', device: 'wasm', threads: 3, adapter: async () => 'other' })];
}

/** Which of a run of one text and a run of 32 the device gets. */
async function expectRuns(encoder: OnnxEncoder, { runs }: Second, expected: readonly number[]): Promise<void> {
  runs.length = 0;
  await encoder.encode(['one']);
  await encoder.encode(Array.from({ length: 32 }, (_, i) => `text ${i}`));
  expect(runs).toEqual(expected);
}

describe('a verdict', () => {
  test('is measured once, remembered by model and adapter, and tells all devices’ times', async () => {
    const kept = new Map<string, Verdict>();
    const verdicts: VerdictStore = {
      get: async (key) => kept.get(key),
      set: async (key, verdict) => void kept.set(key, verdict),
    };
    const threads = createSecond({ name: 'threads', device: 'wasm', threads: 3, adapter: async () => 'three' });
    const seconds = [createSecond(), threads];
    const encoder = await measure(seconds, verdicts);
    const { measured } = await settled(encoder);
    expect(measured?.map((each) => [each.device, each.threads])).toEqual([
      ['wasm', 1],
      ['webgpu', 1],
      ['wasm', 3],
    ]);
    expect([...kept.keys()]).toEqual([`${encoder.id} test`, `${encoder.id} three`]);
    await encoder.close();
    for (const { sessions } of seconds) expect(sessions).toEqual({ made: 1, closed: 1 });
    for (const key of kept.keys()) kept.set(key, FIRST_ALWAYS);
    const again = createSecond();
    const next = await measure([again, threads], verdicts);
    expect(await settled(next)).toMatchObject({ device: 'wasm', batchDevice: 'wasm', threads: 1, batchThreads: 1 });
    // They were not even started.
    expect([again.sessions.made, threads.sessions.made]).toEqual([0, 1]);
    await next.close();
  });

  test('for batches alone leaves one text to the first device', async () => {
    const forBatches: Verdict = { first: { oneTextMs: 1, batchMs: 32 }, second: { oneTextMs: 5, batchMs: 10 } };
    const second = createSecond();
    const encoder = await measure([second], remembering({ test: forBatches }));
    expect(await settled(encoder)).toMatchObject({ device: 'wasm', batchDevice: 'webgpu' });
    await expectRuns(encoder, second, [32]);
    await encoder.close();
  });

  const one: Verdict = { first: { oneTextMs: 3, batchMs: 30 }, second: { oneTextMs: 5, batchMs: 10 } };
  const other: Verdict = { first: { oneTextMs: 3, batchMs: 30 }, second: { oneTextMs: 2, batchMs: 20 } };

  test('gives each size of batch to the fastest of three, and goes on with two when one is lost', async () => {
    const [webgpu, threads] = createBoth();
    const encoder = await measure([webgpu, threads], remembering({ one, other }));
    const status = { device: 'wasm', threads: 3, batchDevice: 'webgpu', batchThreads: 1 };
    expect(await settled(encoder)).toMatchObject(status);
    await expectRuns(encoder, webgpu, [32]);
    await expectRuns(encoder, threads, [1]);
    webgpu.lose('the driver was reset');
    await expectRuns(encoder, threads, [1, 32]);
    expect(encoder.status()).toMatchObject({
      threads: 3,
      batchDevice: 'wasm',
      batchThreads: 3,
      note: 'webgpu was given up: the driver was reset',
    });
    await expectSameAsFirst(encoder);
    await encoder.close();
    expect(threads.sessions).toEqual({ made: 1, closed: 1 });
  });

  test('for a device that does not start any more goes to the next best', async () => {
    const both = createBoth(() => Promise.reject(new Error('out of memory')));
    const encoder = await measure(both, remembering({ one, other }));
    expect(await settled(encoder)).toMatchObject({ threads: 3, batchThreads: 3, note: 'webgpu: out of memory' });
    await encoder.close();
  });

  test('ends the session of a device that another one beats at every size', async () => {
    const best: Verdict = { ...one, second: { oneTextMs: 1e-6, batchMs: 1e-6 } };
    const [webgpu, threads] = createBoth();
    // Measured anew, for nothing is remembered of it, and whatever it takes is more than that.
    const encoder = await measure([threads, webgpu], remembering({ one: best }));
    expect(await settled(encoder)).toMatchObject({ device: 'webgpu', batchDevice: 'webgpu' });
    expect(threads.sessions).toEqual({ made: 1, closed: 1 });
    await encoder.close();
  });
});
