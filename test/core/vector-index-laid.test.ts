/** Rows of the index that are made before their vectors are there, as an opening router makes them. */

import { describe, expect, test } from 'vitest';
import { checksum } from '../../src/core/kernel/checksum.ts';
import { VectorIndex } from '../../src/core/vector-index.ts';
import { vectorOf } from '../support/storage-contract.ts';

function rowMajor(vectors: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const dimensions = vectors[0]?.length ?? 0;
  const block = new Float32Array(vectors.length * dimensions);
  for (const [i, vector] of vectors.entries()) block.set(vector, i * dimensions);
  return block;
}

describe.each(['auto', 'js'] as const)('%s kernel', (kernel) => {
  test.each([16, 33, 512])(
    'rows that are laid and filled later, in any order, are those of adding: %i',
    (dimensions) => {
      const vectors = Array.from({ length: 2_500 }, (_, i) => vectorOf(i, dimensions));
      const added = new VectorIndex(dimensions, kernel);
      added.addMany(vectors.slice(0, 1_300), 0);
      added.addMany(vectors.slice(1_300), 1);
      const laid = new VectorIndex(dimensions, kernel);
      laid.lay(new Int32Array(2_500).fill(1, 1_300));
      for (const [from, to] of [
        [700, 2_200],
        [2_200, 2_500],
        [0, 700],
      ] as const) {
        expect(laid.hasSoundLengths()).toBe(false);
        expect(laid.put(from, rowMajor(vectors.slice(from, to)))).toBe(true);
      }
      expect(laid.hasSoundLengths()).toBe(true);
      const query = {
        queries: [vectorOf(7, dimensions), vectorOf(77_777, dimensions)],
        groupOfOwner: Int32Array.of(0, 1),
        groupCount: 2,
        hitsPerGroup: 3,
      };
      expect(laid.search(query)).toEqual(added.search(query));
      laid.remove(3);
      expect(laid.add(vectorOf(3, dimensions), 1)).toBe(3);
      expect(laid.vector(2_499)).toEqual(vectors[2_499]);
    },
  );

  test.each([3, 4, 33, 512])('rows are compared with their checksums: %i', (dimensions) => {
    const vectors = Array.from({ length: 130 }, (_, i) => vectorOf(i, dimensions));
    const block = rowMajor(vectors);
    const words = new Uint32Array(block.buffer);
    const seals = new Uint32Array(260);
    for (let i = 0; i < 130; i++) {
      seals.set([i * 7, checksum(words, i * dimensions, (i + 1) * dimensions, i * 7)], i * 2);
    }
    const index = new VectorIndex(dimensions, kernel);
    index.lay(new Int32Array(130));
    expect(index.put(0, block, seals)).toBe(true);
    for (const word of [0, 64 * dimensions + dimensions - 1, words.length - 1]) {
      words[word] = (words[word] ?? 0) ^ 1;
      expect(index.put(0, block, seals)).toBe(false);
      words[word] = (words[word] ?? 0) ^ 1;
    }
    seals[1] = (seals[1] ?? 0) ^ 1;
    expect(index.put(0, block, seals)).toBe(false);
  });

  test('a vector that is neither of unit length nor zero is refused', () => {
    const sound = rowMajor(Array.from({ length: 70 }, (_, i) => (i === 68 ? new Float32Array(5) : vectorOf(i, 5))));
    for (const [at, value] of [
      [0, 3],
      [66 * 5 + 2, NaN],
      [69 * 5, -Infinity],
      [7, 1e30],
      [68 * 5, 0.1],
    ] as const) {
      const index = new VectorIndex(5, kernel);
      index.lay(new Int32Array(70));
      expect(index.put(0, sound.with(at, value))).toBe(false);
      expect(index.hasSoundLengths()).toBe(false);
      expect(index.put(0, sound)).toBe(true);
      expect(index.hasSoundLengths()).toBe(true);
    }
  });

  test('nothing is searched before every vector has come, and a row that is put again keeps its owner', () => {
    const index = new VectorIndex(4, kernel);
    index.lay(Int32Array.of(5, 5));
    const query = { queries: [vectorOf(1, 4)], groupOfOwner: Int32Array.of(-1, -1, -1, -1, -1, 0) };
    const search = () => index.search({ ...query, groupCount: 1, hitsPerGroup: 2 });
    index.put(1, vectorOf(1, 4));
    index.put(1, vectorOf(1, 4));
    expect(search).toThrow(RangeError);
    index.put(0, vectorOf(0, 4));
    index.put(0, vectorOf(9, 4));
    expect([...search().ids]).toEqual([1, 0]);
  });

  test.each([[[]], [[1]], [[100, 100]], [[Infinity]], [[700, Infinity, 5]]])(
    'rows are found the same where they are made ready by %j first, and changed then',
    (steps) => {
      const vectors = Array.from({ length: 2_000 }, (_, i) => vectorOf(i, 64));
      const [laid, added] = [new VectorIndex(64, kernel), new VectorIndex(64, kernel)];
      added.addMany(vectors, 0);
      laid.lay(new Int32Array(2_000));
      expect(laid.put(0, rowMajor(vectors))).toBe(true);
      let left = kernel === 'js' ? 0 : 2_000;
      for (const step of steps) {
        left = Math.max(0, left - step);
        expect(laid.prepare(step)).toBe(left === 0);
      }
      for (const index of [laid, added]) {
        for (const id of [0, 3, 1_998, 700]) index.remove(id);
        index.replace(1_500, vectorOf(9_999, 64));
        index.addMany([vectorOf(8_888, 64), vectorOf(7_777, 64)], 0);
      }
      for (const precision of ['int8', 'float32'] as const) {
        const query = {
          queries: [7, 3, 9_999, 8_888, 7_777, 1_999, 123_456].map((seed) => vectorOf(seed, 64)),
          groupOfOwner: Int32Array.of(0),
          groupCount: 1,
          hitsPerGroup: 20,
          precision,
        };
        expect(laid.search(query)).toEqual(added.search(query));
      }
      expect(laid.prepare(1)).toBe(true);
    },
  );

  test('what does not fit the rows that were laid is refused', () => {
    const index = new VectorIndex(4, kernel);
    index.lay(new Int32Array(3));
    expect(() => index.put(2, new Float32Array(8))).toThrow(RangeError);
    expect(() => index.put(-1, new Float32Array(4))).toThrow(RangeError);
    expect(() => index.put(0, new Float32Array(5))).toThrow(RangeError);
    expect(() => index.lay(new Int32Array(1))).toThrow(RangeError);
  });
});
