/** Models of the hub in a browser: a real BERT agrees with its reference; downloads are resumed, kept, and used offline. */

import { clearModelCache, openRouter, type BrowserRouterOptions } from 'synaptoroute/browser';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { createEncoder } from '../../src/browser/encoder.ts';
import { createCachedReader } from '../../src/browser/model-cache.ts';
import golden from '../golden/minilm.json' with { type: 'json' };
import { cosine, parseGolden } from '../support/cosine.ts';
import { HUB_CASES } from '../support/hub-contract.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const RUN = `page-${Date.now()}`;
const REQUEST = { onProgress: () => undefined, signal: new AbortController().signal };

afterEach(() => clearModelCache());

function useLite(options: BrowserRouterOptions = {}): BrowserRouterOptions {
  const model = { repo: 'owner/name', baseUrl: `${inject('hubUrl')}cut-once/${RUN}`, revision: COMMIT };
  return { model, dtype: 'q8', download: { retryDelayMs: 0 }, ...options };
}

async function decides(options: BrowserRouterOptions): Promise<void> {
  const router = await openRouter(options);
  await router.addRoute({ name: 'billing', utterances: ['I need a refund'], threshold: 0.1 });
  expect((await router.query('How do I get my money back?')).route).toBe('billing');
  await router.close();
}

describe('the reader of browsers', () => {
  test.each(HUB_CASES)('$name', async ({ run }) => {
    await run({
      hubUrl: inject('hubUrl'),
      ...inject('hubModel'),
      createReader: (options, clock) => createCachedReader(options, clock).readFile,
    });
  });
});

test('a model that is cut at half is resumed, kept, and opened offline until the cache is cleared', async () => {
  await expect(openRouter(useLite({ offline: true }))).rejects.toMatchObject({
    code: 'MODEL_LOAD_FAILED',
    message: expect.stringMatching(/offline.*synaptoroute-models/),
  });
  await decides(useLite());
  await decides(useLite({ offline: true }));
  await clearModelCache();
  await expect(openRouter(useLite({ offline: true }))).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
});

test('a kept file that has rotted by a bit is downloaded again, once', async () => {
  const run = `rot-${Date.now()}`;
  const model = { repo: 'owner/name', baseUrl: `${inject('hubUrl')}good/${run}`, revision: COMMIT };
  const choice = useLite({ model });
  await decides(choice);
  const cache = await caches.open('synaptoroute-models');
  const url = `${model.baseUrl}/owner/name/resolve/${COMMIT}/onnx/model_quantized.onnx`;
  const kept = await cache.match(url);
  const bytes = new Uint8Array((await kept?.arrayBuffer()) as ArrayBuffer);
  bytes[5_000_000] = (bytes[5_000_000] as number) ^ 4;
  await cache.put(url, new Response(bytes, { headers: kept?.headers as Headers }));
  await decides(choice);
  const log = await fetch(`${inject('hubUrl')}log/${run}`);
  const requests = ((await log.json()) as { readonly path: string }[]).filter(({ path }) => path.endsWith('.onnx'));
  expect(requests).toHaveLength(2);
  await decides({ ...choice, offline: true });
});

describe.skipIf(inject('minilmUrl') === '')('all-MiniLM-L6-v2', () => {
  test('agrees with sentence-transformers on 50 texts', async () => {
    const model = { repo: 'sentence-transformers/all-MiniLM-L6-v2', baseUrl: inject('minilmUrl') };
    const encoder = await createEncoder({ model }, REQUEST);
    const expected = parseGolden(golden);
    const { vectors } = await encoder.encode(expected.map(({ text }) => text));
    for (const [i, { text, vector }] of expected.entries()) {
      expect(cosine(vectors.subarray(i * 384, (i + 1) * 384), vector), text).toBeGreaterThan(0.999);
    }
    await encoder.close?.();
  });
});
