/** A snapshot in pages: none too large for a message, and all of them together what there was. */

import type { StoredRoute } from 'synaptoroute';
import { expect, test } from 'vitest';
import { cutIntoPages, joinPages } from '../../src/cloudflare/snapshot-pages.ts';
import { IDENTITY, utterancesOf } from '../support/storage-contract.ts';

const MAX_BYTES = 1000;
const ROUTES: readonly StoredRoute[] = [
  { name: 'many', utterances: utterancesOf(0, 40), threshold: 0.5, metadata: { note: 'x'.repeat(300) } },
  { name: 'negative', utterances: utterancesOf(0, 1), negatives: utterancesOf(1, 40) },
  { name: 'both', utterances: utterancesOf(0, 12), negatives: utterancesOf(20, 12) },
  ...Array.from({ length: 30 }, (_, i) => ({ name: `small-${i}`, utterances: utterancesOf(i, 1) })),
];

test('utterances and negatives of any route are cut into pages of a bounded size, which join to what there was', () => {
  const pages = cutIntoPages(ROUTES, MAX_BYTES);
  const sizes = pages.map((routes) =>
    routes
      .flatMap(({ utterances, negatives = [] }) => [...utterances, ...negatives])
      .reduce((bytes, { text, vector }) => bytes + 2 * text.length + vector.byteLength, 0),
  );
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_BYTES);
  const messages = pages.map((routes, page) => ({ revision: 1, page, pages: pages.length, encoder: IDENTITY, routes }));
  expect(joinPages(messages)).toEqual({ encoder: IDENTITY, routes: ROUTES });
});
