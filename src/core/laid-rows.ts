/** Owns who is to own the rows of an index whose vectors are still to come. */

export class LaidRows {
  /** By row; -1 for one that waits for nothing. */
  readonly #owners: Int32Array;
  #count: number;

  constructor(owners: Int32Array = new Int32Array(0)) {
    this.#owners = owners;
    this.#count = owners.length;
  }

  /** How many rows wait. */
  get count(): number {
    return this.#count;
  }

  /** Whether so many rows are all that ever waited. */
  areAll(rowCount: number): boolean {
    return rowCount === this.#owners.length;
  }

  /** Owners of rows that follow each other, -1 where one waits for nothing; at most `count` of them. */
  owners(first: number, count: number): Int32Array {
    return this.#owners.subarray(first, first + count);
  }

  /** The vectors of rows have come, of which so many waited. */
  settle(first: number, count: number, waited: number): void {
    this.#owners.fill(-1, first, first + count);
    this.#count -= waited;
  }
}
