import { createMemoryStorage, openRouter, type EncodeOptions } from 'synaptoroute';
import { expect, test } from 'vitest';
import { createHashEncoder } from '../support/encoders.ts';

test('tells the encoder which texts are queries and which are utterances', async () => {
  const seen = new Map<string, EncodeOptions['kind']>();
  const hash = createHashEncoder();
  const encoder = {
    ...hash,
    encode(texts: readonly string[], options: EncodeOptions = {}) {
      for (const text of texts) seen.set(text, options.kind);
      return hash.encode(texts);
    },
  };
  const router = await openRouter({ encoder, storage: createMemoryStorage() });
  await router.addRoute({ name: 'greet', utterances: ['hello there'] });
  await Promise.all([
    router.addUtterances('greet', ['good morning']),
    router.queryMany(['good evening', 'good night']),
    router.query('hi'),
    router.encode(['good day']),
    router.encode(['good afternoon'], { kind: 'utterance' }),
  ]);
  expect(Object.fromEntries(seen)).toEqual({
    'hello there': 'utterance',
    'good morning': 'utterance',
    'good evening': 'query',
    'good night': 'query',
    hi: 'query',
    'good day': 'query',
    'good afternoon': 'utterance',
  });
  await router.close();
});
