/** Owns the numbers of features: from a 32-bit hash to a dense number, in an open table of flat arrays. */

import { grown } from './growable.ts';

export class FeatureTable {
  #hashes = new Int32Array(1_024);
  #numbers = new Int32Array(1_024).fill(-1);
  #hashOfNumber = new Int32Array(512);
  #size = 0;

  /** Features numbered so far. */
  get size(): number {
    return this.#size;
  }

  /** The feature's number, or -1 for one that no text had. */
  find(hash: number): number {
    const mask = this.#numbers.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const number = this.#numbers[place] as number;
      if (number < 0 || this.#hashes[place] === hash) return number;
    }
  }

  /** The feature's number; a new one gets the next. */
  number(hash: number): number {
    const known = this.find(hash);
    if (known >= 0) return known;
    // At most half full: places are looked for in short stretches.
    if ((this.#size + 1) * 2 > this.#numbers.length) this.#enlarge();
    this.#hashOfNumber = grown(this.#hashOfNumber, this.#size + 1);
    this.#hashOfNumber[this.#size] = hash;
    this.#place(hash, this.#size);
    return this.#size++;
  }

  #enlarge(): void {
    this.#hashes = new Int32Array(this.#hashes.length * 2);
    this.#numbers = new Int32Array(this.#hashes.length).fill(-1);
    for (let number = 0; number < this.#size; number++) this.#place(this.#hashOfNumber[number] as number, number);
  }

  #place(hash: number, number: number): void {
    const mask = this.#numbers.length - 1;
    let place = hash & mask;
    while (this.#numbers[place] !== -1) place = (place + 1) & mask;
    this.#hashes[place] = hash;
    this.#numbers[place] = number;
  }
}
