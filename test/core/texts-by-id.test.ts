/** Texts that are laid in lists, read late, and changed before and after. */

import { expect, test } from 'vitest';
import { TextsById } from '../../src/core/texts-by-id.ts';
import type { TextList } from '../../src/core/types.ts';

test('lists are read once, when one of their texts is asked for, and what was set before holds', () => {
  let reads = 0;
  const list = (...texts: readonly string[]): TextList => ({
    length: texts.length,
    read() {
      reads++;
      return texts;
    },
  });
  const texts = new TextsById();
  texts.lay([list('a', 'b'), list(), list('c')]);
  texts.set(3, 'new');
  texts.set(1, '');
  texts.set(1, 'in its place');
  expect([texts.get(3), texts.get(1), reads]).toEqual(['new', 'in its place', 0]);
  expect([texts.get(0), texts.get(1), texts.get(2), texts.get(3)]).toEqual(['a', 'in its place', 'c', 'new']);
  expect(reads).toBe(3);
  texts.set(0, 'later');
  expect([texts.get(0), reads]).toEqual(['later', 3]);
});
