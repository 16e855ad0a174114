/** A real BERT in the sentence-transformers layout gives the reference implementation's vectors. */

import { readFileSync } from 'node:fs';
import { createEncoder, type Encoder, type NodeEncoderOptions } from 'synaptoroute/node';
import { describe, expect, test } from 'vitest';
import { cosine, parseGolden } from '../support/cosine.ts';
import { findMinilm } from '../support/minilm.ts';

const folder = findMinilm();
const golden = parseGolden(
  JSON.parse(readFileSync(new URL('../golden/minilm.json', import.meta.url), 'utf8')) as Parameters<
    typeof parseGolden
  >[0],
);
const texts = golden.map(({ text }) => text);

function rows({ dimensions }: Encoder, vectors: Float32Array): readonly Float32Array[] {
  return Array.from({ length: vectors.length / dimensions }, (_, i) =>
    vectors.subarray(i * dimensions, (i + 1) * dimensions),
  );
}

describe.skipIf(!folder).each(['native', 'wasm'] as const)('all-MiniLM-L6-v2 from a folder, %s,', (device) => {
  const load = (options: NodeEncoderOptions = {}): Promise<Encoder> =>
    createEncoder({ model: folder as string, device, ...options });

  test('agrees with sentence-transformers on 50 texts, alone and in a batch', async () => {
    const encoder = await load();
    expect(encoder.dimensions).toBe(384);
    const { vectors, truncated } = await encoder.encode(texts);
    for (const [i, vector] of rows(encoder, vectors).entries()) {
      expect(cosine(vector, golden[i]?.vector as Float32Array), texts[i]).toBeGreaterThan(0.999);
      const alone = await encoder.encode([texts[i] as string]);
      expect(cosine(vector, alone.vectors), texts[i]).toBeGreaterThan(1 - 1e-6);
    }
    // The model reads 256 tokens, and one of the texts has more.
    expect(truncated?.map((i) => texts[i]?.slice(0, 24))).toEqual(['What is the weather like']);
    await encoder.close?.();
  });

  test('has another id with other pooling, prefixes or length, and the same on any device', async () => {
    const ids = [];
    for (const options of [
      {},
      { pooling: 'cls' },
      { prefixes: { query: 'query: ' } },
      { prefixes: { utterance: 'query: ' } },
      { maxTokens: 64 },
    ] satisfies NodeEncoderOptions[]) {
      const encoder = await load(options);
      ids.push(encoder.id);
      await encoder.close?.();
    }
    expect(new Set(ids).size).toBe(5);
    const elsewhere = await load({ device: device === 'native' ? 'wasm' : 'native' });
    expect(elsewhere.id).toBe(ids[0]);
    await elsewhere.close?.();
  });
});
