/** Owns fresh memory whose pages a platform takes from the system ahead of use, on another thread. */

/**
 * Writes zeros into memory that holds zeros, on another thread, and resolves when it is done. The system gives a page
 * when it is first touched, which takes longer than to copy a page of vectors into it.
 */
export type Populate = (bytes: Uint8Array) => Promise<void>;

export class Population {
  readonly #populate: Populate;
  #reached = 0;
  #step: Promise<void> = Promise.resolve();

  /** Goes through the bytes from front to back. */
  constructor(bytes: Uint8Array, populate: Populate) {
    this.#populate = populate;
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
    this.#reached = bytes.byteOffset;
    const rest = bytes.subarray(partBytes);
    const stop = (): void => void (this.#reached = Infinity);
    const goOn = (): void => this.#take(rest, partBytes);
    // Where it fails, whoever touches a page first gets it then, as without this.
    this.#step = this.#populate(bytes.subarray(0, partBytes)).then(rest.length > 0 ? goOn : stop, stop);
  }
}
