// Owns rounding weight matrices to int8 with one scale for each column or row. It does not choose activation scales.
import type { Matrix } from './weights.ts';

export interface QuantisedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int8Array;
  /** Scales by column or by row, as the function that made it says. */
  readonly scales: Float32Array;
}

// Symmetric: -128 stays unused, so that negating a weight never overflows.
export const INT8_LIMIT = 127;
export const UINT8_LIMIT = 255;

/**
 * Largest sum of two neighbouring weights of a column, in steps.
 *
 * x64 processors without VNNI multiply uint8 by int8 and add two neighbouring products in a saturating int16. At 150 that
 * takes two activations above 218 of 255 at the column's worst pair. Measured on an emulated AVX2 processor, golden
 * sentences, mean and least cosine: 0.9980 and 0.9907 without the bound, 0.99911 and 0.9977 with it, as with VNNI. ONNX
 * Runtime's own remedy, session.x64quantprecision, makes processors with VNNI 2 to 3.5 times slower too.
 */
export const KERNEL_PAIR_LIMIT = 150;

/** Largest absolute sum of the pairs of one column that a kernel adds at once: rows 0 and 1, 2 and 3, and so on. */
function largestPairSum({ columns, values }: Matrix, column: number): number {
  let largest = 0;
  for (let at = column; at + columns < values.length; at += 2 * columns) {
    largest = Math.max(largest, Math.abs((values[at] ?? 0) + (values[at + columns] ?? 0)));
  }
  return largest;
}

/** Quantises with one symmetric scale for each column (output feature). */
export function quantiseColumns(matrix: Matrix, pairLimit: number = Number.POSITIVE_INFINITY): QuantisedMatrix {
  const { rows, columns, values } = matrix;
  const scales = new Float32Array(columns);
  const rounded = new Int8Array(values.length);
  for (let column = 0; column < columns; column++) {
    let peak = 0;
    for (let at = column; at < values.length; at += columns) peak = Math.max(peak, Math.abs(values[at] ?? 0));
    const scale = Math.fround(Math.max(peak / INT8_LIMIT, largestPairSum(matrix, column) / pairLimit)) || 1;
    scales[column] = scale;
    for (let at = column; at < values.length; at += columns) rounded[at] = Math.round((values[at] ?? 0) / scale);
  }
  return { rows, columns, values: rounded, scales };
}

/** Quantises with one symmetric scale for each row (embedding). */
export function quantiseRows(matrix: Matrix): QuantisedMatrix {
  const { rows, columns, values } = matrix;
  const scales = new Float32Array(rows);
  const rounded = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let peak = 0;
    for (let at = start; at < start + columns; at++) peak = Math.max(peak, Math.abs(values[at] ?? 0));
    const scale = Math.fround(peak / INT8_LIMIT) || 1;
    scales[row] = scale;
    for (let at = start; at < start + columns; at++) rounded[at] = Math.round((values[at] ?? 0) / scale);
  }
  return { rows, columns, values: rounded, scales };
}
