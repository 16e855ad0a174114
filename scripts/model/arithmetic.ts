// Owns how the model's embedding and linear layers are computed: in float32 (the oracle) or in int8 with activation scales
// fixed at build time (the shipped build). It does not know how the layers are connected.
import { ACTIVATION_RANGES } from './activation-ranges.ts';
import type { LinearSite } from './activation-ranges.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { ELEMENT_TYPE } from './onnx-writer.ts';
import { INT8_LIMIT, KERNEL_PAIR_LIMIT, UINT8_LIMIT, quantiseColumns, quantiseRows } from './quantise.ts';
import type { LinearWeights, Matrix } from './weights.ts';

export interface EmbeddingProjection {
  /** `embedding @ weight`: [batch, sequence, columns], float32. */
  readonly product: string;
  /** The same weight as a float32 constant. */
  readonly weight: string;
}

export interface Embedding {
  /** The token embeddings: [batch, sequence, width], float32. */
  readonly rows: string;
  readonly project: (name: string, weight: Matrix) => EmbeddingProjection;
}

export interface Arithmetic {
  readonly embed: (table: Matrix) => Embedding;
  readonly linear: (site: LinearSite, input: string, weights: LinearWeights) => string;
  /** The ReLU between the two feed-forward layers. */
  readonly relu: (input: string) => string;
  /** A weight as a float32 constant, for the products that stay in floating point. */
  readonly floatWeight: (name: string, weight: Matrix) => string;
}

const IDS = 'input_ids';
const CENTRE = 128;

/** Everything in float32, as the original computes it. `onInput` sees the value that enters each linear layer. */
export function floatArithmetic(graph: GraphBuilder, onInput: (site: LinearSite, value: string) => void): Arithmetic {
  const weightConstant = (name: string, { rows, columns, values }: Matrix): string =>
    graph.floats(`${name}.weight`, [rows, columns], values);
  return {
    embed: (table) => {
      const rows = graph.node('Gather', [graph.floats('embedding', [table.rows, table.columns], table.values), IDS]);
      const project = (name: string, matrix: Matrix): EmbeddingProjection => {
        const weight = weightConstant(name, matrix);
        return { product: graph.node('MatMul', [rows, weight]), weight };
      };
      return { rows, project };
    },
    linear: (site, input, { weight, bias }) => {
      onInput(site, input);
      return graph.node('Add', [
        graph.node('MatMul', [input, weightConstant(site, weight)]),
        graph.floats(`${site}.bias`, [bias.length], bias),
      ]);
    },
    relu: (input) => graph.node('Relu', [input]),
    floatWeight: weightConstant,
  };
}

/**
 * Weights in int8 with one scale for each output feature, activations in uint8 with one fixed scale for each place.
 *
 * A fixed scale, unlike one measured on the whole tensor at run time, lets no text change its neighbours' rounding.
 */
export function int8Arithmetic(graph: GraphBuilder): Arithmetic {
  const centre = graph.constant('zero_point.centre', 'uint8', [], Uint8Array.of(CENTRE));
  const floor = graph.constant('zero_point.floor', 'uint8', [], Uint8Array.of(0));

  const weightConstants = (name: string, weight: Matrix, pairLimit?: number): { weight: string; scale: string } => {
    const { rows, columns, values, scales } = quantiseColumns(weight, pairLimit);
    return {
      weight: graph.constant(`${name}.weight`, 'int8', [rows, columns], values),
      scale: graph.floats(`${name}.weight_scale`, [columns], scales),
    };
  };

  // Cast and Mul, unlike DequantizeLinear, are folded into a float32 constant when a session loads, whatever its options.
  const dequantised = ({ weight, scale }: { weight: string; scale: string }): string =>
    graph.node('Mul', [graph.node('Cast', [weight], { to: ELEMENT_TYPE.float32 }), scale]);

  const embed = (table: Matrix): Embedding => {
    const { rows, columns, values, scales } = quantiseRows(table);
    const centred = Uint8Array.from(values, (value) => value + CENTRE);
    const gathered = graph.node('Gather', [graph.constant('embedding', 'uint8', [rows, columns], centred), IDS]);
    const rowScales = graph.node('Gather', [graph.floats('embedding.scale', [rows, 1], scales), IDS]);
    const steps = graph.node('DequantizeLinear', [gathered, graph.float('embedding.step', 1), centre]);
    return {
      rows: graph.node('Mul', [steps, rowScales]),
      // The stored rows are int8 already, with a scale each: their product needs no second rounding.
      project: (name, weight) => {
        const constants = weightConstants(name, weight, KERNEL_PAIR_LIMIT);
        const inputs = [gathered, constants.weight, rowScales, constants.scale, centre];
        return { product: graph.node('com.microsoft:MatMulIntegerToFloat', inputs), weight: dequantised(constants) };
      },
    };
  };

  const linear = (site: LinearSite, input: string, { weight, bias }: LinearWeights): string => {
    const { range, positive } = ACTIVATION_RANGES[site];
    const scale = graph.float(`${site}.input_scale`, range / (positive ? UINT8_LIMIT : INT8_LIMIT));
    const zeroPoint = positive ? floor : centre;
    const constants = weightConstants(site, weight, KERNEL_PAIR_LIMIT);
    const quantised = graph.node('QuantizeLinear', [input, scale, zeroPoint]);
    return graph.node('com.microsoft:MatMulIntegerToFloat', [
      quantised,
      constants.weight,
      scale,
      constants.scale,
      zeroPoint,
      '',
      graph.floats(`${site}.bias`, [bias.length], bias),
    ]);
  };

  return {
    embed,
    linear,
    // The next layer's QuantizeLinear with zero point 0 clamps negative values to 0: that is the ReLU.
    relu: (input) => input,
    floatWeight: (name, weight) => dequantised(weightConstants(name, weight)),
  };
}
