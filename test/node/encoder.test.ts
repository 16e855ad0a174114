/** The embedded model on both devices: what its vectors promise, and what it says of texts and turns. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEncoder, createMemoryStorage, openRouter, type Decision, type Encoder } from 'synaptoroute/node';
import { codeOf, createCountingSignal } from '../support/promises.ts';
import { REFERENCE_CASES, REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';

const DEVICES = ['native', 'wasm'] as const;
const encoders = new Map<string, Encoder>();

const MIXED = [
  'hi',
  'When do you open?',
  'x',
  'I would like to know whether the invoice of last month was sent to the right address, for I never got it.',
  'cancel',
  `${'a rather long sentence about nothing in particular, '.repeat(9)}and its end`,
  'My card was charged twice!',
  '',
  'ÄÖÜ ß naïve café',
  '🙂 great 🙂',
];

beforeAll(async () => {
  for (const device of DEVICES) encoders.set(device, await createEncoder({ device }));
});

afterAll(async () => {
  for (const encoder of encoders.values()) await encoder.close?.();
});

function encoderOf(device: string): Encoder {
  return encoders.get(device) as Encoder;
}

async function rowsOf(encoder: Encoder, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const { vectors } = await encoder.encode(texts);
  return texts.map((_, i) => vectors.slice(i * encoder.dimensions, (i + 1) * encoder.dimensions));
}

function distance(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (!a || !b || a.length !== b.length) return NaN;
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
}

describe.each(DEVICES)('%s', (device) => {
  test('a text has the same vector alone and in a batch of texts of any lengths', async () => {
    const encoder = encoderOf(device);
    const together = await rowsOf(encoder, MIXED);
    const reversed = (await rowsOf(encoder, MIXED.toReversed())).toReversed();
    for (const [i, text] of MIXED.entries()) {
      const [alone] = await rowsOf(encoder, [text]);
      expect(distance(together[i], alone), text).toBeLessThan(1e-5);
      expect(distance(together[i], reversed[i]), text).toBeLessThan(1e-5);
    }
  });

  test('vectors have unit length, and equal texts have equal vectors', async () => {
    const [first, second, third] = await rowsOf(encoderOf(device), ['open today?', 'closed', 'open today?']);
    for (const row of [first, second]) expect(Math.hypot(...(row ?? []))).toBeCloseTo(1, 4);
    expect(distance(first, third)).toBeLessThan(1e-6);
    expect(distance(first, second)).toBeGreaterThan(0.01);
  });

  test('white space around and inside a text changes nothing', async () => {
    const rows = await rowsOf(encoderOf(device), ['when do you open', '  when\tdo\n\nyou   open \u00a0']);
    expect(distance(rows[0], rows[1])).toBeLessThan(1e-6);
  });

  test('texts longer than the model reads are named as truncated, by their places', async () => {
    const long = 'refund '.repeat(200);
    const huge = 'refund my money '.repeat(65_536);
    const { truncated, vectors } = await encoderOf(device).encode(['short', long, 'also short', huge, '']);
    expect(truncated).toEqual([1, 3]);
    expect(vectors.every(Number.isFinite)).toBe(true);
    const just = await encoderOf(device).encode(['one two three four five six seven eight nine ten']);
    expect(just.truncated ?? []).toEqual([]);
  });

  test('texts in which the model knows nothing have vectors of zeros', async () => {
    const texts = ['', '   ', '\n\t', '🙂', '\ud800', '\udfff\ud800', '\u200b', '\0'];
    const rows = await rowsOf(encoderOf(device), texts);
    for (const [i, row] of rows.entries()) {
      const length = Math.hypot(...row);
      // Either nothing at all, or a sound unit vector.
      expect(length === 0 || Math.abs(length - 1) < 1e-4, JSON.stringify(texts[i])).toBe(true);
    }
    for (const i of [0, 1, 2, 3]) expect(rows[i]?.every((value) => value === 0)).toBe(true);
  });

  test('no texts are no vectors', async () => {
    const { vectors, truncated } = await encoderOf(device).encode([]);
    expect([vectors.length, truncated ?? []]).toEqual([0, []]);
  });

  test('runs that are asked for at once take turns and each get their own vectors', async () => {
    const encoder = encoderOf(device);
    const texts = Array.from({ length: 24 }, (_, i) => `this is sentence number ${i} of a few`);
    const together = await rowsOf(encoder, texts);
    const single = await Promise.all(texts.map((text) => rowsOf(encoder, [text])));
    for (const [i, [row]] of single.entries()) expect(distance(row, together[i])).toBeLessThan(1e-5);
  });

  test('an aborted run rejects, and the next one works', async () => {
    const encoder = encoderOf(device);
    const signal = createCountingSignal();
    const running = encoder.encode(['first']);
    const waiting = encoder.encode(['second'], { signal });
    signal.abort();
    expect(await codeOf(waiting)).toBe('ABORTED');
    await running;
    expect((await encoder.encode(['third'])).vectors).toHaveLength(encoder.dimensions);
    expect(signal.listeners).toBe(0);
  });

  test('what a caller does to its vectors changes no later ones', async () => {
    const encoder = encoderOf(device);
    const { vectors } = await encoder.encode(['stay']);
    const kept = vectors.slice();
    vectors.fill(7);
    const again = await encoder.encode(['stay']);
    expect(distance(again.vectors, kept)).toBeLessThan(1e-6);
  });

  test('status tells id, size, runtime, device and threads', () => {
    const encoder = encoderOf(device);
    expect(encoder.status?.()).toMatchObject({
      id: encoder.id,
      dimensions: encoder.dimensions,
      device,
      runtime: expect.stringMatching(/^onnxruntime-(node|web) \d+\.\d+/) as unknown,
      threads: 1,
    });
  });
});

async function decide(device: string): Promise<readonly Decision[]> {
  const router = await openRouter({ encoder: encoderOf(device), storage: createMemoryStorage() });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  const decisions = await router.queryMany(REFERENCE_QUERIES);
  await router.close();
  return decisions;
}

/** Cosine of two rows. */
function dot(vectors: Float32Array | undefined, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += (vectors?.[a * 512 + i] ?? NaN) * (vectors?.[b * 512 + i] ?? NaN);
  return sum;
}

test('WASM that has started with one thread says so to whoever asks for two', async () => {
  const first = await createEncoder({ device: 'wasm', thread: 'caller' });
  const encoder = await createEncoder({ device: 'wasm', threads: 2, thread: 'caller' });
  expect(encoder.status?.()).toMatchObject({ threads: 1, note: expect.stringContaining('cannot become 2') as unknown });
  await Promise.all([first.close?.(), encoder.close?.()]);
});

test('WASM that starts with two threads in Node has them, and answers as one thread does', async () => {
  const encoder = await createEncoder({ device: 'wasm', threads: 2 });
  expect(encoder.status?.()).toMatchObject({ device: 'wasm', threads: 2 });
  const [two, one] = [await rowsOf(encoder, MIXED), await rowsOf(encoderOf('wasm'), MIXED)];
  for (const [i, row] of two.entries()) expect(distance(row, one[i])).toBeLessThan(1e-6);
  await encoder.close?.();
});

describe('the two devices', () => {
  test('give the ten reference queries the same routes, and scores within a thousandth', async () => {
    const [native, wasm] = [await decide('native'), await decide('wasm')];
    expect(native.map(({ route }) => route)).toEqual(REFERENCE_CASES.map(([, route]) => route));
    expect(wasm.map(({ route, utterance }) => [route, utterance])).toEqual(
      native.map(({ route, utterance }) => [route, utterance]),
    );
    for (const [i, decision] of native.entries()) {
      const other = new Map(wasm[i]?.candidates.map(({ route, score }) => [route, score]));
      for (const { route, score } of decision.candidates) {
        expect(Math.abs(score - (other.get(route) ?? NaN))).toBeLessThan(1e-3);
      }
    }
  });

  test('agree to a millionth for most texts, and to a hundredth where an int8 rounding fell the other way', async () => {
    const file = readFileSync(new URL('../golden/embeddings.json', import.meta.url), 'utf8');
    const texts = (JSON.parse(file) as readonly { readonly text: string }[]).map(({ text }) => text);
    const [native, wasm] = await Promise.all(
      DEVICES.map(async (device) => (await encoderOf(device).encode(texts)).vectors),
    );
    const differences = texts.flatMap((_, a) =>
      texts.slice(0, a).map((__, b) => Math.abs(dot(native, a, b) - dot(wasm, a, b))),
    );
    const sorted = differences.toSorted((x, y) => x - y);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(1e-6);
    expect(sorted.at(-1)).toBeLessThan(1e-2);
  });

  test('have one id, so that what the one has stored the other opens', async () => {
    const [native, wasm] = DEVICES.map(encoderOf) as [Encoder, Encoder];
    expect(native.id).toBe(wasm.id);
    expect(native.dimensions).toBe(wasm.dimensions);
    const storage = createMemoryStorage();
    const first = await openRouter({ encoder: native, storage });
    await first.addRoute({ name: 'hours', utterances: ['When do you open?'] });
    await first.close();
    const second = await openRouter({ encoder: wasm, storage });
    expect((await second.query('When do you open?')).score).toBeCloseTo(1, 3);
    await second.close();
  });
});

describe('closing', () => {
  test('waits for the run under way, is idempotent, and makes later runs CLOSED', async () => {
    const encoder = await createEncoder({ device: 'native' });
    const running = encoder.encode(['one', 'two']);
    await Promise.all([encoder.close?.(), encoder.close?.()]);
    await encoder.close?.();
    expect((await running).vectors).toHaveLength(2 * encoder.dimensions);
    expect(await codeOf(encoder.encode(['three']))).toBe('CLOSED');
  });

  test.each(DEVICES)('on %s lets a call over texts of very different lengths come to its end', async (device) => {
    const encoder = await createEncoder({ device });
    const long = 'a rather long sentence about nothing in particular '.repeat(8);
    const texts = ['hi', long, 'when do you open', `${long} and more`, 'ok', 'one two three four five six seven eight'];
    const wanted = await rowsOf(encoder, texts);
    const running = rowsOf(encoder, texts);
    const closing = encoder.close?.();
    const rows = await running;
    await closing;
    for (const [i, row] of rows.entries()) expect(distance(row, wanted[i])).toBeLessThan(1e-5);
  });
});

describe.each(['worker', 'caller'] as const)('a call of many texts, with thread: %s', (thread) => {
  test('lets a call that came later go between its runs', async () => {
    const encoder = await createEncoder({ device: 'native', thread });
    const answered: string[] = [];
    const many = encoder
      .encode(Array.from({ length: 200 }, (_, i) => `a sentence of some ten words, number ${i}, to be encoded`))
      .then(({ vectors }) => answered.push(`many ${vectors.length / encoder.dimensions}`));
    const one = encoder.encode(['When do you open?']).then(() => answered.push('one'));
    await Promise.all([many, one]);
    expect(answered).toEqual(['one', 'many 200']);
    await encoder.close?.();
  });

  test('is answered before the encoder closes', async () => {
    const encoder = await createEncoder({ device: 'native', thread });
    const many = encoder.encode(Array.from({ length: 200 }, (_, i) => `some sentence of several words, number ${i}`));
    await encoder.close?.();
    expect((await many).vectors).toHaveLength(200 * encoder.dimensions);
  });
});
