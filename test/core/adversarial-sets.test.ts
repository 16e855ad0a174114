/** That the adversarial sets are fair: enough texts, of known routes, none of which the router was given. */

import { describe, expect, test } from 'vitest';
import { ADVERSARIAL_SETS, readAdversarialRouter, readAdversarialSet } from '../../bench/datasets.ts';

const router = readAdversarialRouter();
const names = router.map(({ name }) => name);
const given = new Set(router.flatMap(({ utterances, negatives }) => [...utterances, ...negatives]).map(normalize));

test('the router has eight routes of twelve utterances and six to ten negatives', () => {
  expect(new Set(names).size).toBe(8);
  for (const { utterances, negatives } of router) {
    expect(new Set(utterances.map(normalize)).size).toBe(12);
    const count = new Set(negatives.map(normalize)).size;
    expect(count).toBeGreaterThanOrEqual(6);
    expect(count).toBeLessThanOrEqual(10);
  }
  expect(given.size).toBe(router.flatMap(({ utterances, negatives }) => [...utterances, ...negatives]).length);
});

describe.each(ADVERSARIAL_SETS)('%s', (set) => {
  const samples = readAdversarialSet(set);

  test('has at least 60 distinct texts', () => {
    const texts = new Set(samples.map(({ text }) => normalize(text)));
    expect(texts.size).toBe(samples.length);
    expect(texts.size).toBeGreaterThanOrEqual(60);
  });

  test('names known routes only, and each of them', () => {
    const named = new Set(samples.map(({ route }) => route));
    expect([...named].filter((route) => route !== null).toSorted()).toEqual(names.toSorted());
  });

  test('holds no text that the router was given', () => {
    expect(samples.filter(({ text }) => given.has(normalize(text)))).toEqual([]);
  });
});

/** Case, punctuation and spaces do not make a text another. */
function normalize(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
