/** Owns which texts' words are still to be read; a file's worth of them takes no memory. */

export class UnreadTexts {
  readonly #added = new Set<number>();
  /** These ids too, from the one to before the other. */
  #next = 0;
  #end = 0;

  /** @param id a small integer >= 0 */
  add(id: number): void {
    this.#added.add(id);
  }

  /** Adds all ids below a number, where none was added before. */
  lay(count: number): void {
    this.#end = count;
  }

  /** Takes back one that was added by itself; returns whether it was there. */
  delete(id: number): boolean {
    return this.#added.delete(id);
  }

  /**
   * Hands out so many ids at most, each once, also those of texts that are gone; returns whether none is left. One that
   * `take` throws for is handed out again.
   */
  read(limit: number, take: (id: number) => void): boolean {
    let left = limit;
    for (; this.#next < this.#end; this.#next++) {
      if (left-- <= 0) return false;
      // One that was removed may be another text's by now, which comes in its own turn.
      if (!this.#added.has(this.#next)) take(this.#next);
    }
    for (const id of this.#added) {
      if (left-- <= 0) return false;
      take(id);
      this.#added.delete(id);
    }
    return true;
  }
}
