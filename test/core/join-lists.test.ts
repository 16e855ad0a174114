/** Lists as one, more of them than a call takes arguments. */

import { expect, test } from 'vitest';
import { joinLists } from '../../src/core/join-lists.ts';

test.each([0, 1, 4_096, 4_097, 150_000])('%i lists', (count) => {
  const lists = Array.from({ length: count }, (_, i) => (i % 3 === 0 ? [] : [i, -i]));
  expect(joinLists(lists)).toEqual(lists.flat());
});
