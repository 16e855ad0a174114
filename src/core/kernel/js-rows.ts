/** Owns where rows lie in the JavaScript twin's memory, and how they come in: the twin of rows.as.ts, quantize.as.ts and take.as.ts. */

import { checksum } from './checksum.ts';
import { BLOCK_ROWS, LENGTH_OFFSET, OWNER_OFFSET, VALUES_OFFSET } from './layout.ts';
import type { KernelMemory } from './types.ts';

export class JsRows {
  dimensions = 0;
  readonly #memory: KernelMemory;
  #base = 0;
  #rowBytes = 0;
  #blockBytes = 0;

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  setLayout(address: number, paddedDimensions: number): void {
    this.dimensions = paddedDimensions;
    this.#base = address;
    this.#rowBytes = VALUES_OFFSET + paddedDimensions;
    this.#blockBytes = BLOCK_ROWS * (this.#rowBytes + paddedDimensions * 4);
  }

  int8Row(row: number): number {
    return this.#base + Math.floor(row / BLOCK_ROWS) * this.#blockBytes + (row % BLOCK_ROWS) * this.#rowBytes;
  }

  floatRow(row: number): number {
    const block = this.#base + Math.floor(row / BLOCK_ROWS) * this.#blockBytes;
    return block + BLOCK_ROWS * this.#rowBytes + (row % BLOCK_ROWS) * this.dimensions * 4;
  }

  /** Nothing reads int8 rows here; the length is asked for all the same. */
  quantize(row: number): void {
    const floats = new Float32Array(this.#memory.buffer);
    const start = this.floatRow(row) / 4;
    let squared = 0;
    for (let i = start; i < start + this.dimensions; i++) squared += (floats[i] as number) ** 2;
    floats[(this.int8Row(row) + LENGTH_OFFSET) / 4] = Math.sqrt(squared);
  }

  take(first: number, count: number, length: number, seals: number, owners: number, tolerance: number): number {
    const { buffer } = this.#memory;
    const [words, floats, ints] = [new Uint32Array(buffer), new Float32Array(buffer), new Int32Array(buffer)];
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const start = this.floatRow(first + i) / 4;
      const seal = seals / 4 + i * 2;
      if (seals > 0 && checksum(words, start, start + length, words[seal] as number) !== words[seal + 1]) return -1;
      this.quantize(first + i);
      const row = this.int8Row(first + i) / 4;
      const measured = floats[row + LENGTH_OFFSET / 4] as number;
      if (measured !== 0 && !(Math.abs(measured * measured - 1) < tolerance)) return -1;
      const owner = ints[owners / 4 + i] as number;
      if (owner < 0) continue;
      ints[row + OWNER_OFFSET / 4] = owner;
      taken++;
    }
    return taken;
  }

  copy(from: number, to: number): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.copyWithin(this.int8Row(to), this.int8Row(from), this.int8Row(from) + this.#rowBytes);
    bytes.copyWithin(this.floatRow(to), this.floatRow(from), this.floatRow(from) + this.dimensions * 4);
  }
}
