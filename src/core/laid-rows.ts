/** Owns who is to own the rows of an index whose vectors are still to come. */

export class LaidRows {
  /** By row; -1 for one that waits for nothing. */
  #owners = new Int32Array(0);
  #count = 0;

  /** How many rows wait. */
  get count(): number {
    return this.#count;
  }

  /** @param capacity rows for which there is room in all */
  lay(first: number, count: number, owner: number, capacity: number): void {
    if (this.#owners.length < capacity) {
      const owners = new Int32Array(capacity).fill(-1);
      owners.set(this.#owners);
      this.#owners = owners;
    }
    this.#owners.fill(owner, first, first + count);
    this.#count += count;
  }

  /** The vectors of some rows have come: hands out the owner of each that waited. */
  settle(first: number, count: number, setOwner: (row: number, owner: number) => void): void {
    for (let row = first; row < first + count; row++) {
      const owner = this.#owners[row] ?? -1;
      if (owner < 0) continue;
      setOwner(row, owner);
      this.#owners[row] = -1;
      this.#count--;
    }
  }
}
