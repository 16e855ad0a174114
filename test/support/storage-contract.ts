/**
 * What every storage must do, as cases that any runtime can run: a page, a worker, an isolate, Node. They import no
 * test runner; a case that is not met throws.
 */

import type { Mutation, StoredRoute, StoredState, StoredUtterance } from 'synaptoroute';
import { ALTERED } from './altered-case.ts';
import {
  IDENTITY,
  OTHER,
  addRoute,
  routeOf,
  utterancesOf,
  vectorOf,
  type ContractCase,
  type StoragePlace,
} from './contract-parts.ts';
import { loaded, same } from './stored-states.ts';

export { IDENTITY, utterancesOf, vectorOf, type ContractCase, type StoragePlace };

/** Loads, applies one list of changes after another, and compares with `expected` at once and after opening again. */
async function expectAfter(
  place: StoragePlace,
  writes: readonly (readonly Mutation[])[],
  expected: StoredState,
): Promise<void> {
  const storage = await place.open();
  await storage.load(IDENTITY);
  for (const mutations of writes) await storage.apply(mutations);
  same(await loaded(storage, IDENTITY), expected, 'what is loaded again');
  await storage.close();
  const again = await place.open();
  same(await loaded(again, IDENTITY), expected, 'what is loaded after opening again');
  await again.close();
}

const addOne = (i: number): Mutation => ({
  type: 'add-utterances',
  name: 'a',
  utterances: utterancesOf(5000 + i, 1),
});

const setFit = (fit: Uint8Array | undefined): readonly Mutation[] => [{ type: 'set-fit', fit }];

const odd: StoredRoute = {
  name: 'odd',
  utterances: [
    { text: 'naïve — "quoted" \u0000 \u{1F980} \\u0041', vector: vectorOf(1) },
    { text: "'; DROP TABLE routes; --", vector: vectorOf(2) },
    { text: 'nothing that the encoder knows', vector: new Float32Array(4) },
  ],
  negatives: [{ text: 'not this', vector: vectorOf(3) }],
  threshold: 0,
  metadata: { deep: { list: [1, 'two', null, false, 0.1] }, '': '' },
};

/** As long as a text may be, of what takes the most room in JSON. */
const longest = utterancesOf(0, 70).map(({ text, vector }) => ({ text: text.padEnd(10_000, '\u0001'), vector }));
const long: StoredRoute = { name: 'long', utterances: longest };

export const STORAGE_CONTRACT: readonly ContractCase[] = [
  {
    name: 'an empty storage has no routes, and becomes the encoder that loads it',
    async run(place) {
      const storage = await place.open();
      same(await loaded(storage, IDENTITY), { encoder: IDENTITY, routes: [] }, 'the first load');
      await storage.close();
      const again = await place.open();
      same(await loaded(again, OTHER), { encoder: OTHER, routes: [] }, 'the load by another encoder, still empty');
      await again.close();
    },
  },
  {
    name: 'a storage with routes says which encoder made them, and stays that one',
    async run(place) {
      const storage = await place.open();
      await storage.load(IDENTITY);
      await storage.apply([addRoute(routeOf('a', 0, 1))]);
      await storage.close();
      const again = await place.open();
      same(
        await again.load(OTHER),
        { encoder: IDENTITY, routes: [routeOf('a', 0, 1)] },
        'what the other encoder is told',
      );
      await again.close();
    },
  },
  {
    name: 'texts, vectors, thresholds, metadata and negatives come back bit for bit',
    run: (place) => expectAfter(place, [[addRoute(odd)], [addRoute(long)]], { encoder: IDENTITY, routes: [odd, long] }),
  },
  {
    name: 'routes and utterances keep the order in which they were added, over removals',
    run: (place) =>
      expectAfter(
        place,
        [
          [addRoute(routeOf('c', 0, 3)), addRoute(routeOf('a', 10, 2)), addRoute(routeOf('b', 20, 2))],
          [{ type: 'remove-utterances', name: 'c', texts: ['text 0'] }],
          [{ type: 'add-utterances', name: 'c', utterances: utterancesOf(0, 1) }],
          [{ type: 'remove-route', name: 'a' }, addRoute(routeOf('a', 10, 1))],
        ],
        {
          encoder: IDENTITY,
          routes: [
            { name: 'c', utterances: [...utterancesOf(1, 2), ...utterancesOf(0, 1)] },
            routeOf('b', 20, 2),
            routeOf('a', 10, 1),
          ],
        },
      ),
  },
  {
    name: 'thresholds are set, changed and removed',
    run: (place) =>
      expectAfter(
        place,
        [
          ['a', 'b', 'c'].map((name) => addRoute({ ...routeOf(name, 0, 1), threshold: 0.5 })),
          [{ type: 'set-threshold', name: 'a', threshold: -1 }],
          [{ type: 'set-threshold', name: 'b', threshold: undefined }],
        ],
        {
          encoder: IDENTITY,
          routes: [
            { ...routeOf('a', 0, 1), threshold: -1 },
            routeOf('b', 0, 1),
            { ...routeOf('c', 0, 1), threshold: 0.5 },
          ],
        },
      ),
  },
  {
    name: 'negatives are added and removed apart from utterances of the same text',
    run: (place) =>
      expectAfter(
        place,
        [
          [addRoute(routeOf('a', 0, 2)), { type: 'add-negatives', name: 'a', utterances: utterancesOf(0, 3) }],
          [{ type: 'remove-negatives', name: 'a', texts: ['text 0', 'text 1'] }],
          [{ type: 'remove-utterances', name: 'a', texts: ['text 1'] }],
        ],
        {
          encoder: IDENTITY,
          routes: [{ ...routeOf('a', 0, 1), negatives: utterancesOf(2, 1) }],
        },
      ),
  },
  {
    name: 'what was learnt is kept, replaced and removed',
    async run(place) {
      // Larger than any BLOB that a home of SQLite takes at once.
      const large = Uint8Array.from({ length: 5_000_001 }, (_, i) => (i * 31) % 251);
      await expectAfter(place, [setFit(Uint8Array.of(1, 2, 3)), setFit(large)], {
        encoder: IDENTITY,
        routes: [],
        fit: large,
      });
      await expectAfter(place, [setFit(new Uint8Array(0))], { encoder: IDENTITY, routes: [], fit: new Uint8Array(0) });
      await expectAfter(place, [setFit(undefined)], { encoder: IDENTITY, routes: [] });
    },
  },
  {
    name: 'replace-all puts other routes and another encoder in place of everything',
    async run(place) {
      const storage = await place.open();
      await storage.load(IDENTITY);
      await storage.apply([addRoute(routeOf('a', 0, 3)), { type: 'set-fit', fit: Uint8Array.of(1) }]);
      const routes = [{ name: 'b', utterances: utterancesOf(5, 2, 2), threshold: 0.25 }];
      await storage.apply([{ type: 'replace-all', encoder: OTHER, routes }]);
      await storage.apply([{ type: 'add-utterances', name: 'b', utterances: utterancesOf(9, 1, 2) }]);
      const expected = {
        encoder: OTHER,
        routes: [{ name: 'b', utterances: [...utterancesOf(5, 2, 2), ...utterancesOf(9, 1, 2)], threshold: 0.25 }],
      };
      same(await loaded(storage, OTHER), expected, 'what is loaded again');
      await storage.close();
      const again = await place.open();
      same(await loaded(again, OTHER), expected, 'what is loaded after opening again');
      await again.close();
    },
  },
  {
    name: 'many changes of one transaction apply in order, in bulk and one by one',
    async run(place) {
      await expectAfter(
        place,
        [
          [
            addRoute(routeOf('a', 0, 1500)),
            addRoute(routeOf('b', 2000, 700)),
            ...Array.from({ length: 40 }, (_, i) => addOne(i)),
          ],
          [{ type: 'remove-utterances', name: 'a', texts: utterancesOf(0, 1499).map(({ text }) => text) }],
        ],
        {
          encoder: IDENTITY,
          routes: [
            { name: 'a', utterances: [...utterancesOf(1499, 1), ...utterancesOf(5000, 40)] },
            routeOf('b', 2000, 700),
          ],
        },
      );
    },
  },
  {
    name: 'a state stays the same over a hundred openings with single edits between',
    async run(place) {
      let expected: StoredUtterance[] = utterancesOf(0, 50);
      for (let i = 0; i < 100; i++) {
        const storage = await place.open();
        await storage.load(IDENTITY);
        if (i === 0) await storage.apply([addRoute(routeOf('a', 0, 50))]);
        const [gone] = expected;
        if (!gone) throw new Error('the case lost its utterances');
        await storage.apply([{ type: 'add-utterances', name: 'a', utterances: utterancesOf(100 + i, 1) }]);
        await storage.apply([{ type: 'remove-utterances', name: 'a', texts: [gone.text] }]);
        expected = [...expected.slice(1), ...utterancesOf(100 + i, 1)];
        same(
          await storage.load(IDENTITY),
          { encoder: IDENTITY, routes: [{ name: 'a', utterances: expected }] },
          `round ${i}`,
        );
        await storage.close();
      }
    },
  },
  {
    name: 'what was emptied goes on with an encoder of other dimensions, over a hundred single edits',
    async run(place) {
      const emptied = await place.open();
      await emptied.load(IDENTITY);
      await emptied.apply([addRoute(routeOf('a', 0, 3)), { type: 'remove-route', name: 'a' }]);
      await emptied.close();
      const storage = await place.open();
      await storage.load(OTHER);
      const [first, ...others] = utterancesOf(0, 100, 2) as [StoredUtterance, ...StoredUtterance[]];
      await storage.apply([addRoute({ name: 'b', utterances: [first] })]);
      for (const other of others) await storage.apply([{ type: 'add-utterances', name: 'b', utterances: [other] }]);
      const expected = { encoder: OTHER, routes: [{ name: 'b', utterances: [first, ...others] }] };
      same(await loaded(storage, OTHER), expected, 'what is loaded again');
      await storage.close();
    },
  },
  ALTERED,
  {
    name: 'status names the kind, and closing twice is no error',
    async run(place) {
      const storage = await place.open();
      const { kind, persistent } = storage.status();
      if (kind === '' || typeof persistent !== 'boolean') throw new Error('the status says nothing');
      await storage.close();
      await storage.close();
    },
  },
];
