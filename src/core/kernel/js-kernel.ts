/** Owns the JavaScript twin of scan.as.ts: the same float32 results, bit for bit, without WASM. */

import { checksum } from './checksum.ts';
import { BLOCK_ROWS, LENGTH_OFFSET, OWNER_OFFSET, VALUES_OFFSET } from './layout.ts';
import type { Kernel, KernelMemory } from './types.ts';

const PAGE_BYTES = 65_536;
const { fround } = Math;

export function createJsKernel(): Kernel {
  const memory = createMemory();
  let base = 0;
  let dimensions = 0;
  let rowBytes = 0;
  let blockBytes = 0;

  const int8Row = (row: number): number =>
    base + Math.floor(row / BLOCK_ROWS) * blockBytes + (row % BLOCK_ROWS) * rowBytes;
  const floatRow = (row: number): number =>
    base + Math.floor(row / BLOCK_ROWS) * blockBytes + BLOCK_ROWS * rowBytes + (row % BLOCK_ROWS) * dimensions * 4;

  return {
    kind: 'js',
    memory,
    int8: undefined,
    scan: {
      setLayout(address, paddedDimensions) {
        base = address;
        dimensions = paddedDimensions;
        rowBytes = VALUES_OFFSET + paddedDimensions;
        blockBytes = BLOCK_ROWS * (rowBytes + paddedDimensions * 4);
      },
      scanFloat(rowCount, query, groups, count, scores, rows) {
        const floats = new Float32Array(memory.buffer);
        const ints = new Int32Array(memory.buffer);
        for (let row = 0; row < rowCount; row++) {
          const owner = ints[(int8Row(row) + OWNER_OFFSET) / 4] as number;
          const group = ints[groups / 4 + owner] as number;
          if (group < 0) continue;
          const score = dot(floats, floatRow(row) / 4, query / 4, dimensions);
          offerHit(floats, ints, scores / 4 + group * count, rows / 4 + group * count, count, score, row);
        }
      },
      quantizeRows(first, count) {
        // Nothing here reads int8 rows; the length is asked for all the same.
        const floats = new Float32Array(memory.buffer);
        for (let row = first; row < first + count; row++) {
          const start = floatRow(row) / 4;
          let squared = 0;
          for (let i = start; i < start + dimensions; i++) squared += (floats[i] as number) ** 2;
          floats[(int8Row(row) + LENGTH_OFFSET) / 4] = Math.sqrt(squared);
        }
      },
      areSealed(first, count, length, seals) {
        const words = new Uint32Array(memory.buffer);
        for (let i = 0; i < count; i++) {
          const start = floatRow(first + i) / 4;
          const seal = seals / 4 + i * 2;
          if (checksum(words, start, start + length, words[seal] as number) !== words[seal + 1]) return 0;
        }
        return 1;
      },
      copyRow(from, to) {
        const bytes = new Uint8Array(memory.buffer);
        bytes.copyWithin(int8Row(to), int8Row(from), int8Row(from) + rowBytes);
        bytes.copyWithin(floatRow(to), floatRow(from), floatRow(from) + dimensions * 4);
      },
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
