/**
 * Owns the practice run of a tab that is next to lead: ONNX Runtime and the router compile what they use as they use it,
 * which takes most of the time of a first answer. Seen in Node: 0.5 s of processor time for a session and its first run,
 * 0.12 s after this; 0.4 s for the first answer of 150 routes, 0.1 s after this.
 */

import { openRouter } from '../core/router.ts';
import type { Encoder } from '../core/types.ts';
import { createSessionRunner, decodeModel, type OnnxRuntime } from '../encoder/onnx-session.ts';
import type { TextTokenizer } from '../encoder/tokenizer.ts';
import { EMBEDDED_SETTINGS } from '../encoder/embedded-settings.ts';
import { REHEARSAL_MODEL } from '../encoder/rehearsal-model.ts';
import { createMemoryStorage } from '../storage/memory.ts';

const DIMENSIONS = 8;
const TOKENS = 8;
/** Enough for the loops over routes and texts to be compiled. */
const ROUTES = 40;
const UTTERANCES = 4;

/** Ends early where the signal aborts, for then it is in earnest. */
export async function rehearse(ort: OnnxRuntime, tokenizer: TextTokenizer, signal: AbortSignal): Promise<void> {
  const { graphOptimizationLevel } = EMBEDDED_SETTINGS;
  const describe = { runtime: 'rehearsal', device: 'wasm', threads: 1 } as const;
  const options = { ort, sessionOptions: { graphOptimizationLevel }, describe, pooling: 'mean' } as const;
  const runner = await createSessionRunner(options, decodeModel(REHEARSAL_MODEL));
  try {
    const encode = async (texts: readonly string[]): Promise<Float32Array> =>
      runner.run(texts.map((text) => tokenizer.tokenize(text).ids.map((id) => id % TOKENS)));
    await ask(
      {
        id: 'rehearsal',
        dimensions: DIMENSIONS,
        defaultThreshold: 0.5,
        encode: async (texts) => ({ vectors: await encode(texts) }),
      },
      signal,
    );
  } finally {
    await runner.close();
  }
}

/** A router of its own, in memory. */
async function ask(encoder: Encoder, signal: AbortSignal): Promise<void> {
  const router = await openRouter({ encoder, storage: createMemoryStorage() });
  try {
    for (let r = 0; r < ROUTES && !signal.aborted; r++) {
      const utterances = Array.from({ length: UTTERANCES }, (_, i) => `${r * i} practice makes ${i} perfect ${r}`);
      await router.addRoute({ name: `route ${r}`, utterances });
      await pause();
    }
    if (!signal.aborted) await router.query('does practice make perfect?');
  } finally {
    await router.close();
  }
}

/** Lets this worker hear what has come, of an election say. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
