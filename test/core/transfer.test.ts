/** A whole router as one file, and routes that other programs wrote. */

import { describe, expect, test } from 'vitest';
import { assert, asyncProperty, integer, nat } from 'fast-check';
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml';
import { createMemoryStorage, openRouter, parseRoutes, readRouterFile, type Router } from 'synaptoroute';
import { createHashEncoder, hashVector } from '../support/encoders.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';
import { createTestStorage } from '../support/storages.ts';
import { SIDES } from '../support/wire.ts';

const one = (): ReturnType<typeof createHashEncoder> => createHashEncoder({ id: 'one', dimensions: 9 });

async function fill(router: Router): Promise<void> {
  await router.addRoute({
    name: 'a',
    utterances: ['red apple', 'grüner Apfel 🍏'],
    threshold: 0,
    metadata: { n: [1] },
  });
  await router.addRoute({ name: 'b', utterances: ['old pear'], negatives: ['new pear'] });
}

async function exported(): Promise<Uint8Array> {
  const router = await openRouter({ encoder: one(), storage: createMemoryStorage() });
  await fill(router);
  const file = await router.exportFile();
  await router.close();
  return file;
}

describe.each(SIDES)('an exported file, $side', (side) => {
  test('imports into another router as the same routes and decisions, encoding nothing, durable', async () => {
    const first = await side.open({ encoder: one(), storage: createMemoryStorage() });
    await fill(first);
    const file = await first.exportFile();
    const before = [await first.routes(), await first.query('old pear')];
    await first.close();

    const storage = createMemoryStorage();
    const encoder = one();
    const second = await side.open({ encoder, storage });
    await second.addRoute({ name: 'gone', utterances: ['to be replaced'] });
    const texts = encoder.texts;
    await (
      await second.importFile(file)
    ).durable;
    expect(encoder.texts).toBe(texts);
    expect([await second.routes(), await second.query('old pear')]).toEqual(before);
    expect(await second.exportFile()).toEqual(file);
    await second.close();
    const again = await openRouter({ encoder: one(), storage });
    expect(await again.routes()).toEqual(before[0]);
    await again.close();
  });

  test('of another encoder is ENCODER_MISMATCH, or encoded anew on demand', async () => {
    const file = await exported();
    const encoder = createHashEncoder({ id: 'two', dimensions: 16 });
    const router = await side.open({ encoder, storage: createMemoryStorage() });
    const error = await refusal(router.importFile(file));
    expect(error.code).toBe('ENCODER_MISMATCH');
    expect(error.message).toMatch(/two.*one/);
    expect(await router.routes()).toEqual([]);
    await router.importFile(file, { onMismatch: 'reencode' });
    expect((await router.query('old pear')).candidates[0]).toMatchObject({ route: 'b', utterance: 'old pear' });
    expect(encoder.texts).toBe(5);
    await router.close();
  });

  test('is refused whole: no bytes but all of them are a router, and the routes stay', async () => {
    const file = await exported();
    const router = await side.open({ encoder: one(), storage: createMemoryStorage() });
    await router.addRoute({ name: 'kept', utterances: ['kept sentence'] });
    for (const bytes of [new Uint8Array(0), new Uint8Array(100), file.slice(0, -4), file.slice(4)]) {
      expect(await codeOf(router.importFile(bytes))).toBe('STORAGE_CORRUPT');
    }
    const others = ['file', file.buffer, new Uint16Array(file.buffer), new DataView(file.buffer), () => file];
    for (const other of others) expect(await codeOf(router.importFile(other as never))).toBe('INVALID_OPTION');
    expect(await codeOf(router.importFile(file, null as never))).toBe('INVALID_OPTION');
    expect(await codeOf(router.replay(['x'], (() => []) as never))).toBe('INVALID_OPTION');
    expect((await router.routes()).map(({ name }) => name)).toEqual(['kept']);
    await router.close();
  });
});

function vectorsOf(texts: readonly string[]): unknown {
  return texts.map((text) => ({ text, vector: Float32Array.from(hashVector(text, 9)) }));
}

function readingCode(given: unknown): Promise<string> {
  return codeOf(attempt(() => readRouterFile(given as never)));
}

describe('an exported file, read without a router,', () => {
  test('has the routes with the vectors that the encoder gave, in order', async () => {
    const { encoder, routes, fit } = readRouterFile(await exported());
    expect(encoder).toEqual({ id: 'one', dimensions: 9 });
    expect(fit).toBeUndefined();
    expect(routes).toEqual([
      {
        name: 'a',
        threshold: 0,
        metadata: { n: [1] },
        utterances: vectorsOf(['red apple', 'grüner Apfel 🍏']),
      },
      { name: 'b', utterances: vectorsOf(['old pear']), negatives: vectorsOf(['new pear']) },
    ]);
  });

  test("may lie in one of Node's pooled buffers", async () => {
    const pooled = Buffer.from(await exported());
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.length);
    expect(readRouterFile(pooled).routes.map(({ name }) => name)).toEqual(['a', 'b']);
    const router = await openRouter({ encoder: one(), storage: createMemoryStorage() });
    await router.importFile(pooled);
    expect(await router.routes()).toHaveLength(2);
    await router.close();
  });

  test('is refused by a code where it is cut, torn, or no bytes at all', async () => {
    const file = await exported();
    const torn = file.slice();
    torn[60] = (torn[60] ?? 0) ^ 1;
    for (const bytes of [new Uint8Array(0), file.slice(0, -4), torn]) {
      expect(await readingCode(bytes)).toBe('STORAGE_CORRUPT');
    }
    for (const none of [undefined, null, 'file', [1], new Float32Array(11), file.buffer]) {
      expect(await readingCode(none)).toBe('INVALID_OPTION');
    }
  });
});

test('any changed byte of an exported file is refused by a code', async () => {
  const file = await exported();
  const router = await openRouter({ encoder: one(), storage: createMemoryStorage() });
  await assert(
    asyncProperty(nat(file.length - 1), integer({ min: 1, max: 255 }), async (at, change) => {
      const bytes = file.slice();
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expect(['STORAGE_CORRUPT', 'UNSUPPORTED']).toContain(await codeOf(router.importFile(bytes)));
    }),
    { numRuns: 2000, seed: 4 },
  );
  await router.close();
});

test('a fit leaves and enters with its routes, and not with those of another encoder', async () => {
  const storage = createMemoryStorage();
  await storage.load({ id: 'one', dimensions: 9 });
  const router = await openRouter({ encoder: one(), storage });
  await fill(router);
  await router.flush();
  const fit = Uint8Array.of(1, 2, 3, 4, 5);
  await storage.apply([{ type: 'set-fit', fit }]);
  const file = await router.exportFile();
  await router.close();
  const target = createMemoryStorage();
  const second = await openRouter({ encoder: one(), storage: target });
  await (
    await second.importFile(file)
  ).durable;
  expect((await target.load(one())).fit).toEqual(fit);
  await second.close();
  const other = createMemoryStorage();
  const two = createHashEncoder({ id: 'two' });
  const third = await openRouter({ encoder: two, storage: other });
  await (
    await third.importFile(file, { onMismatch: 'reencode' })
  ).durable;
  expect((await other.load(two)).fit).toBeUndefined();
  await third.close();
});

test('an export waits for the disk, and is refused where it does not hold what memory does', async () => {
  const storage = createTestStorage();
  const router = await openRouter({ encoder: one(), storage });
  storage.failWith(new Error('disk full'));
  await router.addRoute({ name: 'a', utterances: ['x'] });
  expect(await codeOf(router.exportFile())).toBe('STORAGE_FAILED');
  await refusal(router.close());
});

describe('routes that are read', () => {
  test('from the JSON of routes() are the same routes', async () => {
    const router = await openRouter({ encoder: one(), storage: createMemoryStorage() });
    await router.addRoute({ name: 'a', utterances: ['red apple'], threshold: 0.25, metadata: { n: 1 } });
    await router.addRoute({ name: 'b', utterances: ['old pear'] });
    const text = JSON.stringify(await router.routes());
    expect(parseRoutes(text)).toEqual([
      { name: 'a', utterances: ['red apple'], threshold: 0.25, metadata: { n: 1 } },
      { name: 'b', utterances: ['old pear'] },
    ]);
    await router.close();
  });

  test("from semantic-router's configuration keep names, utterances, thresholds, metadata and description", () => {
    const config = {
      encoder_type: 'huggingface',
      encoder_name: 'sentence-transformers/all-MiniLM-L6-v2',
      routes: [
        {
          name: 'politics',
          utterances: ["isn't politics the best thing ever", 'why not tell me about your political opinions'],
          description: null,
          function_schemas: null,
          llm: null,
          score_threshold: 0.3,
          metadata: {},
        },
        {
          name: 'chitchat',
          utterances: ['how are you'],
          description: 'small talk',
          score_threshold: null,
          metadata: { a: 1 },
        },
      ],
    };
    const expected = [
      { name: 'politics', utterances: config.routes[0]?.utterances, threshold: 0.3 },
      { name: 'chitchat', utterances: ['how are you'], metadata: { a: 1, description: 'small talk' } },
    ];
    expect(parseRoutes(JSON.stringify(config))).toEqual(expected);
    expect(parseRoutes(config)).toEqual(expected);
    expect(parseRoutes(parseYaml(stringifyYaml(config)))).toEqual(expected);
  });

  test.each([
    ['text that is no JSON', 'routes:\n  - name: a', /no JSON[^]*YAML/],
    ['no list', '{"a": 1}', /no list/],
    ['an entry that is no object', '[1]', /entry 0/],
    ['a name that cannot be one', '[{"name": "two words", "utterances": ["x"]}]', /two words/],
    [
      'utterances that are no texts',
      '[{"name": "a", "utterances": [{"role": "user"}]}]',
      /an object as an utterance of "a"/,
    ],
  ])('are INVALID_ROUTE from %s', async (_, source, message) => {
    const error = await refusal(attempt(() => parseRoutes(source)));
    expect(error.code).toBe('INVALID_ROUTE');
    expect(error.message).toMatch(message);
  });
});
