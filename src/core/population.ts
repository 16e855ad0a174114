/** Owns fresh memory whose pages a platform takes from the system ahead of use, on another thread. */

/**
 * Writes zeros into memory that holds zeros, on another thread, and resolves when it is done. The system gives a page
 * when it is first touched, which takes longer than to copy a page of vectors into it.
 */
export type Populate = (bytes: Uint8Array) => Promise<void>;

export class Population {
  readonly #populate: Populate;
  #reached: number;
  #step: Promise<void> = Promise.resolve();

  /** Goes through the bytes from front to back. */
  constructor(bytes: Uint8Array, populate: Populate) {
    this.#populate = populate;
    this.#reached = bytes.byteOffset;
    this.#take(bytes, Math.ceil(bytes.length / 2));
  }

  /** Whether nothing is written below an address any more. */
  hasReached(address: number): boolean {
    return this.#reached >= address;
  }

  /** Resolves when it has reached an address; `undefined` where it has. */
  reach(address: number): Promise<void> | undefined {
    return this.hasReached(address) ? undefined : this.#step.then(() => this.reach(address));
  }

  /** One part while the texts are read, the other while the vectors of the first are. */
  #take(bytes: Uint8Array, partBytes: number): void {
    this.#step = this.#populate(bytes.subarray(0, partBytes)).then(
      () => {
        const rest = bytes.subarray(partBytes);
        this.#reached = rest.length > 0 ? rest.byteOffset : Infinity;
        if (rest.length > 0) this.#take(rest, partBytes);
      },
      // Whoever touches a page first gets it then, as without this.
      () => void (this.#reached = Infinity),
    );
  }
}
