/** Ascending ids, with gaps and without. */

import { expect, test } from 'vitest';
import { IdRanges } from '../../src/storage/id-ranges.ts';
import { createRandom } from '../../bench/measure.ts';

test('none', () => {
  const ids = new IdRanges();
  expect([ids.count, ids.last, ids.positionOf(0), ids.positionOf(1)]).toEqual([0, 0, -1, -1]);
});

test.each([0, 0.01, 0.5, 0.99])('every id has its place and no other has, with %d of them missing', (missing) => {
  const random = createRandom(5);
  const list = Array.from({ length: 2_000 }, (_, i) => i + 3).filter(() => random() >= missing);
  const ids = new IdRanges();
  for (let i = 0, next = 0; i < list.length; i = next) {
    // As blocks come: cut anywhere.
    for (next = i + 1; list[next] === (list[next - 1] as number) + 1 && random() < 0.9;) next++;
    ids.add(list[i] as number, next - i);
  }
  expect([ids.count, ids.last]).toEqual([list.length, list.at(-1)]);
  expect(list.map((_, position) => ids.idAt(position))).toEqual(list);
  const asked = Array.from({ length: 2_010 }, (_, id) => id).toSorted(() => random() - 0.5);
  const positions = new Map(list.map((id, position) => [id, position]));
  expect(asked.map((id) => ids.positionOf(id))).toEqual(asked.map((id) => positions.get(id) ?? -1));
});
