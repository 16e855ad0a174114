/** Owns ascending ids as ranges of ids that follow each other: few, where little was removed. */

export class IdRanges {
  /** First id of each range, and how many ids are before it. */
  readonly #firsts: number[] = [];
  readonly #positions: number[] = [];
  #count = 0;
  /** The range in which an id was found last. */
  #range = 0;

  get count(): number {
    return this.#count;
  }

  /** 0 where there is none. */
  get last(): number {
    return this.#count === 0 ? 0 : this.idAt(this.#count - 1);
  }

  /** Adds ids that follow each other, greater than those that are there. */
  add(first: number, count: number): void {
    if (this.#count === 0 || first !== this.last + 1) {
      this.#firsts.push(first);
      this.#positions.push(this.#count);
    }
    this.#count += count;
  }

  idAt(position: number): number {
    const range = lastNotAbove(this.#positions, position);
    return (this.#firsts[range] as number) + position - (this.#positions[range] as number);
  }

  /** How many ids are less; -1 for one that is not there. */
  positionOf(id: number): number {
    if (!this.#isWithin(id, this.#range)) this.#range = lastNotAbove(this.#firsts, id);
    return this.#isWithin(id, this.#range)
      ? this.#offset(id, this.#range) + (this.#positions[this.#range] as number)
      : -1;
  }

  #offset(id: number, range: number): number {
    return id - (this.#firsts[range] as number);
  }

  #isWithin(id: number, range: number): boolean {
    const end = this.#positions[range + 1] ?? this.#count;
    return this.#offset(id, range) >= 0 && this.#offset(id, range) < end - (this.#positions[range] as number);
  }
}

/** Where the greatest value that is not above another one stands in an ascending list; 0 where all are. */
function lastNotAbove(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
