/** Ids and numbers of stored utterances, however much they were edited; and their texts, as they were read. */

import { expect, test } from 'vitest';
import { createRandom } from '../../bench/measure.ts';
import { sealText } from '../../src/storage/seals.ts';
import { TextBlocks } from '../../src/storage/text-blocks.ts';
import { UtteranceRuns } from '../../src/storage/utterance-runs.ts';

test('none', () => {
  const runs = new UtteranceRuns();
  expect([runs.count, runs.lastId, runs.find(0), runs.find(1), runs.byList().size]).toEqual([
    0,
    0,
    undefined,
    undefined,
    0,
  ]);
  expect(() => runs.idOf(0)).toThrow(RangeError);
});

test.each([
  [0, 1],
  [0.01, 0.95],
  [0.5, 0.5],
  [0.99, 0],
])('every utterance has its number and no other id has, %d of ids missing, %d of lists as before', (missing, same) => {
  const random = createRandom(5);
  const ids = Array.from({ length: 2_000 }, (_, i) => i + 3).filter(() => random() >= missing);
  const lists: number[] = [];
  for (const [i] of ids.entries())
    lists.push(i > 0 && random() < same ? (lists[i - 1] ?? 0) : Math.floor(random() * 5));
  const runs = new UtteranceRuns();
  for (let start = 0; start < ids.length;) {
    const end = Math.min(ids.length, start + 1 + Math.floor(random() * 64));
    runs.add(lists.slice(start, end), (i) => ids[start + i] ?? NaN);
    start = end;
  }
  expect([runs.count, runs.lastId]).toEqual([ids.length, ids.at(-1)]);
  // List 4 is no route's.
  const order = [2, 0, 3, 1].flatMap((list) => ids.filter((_, i) => lists[i] === list));
  const byList = runs.byList();
  let next = 0;
  for (const list of [2, 0, 3, 1]) {
    for (const run of byList.get(list) ?? []) {
      run.number = next;
      next += run.count;
      expect(ids[run.position]).toBe(run.id);
    }
  }
  expect(next).toBe(order.length);
  expect(order.map((_, number) => runs.idOf(number))).toEqual(order);
  const numbers = new Map(order.map((id, number) => [id, number]));
  const isThere = new Set(ids);
  for (const id of Array.from({ length: 2_010 }, (_, i) => i).toSorted(() => random() - 0.5)) {
    const run = runs.find(id);
    expect(run !== undefined).toBe(isThere.has(id));
    if (run && run.number >= 0) expect(run.number + id - run.id).toBe(numbers.get(id));
    else expect(numbers.has(id)).toBe(false);
  }
});

test('texts are cut out of their blocks, across any of them', () => {
  const texts = Array.from({ length: 50 }, (_, i) => `text "${i}"\n`);
  const blocks = new TextBlocks(8);
  for (let i = 0; i < 50; i += 8) blocks.add(JSON.stringify(texts.slice(i, i + 8).map(sealText)));
  for (const [start, end] of [
    [0, 50],
    [3, 7],
    [7, 9],
    [16, 16],
    [5, 41],
    [48, 50],
  ] as const) {
    expect(blocks.slice(start, end)).toEqual(texts.slice(start, end));
  }
  expect(() => blocks.slice(49, 51)).toThrow(RangeError);
  const damaged = new TextBlocks(2);
  damaged.add(JSON.stringify([sealText('a'), sealText('b').replace('b', 'c')]));
  expect(() => damaged.slice(0, 1)).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
  expect(() => blocks.add('[null]')).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
});
