/** What an encoder must not hold on to. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEncoder, type Encoder } from 'synaptoroute/node';
import { expect, test } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('an encoder keeps no vectors of answered calls', async () => {
  const encoder = await createEncoder({ thread: 'caller' });
  const first = await encodeWeakly(encoder);
  await encodeWeakly(encoder);
  // A WeakRef holds its target until the turn in which it was made has ended.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(first.deref()).toBeUndefined();
  await encoder.close?.();
});

async function encodeWeakly(encoder: Encoder): Promise<WeakRef<Float32Array>> {
  const { vectors } = await encoder.encode(['hello']);
  return new WeakRef(vectors);
}
