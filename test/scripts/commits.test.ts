import { expect, test } from 'vitest';
import { findViolations } from '../../scripts/commits.ts';

test.each([
  ['Add a route', 'expected "area: imperative" in lower case'],
  [`core: ${'x'.repeat(67)}`, '73 characters; at most 72'],
  ['core: add a route; rename another', 'one idea without a full stop; the rest belongs in the body'],
])('the subject "%s" is refused', (subject, violation) => {
  expect(findViolations(subject)).toEqual([violation]);
});

test('a subject of the right form passes', () => {
  expect(findViolations('storage: lock a file by its real path')).toEqual([]);
});
