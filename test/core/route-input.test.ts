/** What may become a route: everything else is a coded refusal that changes nothing. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, openRouter, type Metadata, type Route, type Router } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { attempt, codeOf, refusal } from '../support/promises.ts';
import { SIDES, type Side } from '../support/wire.ts';

class Money {
  readonly amount = 5;
}

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => ({ inner }), 1);
const throwing = {
  get trap(): never {
    throw new Error('the getter threw');
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

type Case = readonly [title: string, value: unknown];

const BAD_NAMES: readonly Case[] = [
  ['empty', ''],
  ['a space', ' '],
  ['with a space', 'two words'],
  ['of 65 characters', 'n'.repeat(65)],
  ['with a line break at its end', 'name\n'],
  ['with a slash', 'a/b'],
  ['with an umlaut', 'öffnung'],
  ['undefined', undefined],
  ['null', null],
  ['a number', 7],
  ['an array of a good name', ['good']],
  ['an object', { toString: () => 'good' }],
];

const BAD_UTTERANCES: readonly Case[] = [
  ['absent', undefined],
  ['null', null],
  ['none', []],
  ['a string', 'refund'],
  ['a set', new Set(['refund'])],
  ['like an array', { 0: 'refund', length: 1 }],
  ['one empty', ['refund', '']],
  ['one blank', [' \t\n\u3000', 'refund']],
  ['one undefined', ['refund', undefined]],
  ['one number', ['refund', 5]],
  ['holes', Array.from({ length: 2 })],
  ['one object', [{ text: 'refund' }]],
  ['one of 10,001 characters', ['x'.repeat(10_001)]],
  ['nothing that the encoder knows', ['🙂🙂']],
];

const BAD_THRESHOLDS: readonly Case[] = [
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['a string', '0.5'],
  ['2', 2],
  ['a little more than 1', 1.000_001],
  ['-1.5', -1.5],
  ['null', null],
  ['a BigInt', 0n],
  ['an array', [0.5]],
];

const BAD_METADATA: readonly Case[] = [
  ['null', null],
  ['a string', 'x'],
  ['an array', [1]],
  ['a function', () => 1],
  ['with a function', { f: () => 1 }],
  ['with a symbol', { s: Symbol('s') }],
  ['with a BigInt', { n: 1n }],
  ['with NaN', { n: NaN }],
  ['with Infinity', { n: -Infinity }],
  ['with a date', { at: new Date(0) }],
  ['a date', new Date(0)],
  ['with a map', { m: new Map([[1, 2]]) }],
  ['with a class instance', { money: new Money() }],
  ['a class instance', new Money()],
  ['with undefined in an array', { list: [undefined] }],
  ['with a hole in an array', { list: Array.from({ length: 3 }, () => 1).concat(Array(2)) }],
  ['with a typed array', { bytes: new Uint8Array(2) }],
  ['in a cycle', cycle],
  ['nested 40 deep', { deep }],
  ['with a getter that throws', throwing],
  ['a proxy whose traps throw', revoked.proxy],
];

async function openWithRoute(side: Side): Promise<Router> {
  const router = await side.open({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  await router.addRoute({ name: 'billing', utterances: ['refund my money'], threshold: 0.25, metadata: { team: 'a' } });
  return router;
}

/** Runs a refused mutation and checks that the router is as it was, and goes on. */
async function expectRefusal(router: Router, act: () => Promise<unknown>, code = 'INVALID_ROUTE'): Promise<void> {
  const before = [await router.routes(), await router.status()];
  expect(await codeOf(attempt(act))).toBe(code);
  const after = [await router.routes(), await router.status()];
  expect(after).toEqual(before);
  expect((await router.query('refund my money')).route).toBe('billing');
}

const GOOD: Route = { name: 'good', utterances: ['a good sentence'] };

describe.each(SIDES)('$side', (side) => {
  test.each(BAD_NAMES)('a name that is %s is refused by every verb', async (_, name) => {
    const router = await openWithRoute(side);
    const bad = name as string;
    await expectRefusal(router, () => router.addRoute({ ...GOOD, name: bad }));
    await expectRefusal(router, () => router.removeRoute(bad));
    await expectRefusal(router, () => router.addUtterances(bad, ['x']));
    await expectRefusal(router, () => router.removeUtterances(bad, ['x']));
    await expectRefusal(router, () => router.setThreshold(bad, 0.1));
    await router.close();
  });

  test.each(BAD_UTTERANCES)('utterances that are %s are refused', async (_, utterances) => {
    const router = await openWithRoute(side);
    await expectRefusal(router, () => router.addRoute({ ...GOOD, utterances: utterances as string[] }));
    await expectRefusal(router, () => router.addUtterances('billing', utterances as string[]));
    await expectRefusal(router, () => router.removeUtterances('billing', utterances as string[]));
    await router.close();
  });

  test.each(BAD_THRESHOLDS)('a threshold of %s is refused', async (_, threshold) => {
    const router = await openWithRoute(side);
    await expectRefusal(router, () => router.addRoute({ ...GOOD, threshold: threshold as number }));
    await expectRefusal(router, () => router.setThreshold('billing', threshold as number));
    await router.close();
  });

  test.each(BAD_METADATA)('metadata that is %s is refused', async (_, metadata) => {
    const router = await openWithRoute(side);
    await expectRefusal(router, () => router.addRoute({ ...GOOD, metadata: metadata as Metadata }));
    await router.close();
  });

  test('what is no object is no route', async () => {
    const router = await openWithRoute(side);
    for (const route of [undefined, null, 'good', 7, [], () => GOOD, [GOOD]]) {
      await expectRefusal(router, () => router.addRoute(route as unknown as Route));
    }
    await router.close();
  });

  test('a route whose own getters throw is refused with the getter’s words', async () => {
    const router = await openWithRoute(side);
    const route = { ...GOOD };
    Object.defineProperty(route, 'utterances', { get: () => throwing.trap, enumerable: true });
    await expectRefusal(router, () => router.addRoute(route));
    const error = await refusal(attempt(() => router.addRoute(route)));
    expect(error.message).toContain('the getter threw');
    await router.close();
  });

  test('properties that a route does not have are of no account, whatever they hold', async () => {
    const router = await openWithRoute(side);
    const route = { ...GOOD, handler: () => 'called', extra: Symbol('extra') };
    await router.addRoute(route);
    expect((await router.routes()).map(({ name }) => name)).toEqual(['billing', 'good']);
    await router.close();
  });

  test('an error says what was got, and no more of a long text than fits a line', async () => {
    const router = await openWithRoute(side);
    const long = 'long '.repeat(100_000);
    const errors = await Promise.all([
      refusal(router.addRoute({ ...GOOD, name: long })),
      refusal(router.removeUtterances('billing', [long.slice(0, 9000)])),
      refusal(router.setThreshold('billing', long as unknown as number)),
    ]);
    for (const { message } of errors) {
      expect(message).toContain('long');
      expect(message.length).toBeLessThan(300);
    }
    await router.close();
  });

  test('keys like __proto__ and constructor are data and pollute nothing', async () => {
    const router = await openWithRoute(side);
    const text = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}';
    await router.addRoute({ ...GOOD, metadata: JSON.parse(text) as Metadata });
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      expect(await codeOf(router.removeRoute(name))).toBe('ROUTE_NOT_FOUND');
      await router.addRoute({ name, utterances: [`sentence of ${name}`] });
      expect((await router.query(`sentence of ${name}`)).route).toBe(name);
    }
    const decision = await router.query('a good sentence');
    expect(decision.route).toBe('good');
    expect(JSON.stringify('metadata' in decision && decision.metadata)).toBe(text);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await router.close();
  });

  test('good names and thresholds at their ends are taken', async () => {
    const router = await openWithRoute(side);
    const names = ['a', 'A-Z_09', 'n'.repeat(64), '-', '_', '0'];
    for (const [i, name] of names.entries()) {
      await router.addRoute({ name, utterances: [`sentence ${i}`], threshold: [-1, 0, -0, 1, 0.5, 1e-9][i] ?? 0 });
    }
    const routes = await router.routes();
    expect(routes.map(({ name }) => name)).toEqual(['billing', ...names]);
    expect(routes.map(({ threshold }) => threshold + 0)).toEqual([0.25, -1, 0, 0, 1, 0.5, 1e-9]);
    await router.close();
  });
});

test('metadata that a few shared objects make endless is refused before it is copied out', async () => {
  const router = await openWithRoute({ side: 'in process', open: openRouter });
  let reads = 0;
  let inner: object = { leaf: 1 };
  for (let depth = 0; depth < 30; depth++) {
    const shared = inner;
    const get = (): object => {
      reads++;
      if (reads > 100_000) throw new Error('read on and on');
      return shared;
    };
    inner = Object.defineProperties({}, { a: { get, enumerable: true }, b: { get, enumerable: true } });
  }
  await expectRefusal(router, () => router.addRoute({ ...GOOD, metadata: inner as Metadata }));
  expect(reads).toBeLessThan(100_000);
  await router.close();
});
