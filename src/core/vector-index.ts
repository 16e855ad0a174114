/**
 * Owns the vectors by their ids: which row each has, and who owns it; kernel/row-memory.ts has the rows. Knows neither texts nor
 * routes. Rows are dense (removal moves the last row into the hole), ids are stable.
 */

import { RouterError } from './errors.ts';
import { BLOCK_ROWS } from './kernel/layout.ts';
import { RowMemory } from './kernel/row-memory.ts';
import type { Hits, SearchQuery } from './kernel/search.ts';
import type { KernelChoice } from './kernel/types.ts';
import { LaidRows } from './laid-rows.ts';
import { Population, type Populate } from './population.ts';
import { UNIT_TOLERANCE, isUnitOrZero } from './vectors.ts';

export class VectorIndex {
  readonly dimensions: number;
  readonly #rows: RowMemory;
  #size = 0;
  #idOfRow = new Int32Array(BLOCK_ROWS);
  /** Row of each id; -1 for an id that is free. */
  #rowOfId = new Int32Array(BLOCK_ROWS).fill(-1);
  readonly #freeIds: number[] = [];
  #idCount = 0;
  /** An owner is not in its row before the vector is: memory that is touched once costs half. */
  #laid = new LaidRows();
  #population: Population | undefined;

  constructor(dimensions: number, choice?: KernelChoice) {
    this.dimensions = dimensions;
    this.#rows = new RowMemory(dimensions, choice);
  }

  /** Rows in use. */
  get size(): number {
    return this.#size;
  }

  get kernel(): 'wasm-simd' | 'js' {
    return this.#rows.kernel;
  }

  /** Bytes of memory that rows and searches have taken so far; it never shrinks, and is used again. */
  get byteLength(): number {
    return this.#rows.byteLength;
  }

  /** Makes room for so many rows in all, which spares growing step by step. Throws `CAPACITY`. */
  reserve(rowCount: number): void {
    if (rowCount > this.#idOfRow.length) {
      const length = Math.max(rowCount, this.#idOfRow.length * 2);
      this.#idOfRow = enlarged(this.#idOfRow, new Int32Array(length));
      this.#rowOfId = enlarged(this.#rowOfId, new Int32Array(length).fill(-1));
    }
    // Last: V8 collects garbage before it makes the next array when there is a large one that is new.
    this.#rows.reach(this.#rows.endOf(rowCount), this.#size);
  }

  /** Has the memory of an empty index made ready on another thread; nothing is added before it is `ready`. */
  populate(populate: Populate): void {
    this.#population = new Population(this.#rows.bytes, populate);
  }

  /** Resolves when vectors may be `put` into the first so many rows; `undefined` where they may be at once. */
  ready(rowCount: number): Promise<void> | undefined {
    return this.#population?.reach(this.#rows.endOf(rowCount));
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
      this.#rows.write(row, vector);
      this.#rows.setOwner(row, owner);
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
    if (this.#population?.hasReached(this.#rows.endOf(first + count)) === false) {
      throw new RangeError(`the memory of ids from ${first} on is being made ready`);
    }
    for (let i = 0, together = 0; i < count; i += together) {
      together = this.#rows.together(first + i, count - i);
      const taken = this.#rows.take(first + i, {
        vectors: vectors.subarray(i * this.dimensions, (i + together) * this.dimensions),
        owners: this.#laid.owners(first + i, together),
        seals: seals?.subarray(i * 2, (i + together) * 2),
        tolerance: UNIT_TOLERANCE,
      });
      if (taken < 0) return false;
      this.#laid.settle(first + i, together, taken);
    }
    return true;
  }

  /**
   * Makes ready what the first search of rows that were `put` else does, of so many rows at most; returns whether all is.
   */
  prepare(rowCount: number): boolean {
    return this.#rows.quantize(rowCount, this.#size);
  }

  /** Whether every vector is there, and of unit length or zero. */
  hasSoundLengths(): boolean {
    if (this.#laid.count > 0) return false;
    // What was put was measured then.
    if (this.#laid.areAll(this.#size)) return true;
    for (let row = 0; row < this.#size; row++) if (!isUnitOrZero(this.#rows.lengthOf(row))) return false;
    return true;
  }

  /** A copy of an id's vector. */
  vector(id: number): Float32Array {
    return this.#rows.vector(this.#row(id));
  }

  /** Sum of the vectors of some ids, in their order. */
  sum(ids: Iterable<number>): Float64Array {
    const sum = new Float64Array(this.dimensions);
    for (const id of ids) this.#rows.addTo(sum, this.#row(id));
    return sum;
  }

  /** Puts another vector in an id's place; its owner stays. */
  replace(id: number, vector: Float32Array): void {
    this.#checkLength(vector);
    this.#rows.write(this.#row(id), vector);
  }

  /** Frees an id; the last row takes the place of its row. */
  remove(id: number): void {
    const row = this.#row(id);
    const last = --this.#size;
    if (row !== last) {
      this.#rows.copy(last, row);
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
    const hits = this.#rows.search(this.#size, query);
    for (const [i, row] of hits.ids.entries()) if (row >= 0) hits.ids[i] = this.#idOfRow[row] as number;
    return hits;
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
}

function enlarged(from: Int32Array<ArrayBuffer>, to: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  to.set(from);
  return to;
}
