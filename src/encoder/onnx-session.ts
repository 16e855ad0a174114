/** Owns one ONNX session: token ids in, one pooled unit vector per text out. Knows neither text nor turns. */

import { RouterError, toRouterError } from '../core/errors.ts';
import type { EncoderStatus } from '../core/types.ts';
import { isFloat32Array } from '../core/vectors.ts';
import { normalizeRows, poolTokens, type Pooling } from './pooling.ts';

/** What is used of ONNX Runtime: `onnxruntime-web` and `onnxruntime-node` both fit. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => OnnxTensor;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  // Methods, so that the runtimes' own, narrower tensor types fit.
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, unknown>>>;
  release(): Promise<void>;
}

export interface OnnxTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  dispose?(): void;
}

/** Token ids of some texts to row-major unit vectors, one run. */
export interface TokenRunner {
  run(texts: readonly (readonly number[])[]): Promise<Float32Array>;
  status(): RunnerStatus;
  close(): Promise<void>;
}

export type RunnerStatus = Omit<EncoderStatus, 'id' | 'dimensions'>;

/** How a model is run, on whichever device. */
export interface SessionSettings {
  readonly sessionOptions?: object | undefined;
  readonly pooling: Pooling;
}

export interface RunnerOptions extends SessionSettings {
  readonly ort: OnnxRuntime;
  readonly describe: RunnerStatus;
}

const KNOWN_INPUTS: readonly string[] = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'];

/** Rejects with `MODEL_LOAD_FAILED`, and with `UNSUPPORTED` for a model that is no sentence-embedding model. */
export async function createSessionRunner(
  { ort, sessionOptions, describe, pooling }: RunnerOptions,
  model: Uint8Array,
): Promise<TokenRunner> {
  const session = await ort.InferenceSession.create(model, sessionOptions).catch((error: unknown) => {
    throw toRouterError(error, 'MODEL_LOAD_FAILED', `Starting a model of ${model.byteLength} bytes`);
  });
  try {
    checkInputs(session);
  } catch (error) {
    await session.release();
    throw error;
  }
  return {
    run: (texts) => runSession(ort, session, texts, pooling),
    status: () => describe,
    close: () => session.release(),
  };
}

/** An ONNX graph of one Identity node, 79 bytes. */
const IDENTITY_MODEL =
  'CAgSADpDChwKAXgSAXkaCklkZW50aXR5XzAiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==';

/** Has the runtime load and compile itself (0.3 s for the WASM one) while the model's bytes are still on their way. */
export async function startRuntime(ort: OnnxRuntime): Promise<void> {
  const session = await ort.InferenceSession.create(decodeModel(IDENTITY_MODEL));
  await session.release();
}

/** A small model that is kept as base64. */
export function decodeModel(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Checks that a session is a sentence-embedding model as we feed it. Throws `UNSUPPORTED`. */
function checkInputs(session: OnnxSession): void {
  const unknown = session.inputNames.filter((name) => !KNOWN_INPUTS.includes(name));
  if (unknown.length > 0 || !session.inputNames.includes('input_ids')) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a model with the inputs ${session.inputNames.join(', ')}; expected input_ids, attention_mask and perhaps token_type_ids or position_ids.`,
    );
  }
}

/** One run over texts of any lengths, padded on the right to the longest; row-major unit vectors. */
async function runSession(
  ort: OnnxRuntime,
  session: OnnxSession,
  texts: readonly (readonly number[])[],
  pooling: Pooling,
): Promise<Float32Array> {
  const length = Math.max(...texts.map((ids) => ids.length));
  const dims = [texts.length, length];
  const inputs: Readonly<Record<string, () => BigInt64Array>> = {
    input_ids: () => padded(texts, length, (ids, i) => ids[i] as number),
    attention_mask: () => padded(texts, length, () => 1),
    token_type_ids: () => new BigInt64Array(texts.length * length),
    position_ids: () => padded(texts, length, (_, i) => i),
  };
  const feeds: Record<string, OnnxTensor> = {};
  for (const name of session.inputNames) {
    feeds[name] = new ort.Tensor('int64', (inputs[name] as () => BigInt64Array)(), dims);
  }
  const outputs = (await session.run(feeds)) as Readonly<Record<string, OnnxTensor>>;
  const vectors = toVectors(pickOutput(session, outputs), texts, pooling);
  for (const tensor of [...Object.values(feeds), ...Object.values(outputs)]) tensor.dispose?.();
  return vectors;
}

function pickOutput(session: OnnxSession, outputs: Readonly<Record<string, OnnxTensor>>): OnnxTensor {
  const name = session.outputNames.includes('sentence_embedding') ? 'sentence_embedding' : session.outputNames[0];
  const output = outputs[name as string];
  if (output && isFloat32Array(output.data)) return output;
  throw new RouterError('UNSUPPORTED', `Got no float32 output from the model's "${name}"; export the model with one.`);
}

function toVectors({ data, dims }: OnnxTensor, texts: readonly (readonly number[])[], pooling: Pooling): Float32Array {
  const values = data as Float32Array;
  if (dims.length === 2) return normalizeRows(values.slice(), dims[1] as number);
  if (dims.length !== 3) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a model output of shape [${dims.join(', ')}]; expected [texts, dimensions] or [texts, tokens, dimensions].`,
    );
  }
  if (pooling === 'none') {
    throw new RouterError(
      'UNSUPPORTED',
      'Got a model that answers with a vector for each token, and nothing that tells how to pool them (no modules.json with 1_Pooling/config.json beside it); pass `pooling`: mean, cls or last, as its authors say.',
    );
  }
  const [, length, dimensions] = dims as readonly [number, number, number];
  const counts = texts.map((ids) => ids.length);
  return normalizeRows(poolTokens(values, counts, length, dimensions, pooling), dimensions);
}

/** int64 through its low 32-bit words, which spares a BigInt per token (every JavaScript platform is little-endian). */
function padded(
  texts: readonly (readonly number[])[],
  length: number,
  valueAt: (ids: readonly number[], i: number) => number,
): BigInt64Array {
  const values = new BigInt64Array(texts.length * length);
  const words = new Int32Array(values.buffer);
  texts.forEach((ids, row) => {
    for (let i = 0; i < ids.length; i++) words[2 * (row * length + i)] = valueAt(ids, i);
  });
  return values;
}
