/** What a user says is right becomes an utterance or a negative, and can be taken back. */

import { describe, expect, test } from 'vitest';
import { createMemoryStorage, type Router } from 'synaptoroute';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf } from '../support/promises.ts';
import { SIDES } from '../support/wire.ts';

const TRAP = 'I do not want my money back';

describe.each(SIDES)('feedback, $side', ({ open: openSide }) => {
  async function open(): Promise<Router> {
    const encoder = createHashEncoder({ dimensions: 64, defaultThreshold: 0.6 });
    const router = await openSide({ encoder, storage: createMemoryStorage() });
    const utterances = ['I want my money back', 'please refund my order', 'give me a refund'];
    await router.addRoute({ name: 'refund', utterances, threshold: 0.3 });
    await router.addRoute({
      name: 'hours',
      utterances: ['when do you open', 'are you open on Sunday'],
      threshold: 0.3,
    });
    return router;
  }

  test('that the answer was right changes nothing', async () => {
    const router = await open();
    const { revision } = await router.status();
    expect(await router.feedback('please refund my order', { expected: 'refund' })).toMatchObject({ changes: [] });
    expect(await router.feedback('qwzx vvkj', { expected: null })).toMatchObject({ changes: [], receipts: [] });
    expect(await router.status()).toMatchObject({ revision });
    await router.close();
  });

  test('that it is another route adds an utterance there and a negative here, and undo takes both back', async () => {
    const router = await open();
    const before = await router.routes();
    const given = await router.feedback(TRAP, { expected: 'hours' });
    const { decision, changes, receipts } = given;
    expect(decision.route).toBe('refund');
    expect(changes).toEqual([
      { verb: 'addNegatives', route: 'refund', text: TRAP },
      { verb: 'addUtterances', route: 'hours', text: TRAP },
    ]);
    await Promise.all(receipts.map(({ durable }) => durable));
    expect(await router.query(TRAP)).toMatchObject({ route: 'hours' });
    expect(await given.undo()).toHaveLength(2);
    expect(await router.routes()).toEqual(before);
    expect(await router.query(TRAP)).toMatchObject({ route: 'refund' });
    const { revision } = await router.status();
    await given.undo();
    expect(await router.status()).toMatchObject({ revision });
    await router.close();
  });

  test('that it is none adds a negative', async () => {
    const router = await open();
    const { changes } = await router.feedback(` ${TRAP} `, { expected: null });
    expect(changes).toEqual([{ verb: 'addNegatives', route: 'refund', text: TRAP }]);
    expect(await router.query(TRAP)).toMatchObject({ route: null });
    await router.close();
  });

  test('moves a negative that is an utterance, and an utterance that is a negative', async () => {
    const router = await open();
    await router.feedback(TRAP, { expected: null });
    const back = await router.feedback(TRAP, { expected: 'refund' });
    expect(back.changes.map(({ verb }) => verb)).toEqual(['removeNegatives', 'addUtterances']);
    expect(await router.query(TRAP)).toMatchObject({ route: 'refund' });
    const away = await router.feedback(TRAP, { expected: null });
    expect(away.changes.map(({ verb }) => verb)).toEqual(['removeUtterances', 'addNegatives']);
    expect(await router.query(TRAP)).not.toMatchObject({ route: 'refund' });
    await router.close();
  });

  test('on the only utterance of a route, on an unknown route or of a wrong kind is refused whole', async () => {
    const router = await open();
    await router.addRoute({ name: 'one', utterances: ['a single sentence'] });
    const before = await router.routes();
    expect(await codeOf(router.feedback('a single sentence', { expected: null }))).toBe('INVALID_ROUTE');
    expect(await codeOf(router.feedback('x', { expected: 'nobody' }))).toBe('ROUTE_NOT_FOUND');
    expect(await codeOf(router.feedback('x', undefined as never))).toBe('INVALID_OPTION');
    expect(await codeOf(router.feedback(1 as never, { expected: null }))).toBe('INVALID_QUERY');
    expect(await router.routes()).toEqual(before);
    await router.close();
  });

  test('of which the second change fails leaves nothing of the first', async () => {
    const router = await open();
    const before = await router.routes();
    // A text without a word that the encoder knows can be a query, and neither utterance nor negative.
    await router.setThreshold('refund', -1);
    expect(await codeOf(router.feedback('?!', { expected: 'hours' }))).toBe('INVALID_ROUTE');
    await router.setThreshold('refund', 0.3);
    expect(await router.routes()).toEqual(before);
    await router.close();
  });
});
