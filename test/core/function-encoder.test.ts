/** An encoder on a function: what it is asked, how often, and what of its answers is refused. */

import { createFunctionEncoder, createMemoryStorage, openRouter, type FunctionEncoderOptions } from 'synaptoroute';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { attempt, codeOf, drain, refusal } from '../support/promises.ts';
import { hashVector } from '../support/encoders.ts';

function create(options: Partial<FunctionEncoderOptions> = {}): ReturnType<typeof createFunctionEncoder> {
  return createFunctionEncoder({
    id: 'mine-1',
    dimensions: 8,
    encode: async (texts) => texts.map((text) => hashVector(text, 8)),
    ...options,
  });
}

test('drives a router', async () => {
  const router = await openRouter({ encoder: create(), storage: createMemoryStorage() });
  await router.addRoute({ name: 'greet', utterances: ['hello there'] });
  expect(await router.query('hello there')).toMatchObject({ route: 'greet', encoderId: 'mine-1' });
  expect((await router.status()).encoder.device).toBe('remote');
  await router.close();
});

test('is asked at most its batch size at once, in order, never for blank texts, and told what the texts are', async () => {
  const calls: (readonly string[])[] = [];
  const kinds = new Set<string>();
  const encoder = create({
    maxBatchSize: 2,
    encode: async (texts, { kind }) => {
      calls.push(texts);
      kinds.add(kind);
      return Float32Array.from(texts.flatMap((text) => hashVector(text, 8)));
    },
  });
  const { vectors } = await encoder.encode(['a', ' ', 'b', 'c', '', 'd', 'e'], { kind: 'utterance' });
  expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect([...kinds]).toEqual(['utterance']);
  expect([...vectors.subarray(8, 16)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  const c = await encoder.encode(['c']);
  expect([...vectors.subarray(24, 32)]).toEqual([...c.vectors]);
});

test('scales vectors to length 1, or refuses others where it shall', async () => {
  const { vectors } = await create({ dimensions: 2, encode: ofLengthFive }).encode(['x']);
  expect([...vectors].map((value) => value.toFixed(6))).toEqual(['0.600000', '0.800000']);
  const error = await refusal(create({ dimensions: 2, encode: ofLengthFive, norm: 'require' }).encode(['x']));
  expect([error.code, error.message]).toEqual(['ENCODER_FAILED', expect.stringContaining('length 5')]);
});

describe('an answer', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['of too few vectors', [[1, 0]]],
    ['of vectors too short', [[1], [1]]],
    ['of numbers too many', new Float32Array(5)],
    [
      'with NaN',
      [
        [1, 0],
        [NaN, 0],
      ],
    ],
    [
      'with infinity',
      [
        [1, 0],
        [Infinity, 0],
      ],
    ],
    ['that is nothing', undefined],
    ['with a hole', [[1, 0], undefined]],
  ];
  test.each(wrong)('%s is ENCODER_FAILED', async (_, answer) => {
    const encoder = create({ dimensions: 2, encode: async () => answer as never });
    expect(await codeOf(encoder.encode(['a', 'b']))).toBe('ENCODER_FAILED');
  });
});

test('a call that fails is made again after doubling waits, and then refused with its reason', async () => {
  const clock = createFakeClock();
  let calls = 0;
  const encoder = create({
    clock,
    retry: { maxRetries: 2, retryDelayMs: 100 },
    encode: async () => {
      calls++;
      throw new Error('503');
    },
  });
  const encoding = refusal(encoder.encode(['x']));
  await drain();
  expect(calls).toBe(1);
  clock.advance(100);
  await drain();
  expect(calls).toBe(2);
  clock.advance(199);
  await drain();
  expect(calls).toBe(2);
  clock.advance(1);
  expect((await encoding).message).toContain('3 tries: 503');
});

test('a failure that is final is not tried again, and an abort ends the waiting', async () => {
  let calls = 0;
  const encode = async (): Promise<never> => {
    calls++;
    throw new Error('401');
  };
  expect(await codeOf(create({ encode, retry: { isTransient: () => false } }).encode(['x']))).toBe('ENCODER_FAILED');
  expect(calls).toBe(1);
  const abort = new AbortController();
  const waiting = codeOf(create({ encode, clock: createFakeClock() }).encode(['x'], { signal: abort.signal }));
  await drain();
  abort.abort();
  expect(await waiting).toBe('ABORTED');
});

test.each([
  ['no id', { id: '' }],
  ['no function', { encode: 'x' }],
  ['no dimensions', { dimensions: undefined }],
  ['half a dimension', { dimensions: 0.5 }],
  ['an unknown norm', { norm: 'guess' }],
  ['a batch of none', { maxBatchSize: 0 }],
])('%s is INVALID_OPTION', async (_, options) => {
  expect(await codeOf(attempt(() => create(options as never)))).toBe('INVALID_OPTION');
});

async function ofLengthFive(texts: readonly string[]): Promise<number[][]> {
  return texts.map(() => [3, 4]);
}
