/** Which texts a change of routes would move, told before it is made, and true once it is. */

import { describe, expect, test, vi } from 'vitest';
import { createMemoryStorage, openRouter, type Router, type RouteChange } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

const TRAP = 'I do not want my money back';
const TEXTS = [TRAP, 'please refund my order', 'are you open on Sunday', 'where is my parcel', 'qwzx'];

/** A change, and the same as a call. */
const CHANGES: readonly (readonly [RouteChange, (router: Router) => Promise<unknown>])[] = [
  [{ addNegatives: [TRAP], route: 'refund' }, (router) => router.addNegatives('refund', [TRAP])],
  [{ addUtterances: [TRAP], route: 'hours' }, (router) => router.addUtterances('hours', [TRAP])],
  [
    { removeUtterances: ['please refund my order'], route: 'refund' },
    (router) => router.removeUtterances('refund', ['please refund my order']),
  ],
  [{ removeNegatives: ['give me'], route: 'refund' }, (router) => router.removeNegatives('refund', ['give me'])],
  [{ setThreshold: 0.99, route: 'refund' }, (router) => router.setThreshold('refund', 0.99)],
  [{ setThreshold: undefined, route: 'refund' }, (router) => router.setThreshold('refund', undefined)],
  [{ removeRoute: 'hours' }, (router) => router.removeRoute('hours')],
  [
    { addRoute: { name: 'parcel', utterances: ['where is my parcel', 'track my parcel'] } },
    (router) => router.addRoute({ name: 'parcel', utterances: ['where is my parcel', 'track my parcel'] }),
  ],
];

describe.each(SIDES)('replay, $side', ({ open: openSide }) => {
  async function open(): Promise<Router> {
    const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
    const router = await openSide({ encoder, storage: createMemoryStorage() });
    const utterances = ['I want my money back', 'please refund my order', 'give me a refund'];
    await router.addRoute({ name: 'refund', utterances, negatives: ['give me'], threshold: 0.3 });
    await router.addRoute({
      name: 'hours',
      utterances: ['when do you open', 'are you open on Sunday'],
      threshold: 0.3,
    });
    return router;
  }

  test.each(CHANGES)('tells what %j moves', async (change, make) => {
    const router = await open();
    const [routes, before] = [await router.routes(), await router.queryMany(TEXTS)];
    const { texts, moved } = await router.replay(TEXTS, [change]);
    expect(texts).toBe(TEXTS.length);
    expect(await router.routes()).toEqual(routes);
    await make(router);
    const after = await router.queryMany(TEXTS);
    const truly = TEXTS.filter(
      (_, i) => before[i]?.route !== after[i]?.route || before[i]?.reason !== after[i]?.reason,
    );
    expect(moved.map(({ text }) => text)).toEqual(truly);
    for (const { text, before: was, after: is } of moved) {
      expect(was.route).toBe(before[TEXTS.indexOf(text)]?.route);
      expect(is.route).toBe(after[TEXTS.indexOf(text)]?.route);
    }
    await router.close();
  });

  test('moves something by a negative, a removal and a new route; nothing without changes', async () => {
    const router = await open();
    for (const i of [0, 6, 7]) {
      expect((await router.replay(TEXTS, [CHANGES[i]?.[0] as RouteChange])).moved).not.toEqual([]);
    }
    expect(await router.replay(TEXTS, [])).toEqual({ texts: TEXTS.length, moved: [] });
    expect(await router.replay([], [{ removeRoute: 'hours' }])).toEqual({ texts: 0, moved: [] });
    await router.close();
  });

  test('applies many changes in order, and refuses what the changes themselves would be refused for', async () => {
    const router = await open();
    const twice: readonly RouteChange[] = [{ removeRoute: 'hours' }, { removeRoute: 'hours' }];
    expect(await codeOf(router.replay(TEXTS, twice))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.replay(TEXTS, [{ addUtterances: [], route: 'hours' }]))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.replay(TEXTS, [{ renameRoute: 'hours' } as never]))).toBe('INVALID_OPTION');
    const both = { addUtterances: [TRAP], removeUtterances: ['please refund my order'], route: 'refund' };
    expect(await codeOf(router.replay(TEXTS, [both]))).toBe('INVALID_OPTION');
    expect(await codeOf(router.replay(TEXTS, null as never))).toBe('INVALID_OPTION');
    expect(await codeOf(router.replay('x' as never as [], []))).toBe('INVALID_QUERY');
    expect(await codeOf(router.replay(TEXTS, [], { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await router.routes()).toHaveLength(2);
    await router.close();
  });
});

test('the copy is searched by the kernel that the router was given', async () => {
  const options = { encoder: createHashEncoder(), storage: createMemoryStorage(), kernel: 'js' } as const;
  const router = await openRouter(options);
  await router.addRoute({ name: 'hours', utterances: ['are you open on Sunday'] });
  const memory = vi.spyOn(WebAssembly, 'Memory');
  expect(await router.replay(TEXTS, [{ removeRoute: 'hours' }])).toMatchObject({ texts: TEXTS.length });
  expect(memory).not.toHaveBeenCalled();
  memory.mockRestore();
  await router.close();
});
