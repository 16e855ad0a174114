// Owns how the layers of the sentence encoder are connected, from token ids to the unit-length embedding. How a linear layer
// computes is arithmetic.ts's affair.
import { floatArithmetic, int8Arithmetic } from './arithmetic.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { LinearSite } from './activation-ranges.ts';
import { GraphBuilder } from './graph-builder.ts';
import { ELEMENT_TYPE, encodeOnnx } from './onnx-writer.ts';
import type { ValueDescription } from './onnx-writer.ts';
import { readWeights } from './weights.ts';
import type { LayerWeights, LinearWeights, ModelWeights, NormWeights } from './weights.ts';

/** `fp32` is the oracle, as the original computes; `static` is the shipped int8 build. */
export type Variant = 'fp32' | 'static';

export const VOCABULARY_SIZE = 8000;
export const MAX_TOKENS = 128;
export const EMBEDDING_SIZE = 512;
const HEADS = 4;
const NORM_EPSILON = 1e-6;
// Added to the logits of padded keys; their exponentials underflow to zero.
const PADDING_BIAS = -1e9;

export interface BuiltModel {
  readonly onnx: Uint8Array;
  /** For calibration: the graph output that carries the input of each linear layer; empty unless asked for. */
  readonly observed: ReadonlyMap<LinearSite, string>;
}

export interface BuildOptions {
  /** Adds the input of each linear layer to the outputs of an fp32 graph. */
  readonly observeLinearInputs?: boolean;
}

/** What the layers of one graph share. */
interface Context {
  readonly graph: GraphBuilder;
  readonly arithmetic: Arithmetic;
  /** [batch, 1, sequence], float32: 1 at tokens, 0 at padding. */
  readonly mask: string;
  /** [batch, 1, 1, sequence]: 0 at tokens, a large negative number at padding. */
  readonly keyBias: string;
  /** Slices the first `sequence` rows off a constant that has one row for each position. */
  readonly upToLength: (constant: string) => string;
}

function createContext(graph: GraphBuilder, arithmetic: Arithmetic): Context {
  const start = graph.integers('start', [0]);
  const length = graph.node('Shape', ['input_ids'], { start: 1 });
  const mask = graph.node('Unsqueeze', [
    graph.node('Cast', ['attention_mask'], { to: ELEMENT_TYPE.float32 }),
    graph.integers('axis.1', [1]),
  ]);
  const absent = graph.node('Sub', [graph.float('one', 1), graph.node('Unsqueeze', [mask, 'axis.1'])]);
  const keyBias = graph.node('Mul', [absent, graph.float('padding_bias', PADDING_BIAS)]);
  return {
    graph,
    arithmetic,
    mask,
    keyBias,
    upToLength: (constant) => graph.node('Slice', [constant, start, length, start]),
  };
}

function layerNorm({ graph }: Context, name: string, input: string, { scale, bias }: NormWeights): string {
  const constants = [
    graph.floats(`${name}.scale`, [scale.length], scale),
    graph.floats(`${name}.bias`, [bias.length], bias),
  ];
  return graph.node('LayerNormalization', [input, ...constants], { axis: -1, epsilon: { float: NORM_EPSILON } });
}

/** Sines and cosines of position times time scale: [128, 256]. All inputs are constants, so a session folds it when it loads. */
function timingSignal(graph: GraphBuilder, timeScales: Float32Array): string {
  const positions = graph.floats(
    'positions',
    [MAX_TOKENS, 1],
    Float32Array.from({ length: MAX_TOKENS }, (_, position) => position),
  );
  const angles = graph.node('Mul', [positions, graph.floats('time_scales', [1, timeScales.length], timeScales)]);
  return graph.node('Concat', [graph.node('Sin', [angles]), graph.node('Cos', [angles])], { axis: 1 });
}

/** The layer's input, and its way around the first attention: `input @ weights + bias`, split so that int8 rounds less. */
function inputLayer(context: Context, weights: ModelWeights): { input: string; residual: string } {
  const { graph, arithmetic, upToLength } = context;
  const { embedding, timeScales, layers } = weights;
  const dense = layers[0]?.residual;
  if (dense === undefined) throw new Error('Expected layer 0 to have a residual projection.');
  // The original adds the embedding twice, once within the timing signal's layer and once after it.
  const rows = Math.min(VOCABULARY_SIZE, embedding.rows);
  const used = embedding.values.slice(0, rows * embedding.columns);
  const embedded = arithmetic.embed({
    rows,
    columns: embedding.columns,
    values: used.map((value) => 2 * value),
  });
  const timing = timingSignal(graph, timeScales);
  const input = graph.node('Add', [embedded.rows, upToLength(timing)]);

  const name = 'layer0.residual';
  const projected = embedded.project(name, dense.weight);
  const fromTiming = graph.node('MatMul', [timing, projected.weight]);
  const biased = graph.node('Add', [fromTiming, graph.floats(`${name}.bias`, [dense.bias.length], dense.bias)]);
  return { input, residual: graph.node('Add', [projected.product, upToLength(biased)]) };
}

/** Multiplies the query columns by the query scale, so that the graph need not. */
function scaledQueries({ queryKeyValue, queryScale }: LayerWeights): LinearWeights {
  const { weight, bias } = queryKeyValue;
  const width = weight.columns / 3;
  const values = weight.values.map((value, at) => (at % weight.columns < width ? value * queryScale : value));
  return { weight: { ...weight, values }, bias: bias.map((value, at) => (at < width ? value * queryScale : value)) };
}

/**
 * Multi-head attention up to the merged heads: [batch, sequence, width].
 *
 * The softmax is spelt out instead of using the Softmax operator, since the order in which that one sums depends on the
 * padded length. Its last bit then does too, and a later QuantizeLinear may round the other way: 2e-3 in the embedding.
 * Here the sum is a matrix product with ones. That adds one key after the other, and a padded key adds an exact zero. With
 * the greatest logit subtracted, the one weight of a one-token text is exactly 1 whichever product kernel ran.
 */
function attention(context: Context, layer: `layer${0 | 1}`, input: string, weights: LayerWeights): string {
  const { graph, arithmetic, keyBias, upToLength } = context;
  const width = weights.queryKeyValue.weight.rows;
  const headSize = width / HEADS;
  const projected = arithmetic.linear(`${layer}.query_key_value`, input, scaledQueries(weights));
  const heads = graph.node('Reshape', [projected, graph.integers(`${layer}.split_shape`, [0, 0, 3 * HEADS, headSize])]);
  const [query, key, value] = [`${layer}.query`, `${layer}.key`, `${layer}.value`] as const;
  graph.nodeWithOutputs('Split', [graph.node('Transpose', [heads], { perm: [0, 2, 1, 3] })], [query, key, value], {
    axis: 1,
  });

  const products = graph.node('com.microsoft:FusedMatMul', [query, key], { transB: 1, alpha: { float: 1 } });
  const logits = graph.node('Add', [products, keyBias]);
  const greatest = graph.node('ReduceMax', [logits], { axes: [-1], keepdims: 1 });
  const exponentials = graph.node('Exp', [graph.node('Sub', [logits, greatest])]);
  const ones = graph.node('Expand', ['one', graph.integers(`${layer}.ones_shape`, [MAX_TOKENS, headSize])]);
  const sums = graph.node('MatMul', [exponentials, upToLength(ones)]);
  const attended = graph.node('Div', [graph.node('MatMul', [exponentials, value]), sums]);
  const merged = graph.node('Transpose', [attended], { perm: [0, 2, 1, 3] });
  return graph.node('Reshape', [merged, graph.integers(`${layer}.merge_shape`, [0, 0, width])]);
}

/** A pre-norm transformer layer; `residual` is what goes around its attention. */
function transformerLayer(
  context: Context,
  index: 0 | 1,
  input: string,
  residual: string,
  weights: LayerWeights,
): string {
  const { graph, arithmetic } = context;
  const layer = `layer${index}` as const;
  const normed = layerNorm(context, `${layer}.attention_norm`, input, weights.attentionNorm);
  const attended = attention(context, layer, normed, weights);
  const hidden = graph.node('Add', [
    arithmetic.linear(`${layer}.attention_output`, attended, weights.attentionOutput),
    residual,
  ]);
  const hiddenNormed = layerNorm(context, `${layer}.feed_forward_norm`, hidden, weights.feedForwardNorm);
  const inner = arithmetic.relu(arithmetic.linear(`${layer}.feed_forward_in`, hiddenNormed, weights.feedForwardIn));
  return graph.node('Add', [arithmetic.linear(`${layer}.feed_forward_out`, inner, weights.feedForwardOut), hidden]);
}

/** Mean over the tokens, tanh layer, unit length. No rounding follows, so float32's last bits do no harm here. */
function poolingHead({ graph, arithmetic, mask }: Context, input: string, { weight, bias }: LinearWeights): void {
  const tokens = graph.node('Max', [graph.node('ReduceSum', [mask, graph.integers('axis.2', [2])]), 'one']);
  const mean = graph.node('Squeeze', [graph.node('MatMul', [graph.node('Div', [mask, tokens]), input]), 'axis.1']);
  const dense = graph.node('MatMul', [mean, arithmetic.floatWeight('head', weight)]);
  const activated = graph.node('Tanh', [graph.node('Add', [dense, graph.floats('head.bias', [bias.length], bias)])]);
  graph.node('LpNormalization', [activated], { axis: -1, p: 2 }, 'sentence_embedding');
}

const tokens = (name: string): ValueDescription => ({ name, type: 'int64', shape: ['batch', 'sequence'] });
const floats = (name: string, shape: (number | string)[]): ValueDescription => ({ name, type: 'float32', shape });

/** Builds the ONNX model from the weights package; equal inputs give equal bytes. */
export function buildModel(
  variant: Variant,
  options: BuildOptions = {},
  weights: ModelWeights = readWeights(),
): BuiltModel {
  const [first, second] = weights.layers;
  if (first === undefined || second === undefined) throw new Error('Expected the weights of two layers.');
  const graph = new GraphBuilder();
  const observed = new Map<LinearSite, string>();
  const observe = (site: LinearSite, value: string): void => {
    if (options.observeLinearInputs === true) observed.set(site, value);
  };
  const arithmetic = variant === 'fp32' ? floatArithmetic(graph, observe) : int8Arithmetic(graph);

  const context = createContext(graph, arithmetic);
  const { input, residual } = inputLayer(context, weights);
  const middle = transformerLayer(context, 0, input, residual, first);
  poolingHead(context, transformerLayer(context, 1, middle, middle, second), weights.head);

  const onnx = encodeOnnx({
    name: 'use-lite',
    producer: 'synaptoroute',
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [tokens('input_ids'), tokens('attention_mask')],
    outputs: [
      floats('sentence_embedding', ['batch', weights.head.weight.columns]),
      ...[...observed.values()].map((name) => floats(name, ['batch', 'sequence', `${name}_width`])),
    ],
    operatorSets: { '': 17, 'com.microsoft': 1 },
  });
  return { onnx, observed };
}
