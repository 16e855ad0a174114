/** What is wrong with routes as they are written: each fault planted, each found, and nothing found in sound routes. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, type LintFinding, type Route, type Router } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

const SOUND: readonly Route[] = [
  { name: 'refund', utterances: ['refund my order', 'refund my order please', 'a refund of my order'] },
  { name: 'hours', utterances: ['open on Sunday', 'open on Sunday morning', 'are you open on Sunday'] },
];

describe.each(SIDES)('lint, $side', ({ open: openSide }) => {
  async function open(routes: readonly Route[]): Promise<Router> {
    const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
    const router = await openSide({ encoder, storage: createMemoryStorage() });
    for (const route of routes) await router.addRoute(route);
    return router;
  }

  async function findings(routes: readonly Route[], kind: LintFinding['kind']): Promise<readonly LintFinding[]> {
    const router = await open(routes);
    const report = await router.lint();
    expect(report.examined).toBe(report.utterances);
    await router.close();
    return report.findings.filter((finding) => finding.kind === kind);
  }

  test('finds nothing in sound routes, and none in no routes', async () => {
    const router = await open(SOUND);
    expect(await router.lint()).toEqual({ findings: [], examined: 6, utterances: 6 });
    await router.close();
    const empty = await open([]);
    expect(await empty.lint()).toEqual({ findings: [], examined: 0, utterances: 0 });
    await empty.close();
    expect(await codeOf(empty.lint())).toBe('CLOSED');
  });

  test('lets queries through while it looks, has changes wait, and ends with its signal', async () => {
    const routes = Array.from({ length: 20 }, (_, r) => ({
      name: `route-${r}`,
      utterances: Array.from({ length: 100 }, (__, i) => `sentence ${i * (r + 3)} of ${r} and ${i % 7}`),
    }));
    const router = await open(routes);
    const ends: string[] = [];
    const linting = router.lint().finally(() => ends.push('lint'));
    const changing = router.setThreshold('route-0', 0.5).finally(() => ends.push('change'));
    const query = router.query('sentence 6 of 0').finally(() => ends.push('query'));
    expect(await linting).toMatchObject({ examined: 2000, utterances: 2000 });
    await Promise.all([query, changing]);
    expect(ends).toEqual(['query', 'lint', 'change']);
    const abort = new AbortController();
    const aborted = codeOf(router.lint({ signal: abort.signal }));
    await router.query('sentence 6 of 1');
    abort.abort();
    expect(await aborted).toBe('ABORTED');
    expect(await codeOf(router.lint({ timeoutMs: 0 }))).toBe('TIMEOUT');
    await router.close();
  });

  test('finds a sentence that two routes have, once', async () => {
    const [first, second] = SOUND as readonly [Route, Route];
    const twin = { ...second, utterances: [...second.utterances, 'Refund my order!'] };
    const found = await findings([first, twin], 'near-duplicate');
    expect(found).toMatchObject([
      {
        routes: ['refund', 'hours'],
        utterances: [
          { route: 'refund', text: 'refund my order' },
          { route: 'hours', text: 'Refund my order!' },
        ],
      },
    ]);
    expect(found[0]?.utterances[0]?.score).toBeCloseTo(1, 4);
  });

  test('finds utterances that another route takes', async () => {
    const [first, second] = SOUND as readonly [Route, Route];
    const stray = { ...second, utterances: [...second.utterances, 'a refund of my order please'] };
    const [swallowed] = await findings([first, stray], 'swallowed');
    expect(swallowed).toMatchObject({
      routes: ['hours', 'refund'],
      utterances: [{ route: 'hours', text: 'a refund of my order please' }],
    });
    expect(swallowed?.action).toContain('negatives');
  });

  test('finds routes too thin to calibrate', async () => {
    const thin = { name: 'thin', utterances: ['where is the parcel', 'parcel tracking'] };
    expect(await findings([...SOUND, thin], 'thin')).toMatchObject([{ routes: ['thin'] }]);
  });

  test('finds utterances on which nothing rests, and leaves a route three', async () => {
    // Two pairs, each the other's nearest, and one that nothing is nearest to.
    const pairs = ['refund my order', 'refund my order please', 'money back now', 'money back now today'];
    const refund = { name: 'refund', threshold: 0.2, utterances: [...pairs, 'order money back refund'] };
    const [found, ...more] = await findings([refund, SOUND[1] as Route], 'dead');
    expect(found).toMatchObject({ routes: ['refund'], utterances: [{ text: 'order money back refund' }] });
    // It is so: without it the same text, as a query, goes where it went.
    const router = await open([{ ...refund, utterances: pairs }, SOUND[1] as Route]);
    expect(await router.query('order money back refund')).toMatchObject({ route: 'refund' });
    await router.close();
    expect(more).toEqual([]);
  });
});
