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

  /** The vector of a row has come: who owns it, or -1 where it did not wait. */
  settle(row: number): number {
    const owner = this.#owners[row] ?? -1;
    if (owner < 0) return -1;
    this.#owners[row] = -1;
    this.#count--;
    return owner;
  }
}
