/** A text without content is as near to one utterance as to another: which one is named must not tell what was there before. */

import { createMemoryStorage, openRouter, type LocalRouter } from 'synaptoroute';
import { expect, onTestFinished, test } from 'vitest';
import { createHashEncoder } from '../support/encoders.ts';

async function open(): Promise<LocalRouter> {
  const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
  onTestFinished(() => router.close());
  return router;
}

test.each(['', ' \t', '…', '🙂'])(
  'the answer to %j depends on the routes alone, not on what was removed',
  async (text) => {
    const router = await open();
    await router.addRoute({ name: 'gone', utterances: ['one that goes', 'another that goes', 'a third that goes'] });
    await router.addRoute({ name: 'a', utterances: ['alpha', 'beta', 'gamma'] });
    await router.addRoute({ name: 'b', utterances: ['delta', 'epsilon', 'zeta'], negatives: ['eta', 'theta'] });
    await router.removeRoute('gone');
    await router.removeUtterances('a', ['alpha']);
    await router.addUtterances('a', ['alpha']);
    await router.removeNegatives('b', ['eta']);
    const fresh = await open();
    for (const { name, utterances, negatives } of await router.routes()) {
      await fresh.addRoute({ name, utterances, ...(negatives && { negatives }) });
    }
    const decision = await router.query(text);
    expect(decision).toEqual(await fresh.query(text));
    expect(decision.candidates.map(({ utterance }) => utterance)).toEqual(['beta', 'delta']);
  },
);
