/**
 * Makes src/encoder/rehearsal-model.ts: the embedded model's graph at a width of 8, with weights that mean nothing. A tab
 * that is next to lead runs it, so that ONNX Runtime's code for such a graph is compiled before the real one comes.
 *
 *   tsx scripts/build-rehearsal.ts
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildModel } from './model/model-graph.ts';
import type { LayerWeights, LinearWeights, Matrix, NormWeights } from './model/weights.ts';

/** The least that four heads allow, with two values each. */
const WIDTH = 8;
const VOCABULARY = 8;

/** Small numbers of both signs, the same in every run. */
function values(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i % 7) - 3) / 10);
}

function matrix(rows: number, columns: number): Matrix {
  return { rows, columns, values: values(rows * columns) };
}

function linear(rows: number, columns: number): LinearWeights {
  return { weight: matrix(rows, columns), bias: values(columns) };
}

function norm(): NormWeights {
  return { scale: new Float32Array(WIDTH).fill(1), bias: values(WIDTH) };
}

function layer(residual: LinearWeights | undefined): LayerWeights {
  return {
    attentionNorm: norm(),
    queryKeyValue: linear(WIDTH, 3 * WIDTH),
    queryScale: 1,
    attentionOutput: linear(WIDTH, WIDTH),
    residual,
    feedForwardNorm: norm(),
    feedForwardIn: linear(WIDTH, 2 * WIDTH),
    feedForwardOut: linear(2 * WIDTH, WIDTH),
  };
}

export function buildRehearsal(): Uint8Array {
  const weights = {
    embedding: matrix(VOCABULARY, WIDTH),
    timeScales: values(WIDTH / 2),
    layers: [layer(linear(WIDTH, WIDTH)), layer(undefined)],
    head: linear(WIDTH, WIDTH),
  };
  return buildModel('static', {}, weights).onnx;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = [
    '/** Made by scripts/build-rehearsal.ts, which says what it is; not to be edited. */',
    '',
    `export const REHEARSAL_MODEL: string =\n  '${Buffer.from(buildRehearsal()).toString('base64')}';`,
    '',
  ];
  writeFileSync(new URL('../src/encoder/rehearsal-model.ts', import.meta.url), lines.join('\n'));
}
