/** Owns the JavaScript twin of scan.as.ts: the same float32 results, bit for bit, without WASM; js-rows.ts has its rows. */

import { JsRows } from './js-rows.ts';
import { OWNER_OFFSET } from './layout.ts';
import type { Kernel, KernelMemory } from './types.ts';

const PAGE_BYTES = 65_536;
const { fround } = Math;

export function createJsKernel(): Kernel {
  const memory = createMemory();
  const rows = new JsRows(memory);
  return {
    kind: 'js',
    memory,
    int8: undefined,
    scan: {
      setLayout: (address, paddedDimensions) => rows.setLayout(address, paddedDimensions),
      scanFloat(rowCount, query, groups, count, scores, rowsAt) {
        const floats = new Float32Array(memory.buffer);
        const ints = new Int32Array(memory.buffer);
        for (let row = 0; row < rowCount; row++) {
          const owner = ints[(rows.int8Row(row) + OWNER_OFFSET) / 4] as number;
          const group = ints[groups / 4 + owner] as number;
          if (group < 0) continue;
          const score = dot(floats, rows.floatRow(row) / 4, query / 4, rows.dimensions);
          offerHit(floats, ints, scores / 4 + group * count, rowsAt / 4 + group * count, count, score, row);
        }
      },
      quantizeRow: (row) => rows.quantize(row),
      takeRows: (...given) => rows.take(...given),
      copyRow: (from, to) => rows.copy(from, to),
    },
  };
}

/** Sixteen sums, as the four SIMD registers of the original have lanes, added in its order. */
function dot(floats: Float32Array, row: number, query: number, dimensions: number): number {
  const sums = new Float32Array(16);
  for (let i = 0; i < dimensions; i += 16) {
    for (let lane = 0; lane < 16; lane++) {
      const product = fround((floats[row + i + lane] as number) * (floats[query + i + lane] as number));
      sums[lane] = (sums[lane] as number) + product;
    }
  }
  const total = (lane: number): number =>
    fround(
      fround((sums[lane] as number) + (sums[lane + 4] as number)) +
        fround((sums[lane + 8] as number) + (sums[lane + 12] as number)),
    );
  return fround(fround(total(0) + total(1)) + fround(total(2) + total(3)));
}

/** Keeps a list of the `count` best; an equal score stays behind the one that was there first. */
function offerHit(
  floats: Float32Array,
  ints: Int32Array,
  scores: number,
  rows: number,
  count: number,
  score: number,
  row: number,
): void {
  let at = count - 1;
  if (!(score > (floats[scores + at] as number))) return;
  for (; at > 0 && (floats[scores + at - 1] as number) < score; at--) {
    floats[scores + at] = floats[scores + at - 1] as number;
    ints[rows + at] = ints[rows + at - 1] as number;
  }
  floats[scores + at] = score;
  ints[rows + at] = row;
}

/** Grows by copying, which WebAssembly's own memory need not. */
function createMemory(): KernelMemory {
  let buffer = new ArrayBuffer(PAGE_BYTES);
  return {
    get buffer() {
      return buffer;
    },
    grow(pages) {
      const before = buffer.byteLength;
      const larger = new ArrayBuffer(before + pages * PAGE_BYTES);
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
      return before / PAGE_BYTES;
    },
  };
}
