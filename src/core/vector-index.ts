/**
 * Owns the vectors: one preallocated memory that grows in place, its rows and who owns them. Knows neither texts
 * nor routes. Rows are dense (removal moves the last row into the hole), ids are stable.
 */

import { RouterError } from './errors.ts';
import { createKernel } from './kernel/kernel.ts';
import type { Kernel, KernelChoice } from './kernel/types.ts';
import { BLOCK_ROWS, LANES, LENGTH_OFFSET, OWNER_OFFSET, TAKEN, VALUES_OFFSET } from './kernel/layout.ts';
import { LaidRows } from './laid-rows.ts';
import { Population, type Populate } from './population.ts';
import { search, type Hits, type SearchQuery } from './kernel/search.ts';
import { UNIT_TOLERANCE, isUnitOrZero } from './vectors.ts';

/** Where rows begin; the addresses below are the kernel's own. */
const BASE = TAKEN.end;
const PAGE_BYTES = 65_536;

export class VectorIndex {
  readonly dimensions: number;
  readonly #kernel: Kernel;
  readonly #paddedDimensions: number;
  #size = 0;
  #idOfRow = new Int32Array(BLOCK_ROWS);
  /** Row of each id; -1 for an id that is free. */
  #rowOfId = new Int32Array(BLOCK_ROWS).fill(-1);
  readonly #freeIds: number[] = [];
  #idCount = 0;
  /** An owner is not in its row before the vector is: memory that is touched once costs half. */
  #laid = new LaidRows();
  #population: Population | undefined;
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

  /** Rows in use. */
  get size(): number {
    return this.#size;
  }

  get kernel(): 'wasm-simd' | 'js' {
    return this.#kernel.kind;
  }

  /** Bytes of memory that rows and searches have taken so far; it never shrinks, and is used again. */
  get byteLength(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** Makes room for so many rows in all, which spares growing step by step. Throws `CAPACITY`. */
  reserve(rowCount: number): void {
    if (rowCount > this.#idOfRow.length) {
      const length = Math.max(rowCount, this.#idOfRow.length * 2);
      this.#idOfRow = enlarged(this.#idOfRow, new Int32Array(length));
      this.#rowOfId = enlarged(this.#rowOfId, new Int32Array(length).fill(-1));
    }
    // Last: V8 collects garbage before it makes the next array when there is a large one that is new.
    this.#reserve(this.#endOf(rowCount));
  }

  /** Has the memory of an empty index made ready on another thread; nothing is added before it is `ready`. */
  populate(populate: Populate): void {
    this.#population = new Population(new Uint8Array(this.#kernel.memory.buffer, BASE), populate);
  }

  /** Resolves when vectors may be `put` into the first so many rows; `undefined` where they may be at once. */
  ready(rowCount: number): Promise<void> | undefined {
    return this.#population?.reach(this.#endOf(rowCount));
  }

  /**
   * Copies a vector in and returns its id, which holds until it is removed. O(dimensions), amortised.
   * @param owner a small integer >= 0
   * @throws RouterError `CAPACITY`, `ENCODER_MISMATCH`
   */
  add(vector: Float32Array, owner: number): number {
    return this.addMany([vector], owner)[0] as number;
  }

  /** Adds the vectors of one owner, all or none, and returns their ids in the same order. Throws as `add` does. */
  addMany(vectors: readonly Float32Array[], owner: number): Int32Array {
    for (const vector of vectors) this.#checkLength(vector);
    this.reserve(this.#size + vectors.length);
    const ids = new Int32Array(vectors.length);
    for (const [i, vector] of vectors.entries()) {
      const row = this.#size++;
      const id = this.#freeIds.pop() ?? this.#idCount++;
      this.#idOfRow[row] = id;
      this.#rowOfId[id] = row;
      this.#write(row, vector);
      this.#ints[(this.#int8Address(row) + OWNER_OFFSET) / 4] = owner;
      ids[i] = id;
    }
    return ids;
  }

  /**
   * Makes rows for vectors that `put` brings, in an index that never had one; their ids are their numbers.
   * Nothing can be searched until it has brought all.
   * @param owners of each row; the index's own from then on
   */
  lay(owners: Int32Array): void {
    if (this.#idCount > 0) throw new RangeError(`${this.#idCount} ids were given before`);
    const count = owners.length;
    this.reserve(count);
    const [ids, rows] = [this.#idOfRow, this.#rowOfId];
    for (let row = 0; row < count; row++) ids[row] = rows[row] = row;
    this.#laid = new LaidRows(owners);
    this.#size = count;
    this.#idCount = count;
  }

  /**
   * Copies vectors, row-major, into rows that `lay` made, from an id on. Returns whether they are as sealed and sound.
   * @param seals see `StateSink`
   */
  put(first: number, vectors: Float32Array, seals?: Uint32Array): boolean {
    const count = vectors.length / this.dimensions;
    if (!Number.isInteger(count) || !(first >= 0 && first + count <= this.#size)) {
      throw new RangeError(`${vectors.length} numbers from id ${first} on do not fit ${this.#size} rows`);
    }
    if (this.#population?.hasReached(this.#endOf(first + count)) === false) {
      throw new RangeError(`the memory of ids from ${first} on is being made ready`);
    }
    // Rows lie behind each other to the end of their block, unless they are padded.
    const isPadded = this.dimensions < this.#paddedDimensions;
    for (let i = 0, together = 0; i < count; i += together) {
      const row = first + i;
      together = isPadded ? 1 : Math.min(count - i, BLOCK_ROWS - (row % BLOCK_ROWS), TAKEN.rows);
      this.#copy(row, vectors.subarray(i * this.dimensions, (i + together) * this.dimensions));
      if (!this.#take(row, together, seals?.subarray(i * 2, (i + together) * 2))) return false;
    }
    return true;
  }

  /** Whether every vector is there, and of unit length or zero. */
  hasSoundLengths(): boolean {
    if (this.#laid.count > 0) return false;
    // What was put was measured then.
    if (this.#laid.areAll(this.#size)) return true;
    for (let row = 0; row < this.#size; row++) {
      // Measured when it was written, too long by some millionths at most; NaN where a value is.
      if (!isUnitOrZero(this.#floats[(this.#int8Address(row) + LENGTH_OFFSET) / 4] as number)) return false;
    }
    return true;
  }

  /** A copy of an id's vector. */
  vector(id: number): Float32Array {
    const start = this.#floatAddress(this.#row(id)) / 4;
    return this.#floats.slice(start, start + this.dimensions);
  }

  /** Sum of the vectors of some ids, in their order. */
  sum(ids: Iterable<number>): Float64Array {
    const { dimensions } = this;
    const floats = this.#floats;
    const sum = new Float64Array(dimensions);
    for (const id of ids) {
      const start = this.#floatAddress(this.#row(id)) / 4;
      for (let d = 0; d < dimensions; d++) sum[d] = (sum[d] as number) + (floats[start + d] as number);
    }
    return sum;
  }

  /** Puts another vector in an id's place; its owner stays. */
  replace(id: number, vector: Float32Array): void {
    this.#checkLength(vector);
    this.#write(this.#row(id), vector);
  }

  /** Frees an id; the last row takes the place of its row. */
  remove(id: number): void {
    const row = this.#row(id);
    const last = --this.#size;
    if (row !== last) {
      this.#kernel.scan.copyRow(last, row);
      const moved = this.#idOfRow[last] as number;
      this.#idOfRow[row] = moved;
      this.#rowOfId[moved] = row;
    }
    this.#rowOfId[id] = -1;
    this.#freeIds.push(id);
  }

  /**
   * The best hits of every group of owners, for every query, in one pass over the rows: exactly those of a
   * full float32 scan, best first, equal scores in the order of the rows. For vectors of zeros or of lengths between
   * 1e-15 and 1e15, whose products are sound float32 numbers.
   */
  search(query: SearchQuery): Hits {
    if (this.#laid.count > 0) throw new RangeError(`${this.#laid.count} rows have no vector yet`);
    const rows = {
      kernel: this.#kernel,
      rowCount: this.#size,
      end: this.#endOf(this.#size),
      paddedDimensions: this.#paddedDimensions,
      dimensions: this.dimensions,
    };
    const hits = search(rows, query, (end) => this.#reserve(end));
    for (const [i, row] of hits.ids.entries()) if (row >= 0) hits.ids[i] = this.#idOfRow[row] as number;
    return hits;
  }

  #take(first: number, count: number, seals: Uint32Array | undefined): boolean {
    if (seals) this.#ints.set(seals, TAKEN.seals / 4);
    this.#ints.set(this.#laid.owners(first, count), TAKEN.owners / 4);
    const sealed = seals ? TAKEN.seals : 0;
    const taken = this.#kernel.scan.takeRows(first, count, this.dimensions, sealed, TAKEN.owners, UNIT_TOLERANCE);
    if (taken < 0) return false;
    this.#laid.settle(first, count, taken);
    return true;
  }

  #row(id: number): number {
    const row = this.#rowOfId[id] ?? -1;
    if (row < 0) throw new RangeError(`no vector has the id ${id}`);
    return row;
  }

  #checkLength({ length }: Float32Array): void {
    if (length === this.dimensions) return;
    throw new RouterError(
      'ENCODER_MISMATCH',
      `Got a vector of ${length} numbers for an index of ${this.dimensions} dimensions; encode it with the router's own encoder.`,
    );
  }

  #write(row: number, vector: Float32Array): void {
    this.#copy(row, vector);
    this.#kernel.scan.quantizeRow(row);
  }

  /** One row, or so many that lie behind each other. */
  #copy(row: number, vectors: Float32Array): void {
    const start = this.#floatAddress(row) / 4;
    this.#floats.set(vectors, start);
    if (this.dimensions < this.#paddedDimensions) {
      this.#floats.fill(0, start + this.dimensions, start + this.#paddedDimensions);
    }
  }

  #endOf(rowCount: number): number {
    return this.#blockAddress(Math.ceil(rowCount / BLOCK_ROWS));
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

  /** Makes the memory at least `end` bytes long; half as much again each time, so that adding stays O(1). */
  #reserve(end: number): void {
    const { memory } = this.#kernel;
    const { byteLength } = memory.buffer;
    if (end <= byteLength) return;
    const pages = (bytes: number): number => Math.ceil((bytes - byteLength) / PAGE_BYTES);
    if (!tryGrow(memory, pages(Math.max(end, byteLength * 1.5))) && !tryGrow(memory, pages(end))) {
      throw new RouterError(
        'CAPACITY',
        `Got a need of ${end} bytes for an index of ${this.#size} vectors, more than this device gives; it holds ${byteLength}. Remove routes, or split them over routers.`,
      );
    }
    this.#floats = new Float32Array(memory.buffer);
    this.#ints = new Int32Array(memory.buffer);
  }
}

function tryGrow(memory: Kernel['memory'], pages: number): boolean {
  try {
    return memory.grow(pages) >= 0;
  } catch {
    return false;
  }
}

function enlarged(from: Int32Array<ArrayBuffer>, to: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  to.set(from);
  return to;
}
