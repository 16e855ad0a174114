/** The choice between two devices, with a real session in each place and faults laid over the second: no text is lost to them. */

import * as native from 'onnxruntime-node';
import { createOnnxEncoder, type Accelerator, type FragileRunner, type OnnxEncoder, type Verdict } from 'synaptoroute';
import { beforeAll, describe, expect, test, vi, type MockInstance } from 'vitest';
import { createSessionRunner } from '../../src/encoder/onnx-session.ts';
import { readModel } from '../support/model.ts';
import { createDeferred, refusal } from '../support/promises.ts';

type Run = FragileRunner['run'];

let files: Awaited<ReturnType<typeof readModel>>;
beforeAll(async () => {
  files = await readModel();
});

const SECOND_ALWAYS: Verdict = {
  first: { oneTextMs: 2, batchMs: 2 },
  second: { oneTextMs: 1, batchMs: 1 },
};

interface Second {
  readonly accelerator: Accelerator;
  /** Texts of each run on the second device. */
  readonly runs: number[];
  readonly lose: (reason: string) => void;
}

/** A second device that runs as the first does, but for what `fault` makes of its runs. */
function createSecond(
  options: Partial<Accelerator> & {
    readonly fault?: (run: Run, count: number, texts: Parameters<Run>[0]) => ReturnType<Run>;
  },
): Second {
  const { fault = (run, _, texts) => run(texts), ...rest } = options;
  const lost = createDeferred<string>();
  const runs: number[] = [];
  const accelerator: Accelerator = {
    use: 'preferred',
    adapter: async () => 'test',
    async start(model, pooling) {
      const status = { runtime: 'test', device: 'webgpu', threads: 1 } as const;
      const runner = await createSessionRunner({ ort: native, describe: status, pooling }, model);
      return {
        ...runner,
        lost: lost.promise,
        run(texts) {
          runs.push(texts.length);
          return fault((ids) => runner.run(ids), runs.length, texts);
        },
      };
    },
    ...rest,
  };
  return { accelerator, runs, lose: lost.resolve };
}

function create({ accelerator }: Pick<Second, 'accelerator'>): Promise<OnnxEncoder> {
  const status = { runtime: 'test', device: 'wasm', threads: 1 } as const;
  return createOnnxEncoder({ ort: native, ...files, describe: status, accelerator });
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
  const faults: readonly (readonly [string, RegExp, NonNullable<Parameters<typeof createSecond>[0]['fault']>])[] = [
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
    const encoder = await create(second);
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
    const encoder = await create(second);
    await expectSameAsFirst(encoder);
    expect(encoder.status()).toMatchObject({ device: 'wasm', note: expect.stringContaining('driver was reset') });
    await encoder.close();
  });

  test('is listened to for its loss as often after a hundred runs as after one', async () => {
    const { accelerator } = createSecond({});
    let listen: MockInstance | undefined;
    const encoder = await create({
      accelerator: {
        ...accelerator,
        async start(model, pooling) {
          const runner = await accelerator.start(model, pooling);
          listen = vi.spyOn(runner.lost, 'then');
          return runner;
        },
      },
    });
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
    expect((await refusal(create(wrong))).code).toBe('UNSUPPORTED');
    const once = createSecond({
      fault: (run, count, texts) => (count > 1 ? Promise.reject(new Error('twice')) : run(texts)),
    });
    expect((await refusal(create(once))).message).toContain('twice');
  });

  test('that is still being measured does not hold up closing', async () => {
    const second = createSecond({ use: 'measured' });
    const encoder = await create(second);
    const [, closed] = await Promise.allSettled([encoder.encode(['hello']), encoder.close()]);
    expect(closed.status).toBe('fulfilled');
    expect(second.runs.length).toBeLessThan(3);
  });

  test('that cannot be used is said where it was only offered, and the first goes on', async () => {
    const none = createSecond({ use: 'measured', adapter: () => Promise.reject(new Error('no adapter')) });
    const encoder = await create(none);
    expect(await settled(encoder)).toMatchObject({ device: 'wasm', note: expect.stringContaining('no adapter') });
    await expectSameAsFirst(encoder);
    await encoder.close();
  });
});

describe('a verdict', () => {
  test('is measured once, remembered by model and adapter, and tells both devices’ times', async () => {
    const kept = new Map<string, Verdict>();
    const verdicts = {
      get: async (key: string) => kept.get(key),
      set: async (key: string, verdict: Verdict) => void kept.set(key, verdict),
    };
    const encoder = await create(createSecond({ use: 'measured', verdicts }));
    const { measured } = await settled(encoder);
    expect(measured?.map(({ device }) => device)).toEqual(['wasm', 'webgpu']);
    expect([...kept.keys()]).toEqual([`${encoder.id} test`]);
    await encoder.close();
    kept.set(`${encoder.id} test`, { first: SECOND_ALWAYS.second, second: SECOND_ALWAYS.first });
    const again = createSecond({ use: 'measured', verdicts });
    const next = await create(again);
    expect(await settled(next)).toMatchObject({ device: 'wasm', batchDevice: 'wasm' });
    // It was not even started.
    expect(again.runs).toEqual([]);
    await next.close();
  });

  test('for batches alone leaves one text to the first device', async () => {
    const verdict: Verdict = { first: { oneTextMs: 1, batchMs: 32 }, second: { oneTextMs: 5, batchMs: 10 } };
    const verdicts = { get: async () => verdict, set: async () => undefined };
    const second = createSecond({ use: 'measured', verdicts });
    const encoder = await create(second);
    expect(await settled(encoder)).toMatchObject({ device: 'wasm', batchDevice: 'webgpu' });
    second.runs.length = 0;
    await encoder.encode(['one']);
    expect(second.runs).toEqual([]);
    await encoder.encode(Array.from({ length: 32 }, (_, i) => `text ${i}`));
    expect(second.runs).toEqual([32]);
    await encoder.close();
  });
});
