/** The index of vectors against an oracle that keeps every vector by itself and multiplies in the plainest way. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VectorIndex } from '../../src/core/vector-index.ts';
import { attempt, codeOf } from '../support/promises.ts';

interface Row {
  readonly vector: Float32Array;
  readonly owner: number;
}

interface Question {
  readonly queries: readonly Float32Array[];
  readonly groupOfOwner: readonly number[];
  readonly groupCount: number;
  readonly hitsPerGroup: number;
}

const OWNERS = 6;
const KERNELS = ['auto', 'js'] as const;

function plainDot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

/** A unit vector from a seed; the same seed gives the same vector, and `spread` how far seeds lie from each other. */
function vectorOf(seed: number, dimensions: number, spread = 1): Float32Array {
  const values = Array.from(
    { length: dimensions },
    (_, i) => Math.sin(i + 1) + spread * Math.sin((seed + 1) * 12.9898 + i * 78.233),
  );
  const length = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / length);
}

function eachOwner(queries: readonly Float32Array[], hitsPerGroup = 1): Question {
  return { queries, groupOfOwner: Array.from({ length: OWNERS }, (_, i) => i), groupCount: OWNERS, hitsPerGroup };
}

/** Compares a search with sorting everything. Ids are compared by their scores, for equal ones may change places. */
function compare(index: VectorIndex, rows: ReadonlyMap<number, Row>, question: Question): void {
  const { queries, groupOfOwner, groupCount, hitsPerGroup } = question;
  const hits = index.search({ queries, groupOfOwner: Int32Array.from(groupOfOwner), groupCount, hitsPerGroup });
  expect(hits.scores).toHaveLength(queries.length * groupCount * hitsPerGroup);
  for (const [q, query] of queries.entries()) {
    for (let group = 0; group < groupCount; group++) {
      const members = [...rows].filter(([, { owner }]) => groupOfOwner[owner] === group);
      const best = members.map(([, { vector }]) => plainDot(vector, query)).toSorted((a, b) => b - a);
      const start = (q * groupCount + group) * hitsPerGroup;
      const ids = [...hits.ids.subarray(start, start + hitsPerGroup)];
      const found = Math.min(hitsPerGroup, members.length);
      expect(new Set(ids.slice(0, found)).size).toBe(found);
      for (const [place, id] of ids.entries()) {
        const score = hits.scores[start + place] ?? NaN;
        if (place >= found) {
          expect([id, score]).toEqual([-1, -Infinity]);
          continue;
        }
        const row = rows.get(id);
        expect(row && groupOfOwner[row.owner]).toBe(group);
        expect(score).toBeCloseTo(best[place] ?? NaN, 5);
        expect(row && plainDot(row.vector, query)).toBeCloseTo(best[place] ?? NaN, 5);
      }
    }
  }
}

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ add: fc.nat(500), owner: fc.nat(OWNERS - 1) }) },
  { weight: 3, arbitrary: fc.record({ remove: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.record({ replace: fc.nat(1000), by: fc.nat(500) }) },
);

describe.each(KERNELS)('with the kernel %s', (kernel) => {
  test('any history of additions, removals and replacements finds what a naive search finds, in 1 to 70 dimensions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(operation, { maxLength: 300 }),
        (dimensions, operations) => {
          const index = new VectorIndex(dimensions, kernel);
          const rows = new Map<number, Row>();
          const pick = (number: number): number | undefined => [...rows.keys()][number % rows.size];
          for (const action of operations) {
            if ('add' in action) {
              const vector = vectorOf(action.add, dimensions);
              const id = index.add(vector, action.owner);
              expect(rows.has(id), `id ${id} was in use`).toBe(false);
              rows.set(id, { vector, owner: action.owner });
            } else if ('remove' in action) {
              const id = pick(action.remove);
              if (id === undefined) continue;
              index.remove(id);
              rows.delete(id);
            } else {
              const id = pick(action.replace);
              if (id === undefined) continue;
              const vector = vectorOf(action.by, dimensions);
              index.replace(id, vector);
              rows.set(id, { vector, owner: rows.get(id)?.owner ?? -1 });
            }
            expect(index.size).toBe(rows.size);
          }
          compare(index, rows, eachOwner([vectorOf(-7, dimensions), vectorOf(3, dimensions)], 1 + (dimensions % 3)));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('hundreds of rows that lie close together are told apart, for any number of queries and hits', () => {
    const small = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 700 }),
        small,
        small,
        fc.constantFrom(1, 1e-2, 1e-4),
        (count, queries, hits, spread) => {
          const dimensions = 33;
          const index = new VectorIndex(dimensions, kernel);
          const rows = new Map<number, Row>();
          for (let i = 0; i < count; i++) {
            const vector = vectorOf(i, dimensions, spread);
            rows.set(index.add(vector, i % OWNERS), { vector, owner: i % OWNERS });
          }
          const asked = Array.from({ length: queries }, (_, i) => vectorOf(-i - 2, dimensions, spread));
          compare(index, rows, eachOwner(asked, hits));
          compare(index, rows, {
            queries: asked,
            groupOfOwner: [0, -1, 1, 0, -1, 1],
            groupCount: 3,
            hitsPerGroup: hits,
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  test('growth keeps every vector, and ids hold while others are removed', () => {
    const dimensions = 7;
    const index = new VectorIndex(dimensions, kernel);
    const rows = new Map<number, Row>();
    for (let i = 0; i < 1500; i++) {
      const vector = vectorOf(i, dimensions);
      rows.set(index.add(vector, i % OWNERS), { vector, owner: i % OWNERS });
    }
    for (const id of [...rows.keys()].filter((key) => key % 3 !== 0)) {
      index.remove(id);
      rows.delete(id);
    }
    expect(index.size).toBe(500);
    compare(index, rows, eachOwner([vectorOf(42, dimensions), vectorOf(-42, dimensions)], 5));
  });

  test('many vectors of one owner come at once, as if one by one, into room that may be reserved before', () => {
    const dimensions = 19;
    const index = new VectorIndex(dimensions, kernel);
    index.reserve(2500);
    const { byteLength } = index;
    const rows = new Map<number, Row>();
    for (let owner = 0; owner < OWNERS; owner++) {
      const vectors = Array.from({ length: 400 }, (_, i) => vectorOf(owner * 1000 + i, dimensions));
      for (const [i, id] of index.addMany(vectors, owner).entries()) {
        expect(rows.has(id)).toBe(false);
        rows.set(id, { vector: vectors[i] ?? new Float32Array(), owner });
      }
    }
    expect([index.size, index.byteLength]).toEqual([2400, byteLength]);
    expect([...index.addMany([], 0)]).toEqual([]);
    compare(index, rows, eachOwner([vectorOf(42, dimensions), vectorOf(3003, dimensions)], 4));
  });

  test('many vectors of which one has another length are refused, and none is added', async () => {
    const index = new VectorIndex(4, kernel);
    const vectors = [vectorOf(1, 4), vectorOf(2, 4), new Float32Array(5)];
    expect(await codeOf(attempt(() => index.addMany(vectors, 0)))).toBe('ENCODER_MISMATCH');
    expect(index.size).toBe(0);
  });

  test('a vector that is neither of unit length nor zero is told, and one with NaN', () => {
    const dimensions = 33;
    const index = new VectorIndex(dimensions, kernel);
    const unit = vectorOf(5, dimensions);
    const id = index.add(unit, 0);
    expect(index.hasSoundLengths()).toBe(true);
    for (const scale of [1e-37, 1e-13, 1e-6, 0.99, 1.01, 1e6, 1e13, 1e18]) {
      const vector = unit.map((value) => value * scale);
      index.replace(id, vector);
      expect(index.hasSoundLengths()).toBe(false);
      index.replace(id, new Float32Array(dimensions));
      expect(index.hasSoundLengths()).toBe(true);
      vector[32] = NaN;
      index.replace(id, vector);
      expect(index.hasSoundLengths()).toBe(false);
    }
  });

  test('vectors of very different lengths are told apart as by multiplying all of them', () => {
    const dimensions = 40;
    const index = new VectorIndex(dimensions, kernel);
    for (let i = 0; i < 3000; i++) {
      const scale = 10 ** ((i % 49) - 24);
      index.add(
        vectorOf(i, dimensions, 0.3).map((value) => value * scale),
        i % OWNERS,
      );
    }
    for (const scale of [1e-12, 1, 1e12]) {
      const queries = [1, 2, 3, 4, 5].map((i) => vectorOf(-i, dimensions).map((value) => value * scale));
      const groupOfOwner = Int32Array.from({ length: OWNERS }, (_, i) => i);
      const question = { queries, groupOfOwner, groupCount: OWNERS, hitsPerGroup: 3 };
      expect(index.search({ ...question, precision: 'int8' })).toEqual(
        index.search({ ...question, precision: 'float32' }),
      );
    }
  });

  test('emptied and filled again ten times it takes no more memory', () => {
    const index = new VectorIndex(8, kernel);
    const fill = (): void => {
      const ids = Array.from({ length: 2000 }, (_, i) => index.add(vectorOf(i, 8), 0));
      for (const id of ids) index.remove(id);
    };
    fill();
    const { byteLength } = index;
    for (let i = 0; i < 10; i++) fill();
    expect([index.size, index.byteLength]).toEqual([0, byteLength]);
  });

  test('a removed id is refused a second time, as is one that never was, and nothing changes', () => {
    const index = new VectorIndex(3, kernel);
    const keep = index.add(vectorOf(1, 3), 0);
    const gone = index.add(vectorOf(2, 3), 1);
    index.remove(gone);
    for (const id of [gone, -1, 1000, NaN]) {
      expect(() => index.remove(id)).toThrow(RangeError);
      expect(() => index.replace(id, vectorOf(3, 3))).toThrow(RangeError);
    }
    compare(index, new Map([[keep, { vector: vectorOf(1, 3), owner: 0 }]]), eachOwner([vectorOf(3, 3)]));
  });

  test('the index copies a vector in: changing the caller’s array later changes nothing', () => {
    const index = new VectorIndex(4, kernel);
    const vector = vectorOf(5, 4);
    const id = index.add(vector, 0);
    const kept = vector.slice();
    vector.fill(9);
    compare(index, new Map([[id, { vector: kept, owner: 0 }]]), eachOwner([vectorOf(6, 4)]));
  });

  test('a vector of another length is refused with ENCODER_MISMATCH, and nothing changes', async () => {
    const index = new VectorIndex(4, kernel);
    const id = index.add(vectorOf(1, 4), 0);
    for (const length of [0, 3, 5, 8]) {
      expect(await codeOf(attempt(() => index.add(new Float32Array(length), 0)))).toBe('ENCODER_MISMATCH');
      expect(await codeOf(attempt(() => index.replace(id, new Float32Array(length))))).toBe('ENCODER_MISMATCH');
    }
    compare(index, new Map([[id, { vector: vectorOf(1, 4), owner: 0 }]]), eachOwner([vectorOf(6, 4)]));
  });

  test('an empty index, no queries and queries of zeros have answers', () => {
    const index = new VectorIndex(5, kernel);
    compare(index, new Map(), eachOwner([vectorOf(1, 5)], 2));
    compare(index, new Map(), eachOwner([]));
    const rows = new Map<number, Row>();
    for (let i = 0; i < 300; i++) {
      const vector = i % 50 === 0 ? new Float32Array(5) : vectorOf(i, 5);
      rows.set(index.add(vector, i % 2), { vector, owner: i % 2 });
    }
    compare(index, rows, eachOwner([new Float32Array(5), vectorOf(1, 5)], 3));
  });
});
