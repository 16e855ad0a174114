/** Files of many vectors: the memory for them is made ready by another thread while the texts are read. */

import { createRandom } from '../../bench/measure.ts';
import { openRouter, type Encoder, type StoredRoute } from 'synaptoroute';
import { createSqliteStorage } from 'synaptoroute/node';
import { expect, test } from 'vitest';
import { populate } from '../../src/node/populate.ts';
import { createFolder } from '../support/folder.ts';

const DIMENSIONS = 512;
const TEXTS_PER_ROUTE = 100;
const ROUTES = 90;
const textCount = ROUTES * TEXTS_PER_ROUTE;

function vectorOf(seed: number): Float32Array {
  const random = createRandom(seed + 1);
  const vector = Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

const ENCODER: Encoder = {
  id: 'seeds',
  dimensions: DIMENSIONS,
  defaultThreshold: 0.6,
  async encode(texts) {
    const vectors = new Float32Array(texts.length * DIMENSIONS);
    for (const [i, text] of texts.entries()) vectors.set(vectorOf(Number(text)), i * DIMENSIONS);
    return { vectors };
  },
};

const routes: readonly StoredRoute[] = Array.from({ length: ROUTES }, (_, route) => ({
  name: `route-${route}`,
  utterances: Array.from({ length: TEXTS_PER_ROUTE }, (__, i) => {
    const seed = route * TEXTS_PER_ROUTE + i;
    return { text: `${seed}`, vector: vectorOf(seed) };
  }),
}));

test.each([
  ['by another thread', populate],
  ['by nobody, for that fails', () => Promise.reject(new Error('no threads'))],
])('their answers are those of the texts, where memory is made ready %s', async (_, byThread) => {
  using folder = createFolder();
  const path = folder.path('routes.db');
  const writer = await createSqliteStorage({ path });
  await writer.load(ENCODER);
  await writer.apply([{ type: 'replace-all', encoder: { id: 'seeds', dimensions: DIMENSIONS }, routes }]);
  await writer.close();
  const stretches: number[] = [];
  let [isOpen, turns] = [false, 0];
  const count = (): void => {
    turns++;
    if (!isOpen) setImmediate(count);
  };
  setImmediate(count);
  const router = await openRouter({
    encoder: ENCODER,
    storage: await createSqliteStorage({ path }),
    rule: 'best-utterance',
    async populate(bytes) {
      stretches.push(bytes.length);
      await byThread?.(bytes);
    },
  });
  isOpen = true;
  if (byThread === populate) {
    expect(stretches.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(textCount * DIMENSIONS * 5);
  } else {
    expect(stretches).toHaveLength(1);
  }
  // Other work of this thread goes on meanwhile: once for 512 texts and for each MiB at least.
  expect(turns).toBeGreaterThan(textCount / 512 + (textCount * DIMENSIONS * 4) / 2 ** 20);
  const random = createRandom(3);
  const seeds = Array.from({ length: 200 }, () => Math.floor(random() * textCount));
  const decisions = await router.queryMany(seeds.map(String));
  for (const [i, { route, candidates }] of decisions.entries()) {
    expect(route).toBe(`route-${Math.floor((seeds[i] ?? 0) / TEXTS_PER_ROUTE)}`);
    expect(candidates[0]?.score).toBeCloseTo(1, 6);
  }
  // Memory that was made ready and is not used is anybody's.
  await router.addRoute({ name: 'new', utterances: ['1000000', '1000001'] });
  expect((await router.query('1000001')).route).toBe('new');
  await router.close();
});
