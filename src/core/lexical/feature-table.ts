/** Owns the numbers of features: from a 32-bit hash to a dense number, in an open table of one flat array. */

import { grown } from './growable.ts';

export class FeatureTable {
  /** At each place a hash and, one more than, its number: 0 is an empty place. Side by side, for one look at memory. */
  #places = new Int32Array(2_048);
  #hashOfNumber = new Int32Array(512);
  #size = 0;

  /** Features numbered so far. */
  get size(): number {
    return this.#size;
  }

  /** The feature's number, or -1 for one that no text had. */
  find(hash: number): number {
    return (this.#places[this.#placeOf(hash) + 1] as number) - 1;
  }

  /** The feature's number; a new one gets the next. */
  number(hash: number): number {
    const known = this.find(hash);
    if (known >= 0) return known;
    // At most half full: places are looked for in short stretches.
    if ((this.#size + 1) * 4 > this.#places.length) this.#enlarge();
    this.#hashOfNumber = grown(this.#hashOfNumber, this.#size + 1);
    this.#hashOfNumber[this.#size] = hash;
    this.#fill(hash, this.#size);
    return this.#size++;
  }

  /** Where the hash is, or would be. */
  #placeOf(hash: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    let place = (hash << 1) & mask;
    while (places[place + 1] !== 0 && places[place] !== hash) place = (place + 2) & mask;
    return place;
  }

  #enlarge(): void {
    this.#places = new Int32Array(this.#places.length * 2);
    for (let number = 0; number < this.#size; number++) this.#fill(this.#hashOfNumber[number] as number, number);
  }

  #fill(hash: number, number: number): void {
    const place = this.#placeOf(hash);
    this.#places[place] = hash;
    this.#places[place + 1] = number + 1;
  }
}
