// Owns the proof that the built ONNX model computes what the original TF.js model computes, natively and in WASM, and that a
// text's embedding does not depend on its batch. Reads models/use-lite/, which `tsx scripts/build-model.ts` writes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web/wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildModel } from '../../scripts/model/model-graph.ts';

const file = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));
const read = (path: string): unknown => JSON.parse(file(path).toString('utf8'));

const SIZE = 512;
const BATCH = 32;
const shipped = file('models/use-lite/onnx/model_quantized.onnx');
const tokenized = (read('test/golden/token-ids.json') as [text: string, ids: number[]][])
  .map(([, ids]) => ids)
  .filter((ids) => ids.length > 0);
const golden = (read('test/golden/embeddings.json') as { ids: number[]; vector: string }[]).map(({ ids, vector }) => {
  const bytes = Buffer.from(vector, 'base64');
  return { ids, vector: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
});

interface Model {
  /** One embedding for each list of ids, padded on the right to the longest. */
  readonly embed: (rows: readonly (readonly number[])[], extraPadding?: number) => Promise<Float32Array[]>;
  readonly release: () => Promise<void>;
}

function batchOf(
  rows: readonly (readonly number[])[],
  extraPadding: number,
): { ids: BigInt64Array; mask: BigInt64Array; shape: [number, number] } {
  const length = Math.max(...rows.map((row) => row.length)) + extraPadding;
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, at) => {
    ids.set(row.map(BigInt), at * length);
    mask.fill(1n, at * length, at * length + row.length);
  });
  return { ids, mask, shape: [rows.length, length] };
}

const split = (values: Float32Array): Float32Array[] =>
  Array.from({ length: values.length / SIZE }, (_, at) => values.slice(at * SIZE, (at + 1) * SIZE));

async function loadNative(onnx: Uint8Array, threads: number): Promise<Model> {
  const session = await native.InferenceSession.create(onnx, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  return {
    embed: async (rows, extraPadding = 0) => {
      const { ids, mask, shape } = batchOf(rows, extraPadding);
      const outputs = await session.run({
        input_ids: new native.Tensor('int64', ids, shape),
        attention_mask: new native.Tensor('int64', mask, shape),
      });
      return split(outputs['sentence_embedding']?.data as Float32Array);
    },
    release: () => session.release(),
  };
}

async function loadWasm(onnx: Uint8Array): Promise<Model> {
  web.env.wasm.numThreads = 1;
  const session = await web.InferenceSession.create(onnx, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  return {
    embed: async (rows, extraPadding = 0) => {
      const { ids, mask, shape } = batchOf(rows, extraPadding);
      const outputs = await session.run({
        input_ids: new web.Tensor('int64', ids, shape),
        attention_mask: new web.Tensor('int64', mask, shape),
      });
      return split(outputs['sentence_embedding']?.data as Float32Array);
    },
    release: () => session.release(),
  };
}

const RUNTIMES = [
  { runtime: 'native, one thread', load: (onnx: Uint8Array) => loadNative(onnx, 1) },
  { runtime: 'native, two threads', load: (onnx: Uint8Array) => loadNative(onnx, 2) },
  { runtime: 'WASM', load: loadWasm },
];

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? Number.NaN))), 0);

/** Fisher-Yates with a fixed seed: neighbours in a batch are of mixed length, so nearly every text is padded. */
function shuffled<T>(items: readonly T[]): T[] {
  const out = [...items];
  let state = 20261123;
  for (let at = out.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (at + 1));
    [out[at], out[other]] = [out[other] as T, out[at] as T];
  }
  return out;
}

/** Texts for the batch test: golden ones, and one-token texts, for which other product kernels run. */
const varied = shuffled([
  ...shuffled(tokenized).slice(0, 1900),
  ...Array.from({ length: 110 }, (_, at) => [6 + at * 71]),
]);

describe.each(RUNTIMES)('the float32 build in $runtime', ({ load }) => {
  test('equals the original model to 1e-5 per component', async () => {
    const model = await load(buildModel('fp32').onnx);
    for (const { ids, vector } of golden) {
      const [embedding] = await model.embed([ids]);
      expect(largestDifference(embedding as Float32Array, vector)).toBeLessThanOrEqual(1e-5);
    }
    await model.release();
  });
});

describe.each(RUNTIMES)('the shipped build in $runtime', ({ load }) => {
  let model: Model;
  beforeAll(async () => {
    model = await load(shipped);
  });
  afterAll(async () => {
    await model.release();
  });

  test('has a cosine of 0.996 to each original embedding, 0.999 on average', async () => {
    const cosines: number[] = [];
    for (const { ids, vector } of golden) {
      const [embedding] = await model.embed([ids]);
      cosines.push(dot(embedding as Float32Array, vector));
    }
    expect(cosines).toHaveLength(100);
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.996);
    expect(cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length).toBeGreaterThanOrEqual(0.999);
  });

  test('gives a text the same embedding alone as among 31 others', { timeout: 120_000 }, async () => {
    expect(varied.length).toBeGreaterThanOrEqual(2000);
    let worst = 0;
    for (let start = 0; start < varied.length; start += BATCH) {
      const rows = varied.slice(start, start + BATCH);
      const together = await model.embed(rows);
      for (const [at, row] of rows.entries()) {
        const [alone] = await model.embed([row]);
        worst = Math.max(worst, largestDifference(alone as Float32Array, together[at] as Float32Array));
      }
    }
    expect(worst).toBeLessThanOrEqual(1e-5);
  });

  test('gives a text the same embedding at every padded length', async () => {
    const rows = golden.filter(({ ids }) => ids.length < 40).slice(0, 8);
    for (const { ids } of rows) {
      const [bare] = await model.embed([ids]);
      for (let padding = 1; padding <= 128 - ids.length; padding += 7) {
        const [padded] = await model.embed([ids], padding);
        expect(largestDifference(padded as Float32Array, bare as Float32Array)).toBeLessThanOrEqual(1e-5);
      }
    }
  });

  test('gives vectors of unit length, and a finite one where every token is masked', async () => {
    const vectors = await model.embed([[], ...golden.slice(0, 20).map(({ ids }) => ids)]);
    for (const vector of vectors) expect(dot(vector, vector)).toBeCloseTo(1, 5);
  });
});

describe('the model folder', () => {
  test('holds what the build script builds now, byte for byte', () => {
    const { onnx } = buildModel('static');
    expect(createHash('sha256').update(onnx).digest('hex')).toBe(createHash('sha256').update(shipped).digest('hex'));
    const { sha256 } = read('models/use-lite/config.json') as { sha256: Record<string, string> };
    expect(sha256['onnx/model_quantized.onnx']).toBe(createHash('sha256').update(shipped).digest('hex'));
  });

  test('takes at most 6.8 MB to download', () => {
    // Quality 5 takes a tenth of a second where 11 takes 15, and comes out 0.3% larger.
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
    const compressed = [shipped, file('models/use-lite/tokenizer.json')].map(
      (bytes) => brotliCompressSync(bytes, { params }).length,
    );
    expect(compressed.reduce((sum, byteLength) => sum + byteLength, 0)).toBeLessThanOrEqual(6_800_000);
  });
});
