/** Owns a kernel's memory as rows: where they lie, how the memory grows, and how vectors come in. Knows row numbers alone. */

import { RouterError } from '../errors.ts';
import { createKernel } from './kernel.ts';
import { BLOCK_ROWS, LANES, LENGTH_OFFSET, OWNER_OFFSET, TAKEN, VALUES_OFFSET } from './layout.ts';
import { search, type Hits, type SearchQuery } from './search.ts';
import type { Kernel, KernelChoice } from './types.ts';

/** Where rows begin; the addresses below are the kernel's own. */
const BASE = TAKEN.end;
const PAGE_BYTES = 65_536;

export interface StoredRows {
  /** Row-major. */
  readonly vectors: Float32Array;
  /** Of each row, -1 for one that keeps its own. */
  readonly owners: Int32Array;
  /** See `StateSink`. */
  readonly seals: Uint32Array | undefined;
  /** Of a unit vector's squared length. */
  readonly tolerance: number;
}

export class RowMemory {
  readonly dimensions: number;
  readonly #kernel: Kernel;
  readonly #paddedDimensions: number;
  /** Rows below it were taken in and have no int8 copy yet, some of them. */
  #unquantized = 0;
  #floats: Float32Array;
  #ints: Int32Array;

  constructor(dimensions: number, choice?: KernelChoice) {
    this.dimensions = dimensions;
    this.#paddedDimensions = Math.ceil(dimensions / LANES) * LANES;
    this.#kernel = createKernel(choice);
    this.#kernel.scan.setLayout(BASE, this.#paddedDimensions);
    this.#floats = new Float32Array(this.#kernel.memory.buffer);
    this.#ints = new Int32Array(this.#kernel.memory.buffer);
  }

  get kernel(): 'wasm-simd' | 'js' {
    return this.#kernel.kind;
  }

  get byteLength(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** The memory from the first row on. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#kernel.memory.buffer, BASE);
  }

  /** The first address behind so many rows. */
  endOf(rowCount: number): number {
    return this.#blockAddress(Math.ceil(rowCount / BLOCK_ROWS));
  }

  /**
   * Makes the memory at least `end` bytes long; half as much again each time, so that adding stays O(1).
   * @param rowCount how many rows are in use
   * @throws RouterError `CAPACITY`
   */
  reach(end: number, rowCount: number): void {
    const { memory } = this.#kernel;
    const { byteLength } = memory.buffer;
    if (end <= byteLength) return;
    const pages = (bytes: number): number => Math.ceil((bytes - byteLength) / PAGE_BYTES);
    if (!tryGrow(memory, pages(Math.max(end, byteLength * 1.5))) && !tryGrow(memory, pages(end))) {
      throw new RouterError(
        'CAPACITY',
        `Got a need of ${end} bytes for an index of ${rowCount} vectors, more than this device gives; it holds ${byteLength}. Remove routes, or split them over routers.`,
      );
    }
    this.#floats = new Float32Array(memory.buffer);
    this.#ints = new Int32Array(memory.buffer);
  }

  write(row: number, vector: Float32Array): void {
    this.#copyIn(row, vector);
    this.#kernel.scan.quantizeRow(row);
  }

  setOwner(row: number, owner: number): void {
    this.#ints[(this.#int8Address(row) + OWNER_OFFSET) / 4] = owner;
  }

  /** How many of so many rows, from one on, `take` takes together: few enough to stay in the processor's cache. */
  together(row: number, count: number): number {
    // Rows lie behind each other to the end of their block, unless they are padded.
    if (this.dimensions < this.#paddedDimensions) return 1;
    return Math.min(count, BLOCK_ROWS - (row % BLOCK_ROWS), TAKEN.rows);
  }

  /**
   * Copies in vectors that were stored, no more than go `together`; their int8 copies are left to `quantize`.
   * @returns how many got an owner; -1 where one is not as sealed, or neither of unit length nor zero
   */
  take(first: number, { vectors, owners, seals, tolerance }: StoredRows): number {
    this.#copyIn(first, vectors);
    if (seals) this.#ints.set(seals, TAKEN.seals / 4);
    this.#ints.set(owners, TAKEN.owners / 4);
    if (this.#kernel.int8) this.#unquantized = Math.max(this.#unquantized, first + owners.length);
    const sealed = seals ? TAKEN.seals : 0;
    return this.#kernel.scan.takeRows(first, owners.length, this.dimensions, sealed, TAKEN.owners, tolerance);
  }

  /**
   * Makes int8 copies for so many rows at most that were taken in, of those that are left; returns whether none is. From the
   * back, for the last row takes the place of one that is removed.
   */
  quantize(limit: number, rowCount: number): boolean {
    let row = Math.min(this.#unquantized, rowCount);
    for (const end = Math.max(0, row - limit); row > end; row--) this.#kernel.scan.quantizeRow(row - 1);
    this.#unquantized = row;
    return row === 0;
  }

  /** As it was measured when the row was written, too long by some millionths at most; NaN where a value is. */
  lengthOf(row: number): number {
    return this.#floats[(this.#int8Address(row) + LENGTH_OFFSET) / 4] as number;
  }

  /** A copy of a row's values. */
  vector(row: number): Float32Array {
    const start = this.#floatAddress(row) / 4;
    return this.#floats.slice(start, start + this.dimensions);
  }

  addTo(sum: Float64Array, row: number): void {
    const floats = this.#floats;
    const start = this.#floatAddress(row) / 4;
    for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] as number) + (floats[start + d] as number);
  }

  copy(from: number, to: number): void {
    this.#kernel.scan.copyRow(from, to);
  }

  /** See `search` of search.ts; rows that have no int8 copy get it first. */
  search(rowCount: number, query: SearchQuery): Hits {
    this.quantize(Infinity, rowCount);
    const rows = {
      kernel: this.#kernel,
      rowCount,
      end: this.endOf(rowCount),
      paddedDimensions: this.#paddedDimensions,
      dimensions: this.dimensions,
    };
    return search(rows, query, (end) => this.reach(end, rowCount));
  }

  /** One vector, or so many as lie behind each other. */
  #copyIn(row: number, vectors: Float32Array): void {
    const start = this.#floatAddress(row) / 4;
    this.#floats.set(vectors, start);
    if (this.dimensions < this.#paddedDimensions) {
      this.#floats.fill(0, start + this.dimensions, start + this.#paddedDimensions);
    }
  }

  #blockAddress(block: number): number {
    return BASE + block * BLOCK_ROWS * (VALUES_OFFSET + this.#paddedDimensions * 5);
  }

  #int8Address(row: number): number {
    return (
      this.#blockAddress(Math.floor(row / BLOCK_ROWS)) + (row % BLOCK_ROWS) * (VALUES_OFFSET + this.#paddedDimensions)
    );
  }

  #floatAddress(row: number): number {
    const int8Bytes = BLOCK_ROWS * (VALUES_OFFSET + this.#paddedDimensions);
    return (
      this.#blockAddress(Math.floor(row / BLOCK_ROWS)) + int8Bytes + (row % BLOCK_ROWS) * this.#paddedDimensions * 4
    );
  }
}

function tryGrow(memory: Kernel['memory'], pages: number): boolean {
  try {
    return memory.grow(pages) >= 0;
  } catch {
    return false;
  }
}
