/** The small model that a tab practises on before it leads. */

import * as ort from 'onnxruntime-web/wasm';
import { expect, test } from 'vitest';
import { buildRehearsal } from '../../scripts/build-rehearsal.ts';
import { createSessionRunner, decodeModel } from '../../src/encoder/onnx-session.ts';
import { REHEARSAL_MODEL } from '../../src/encoder/rehearsal-model.ts';

test('the rehearsal model is what its script makes of the embedded model’s graph, and answers with unit vectors', async () => {
  expect(REHEARSAL_MODEL).toBe(Buffer.from(buildRehearsal()).toString('base64'));
  ort.env.wasm.numThreads = 1;
  const describe = { runtime: 'onnxruntime-web', device: 'wasm', threads: 1 } as const;
  const runner = await createSessionRunner({ ort, describe, pooling: 'mean' }, decodeModel(REHEARSAL_MODEL));
  const vectors = await runner.run([[1, 2, 3], [4]]);
  await runner.close();
  expect(vectors).toHaveLength(16);
  expect(Math.hypot(...vectors.subarray(0, 8))).toBeCloseTo(1, 5);
});
