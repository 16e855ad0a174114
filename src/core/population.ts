/** Owns fresh memory whose pages a platform takes from the system ahead of use, on another thread. */

/**
 * Writes zeros into memory that holds zeros, on another thread, and resolves when it is done. The system gives a page
 * when it is first touched, which takes longer than to copy a page of vectors into it.
 */
export type Populate = (bytes: Uint8Array) => Promise<void>;

/** So much at a time: the parts in front are filled while those behind are made ready. */
const PART_BYTES = 2 ** 24;

export class Population {
  readonly #populate: Populate;
  #reached = 0;
  #step: Promise<void> = Promise.resolve();

  /** Goes through the bytes from front to back. */
  constructor(bytes: Uint8Array, populate: Populate) {
    this.#populate = populate;
    this.#take(bytes);
  }

  /** Whether nothing is written below an address any more. */
  hasReached(address: number): boolean {
    return this.#reached >= address;
  }

  /** Resolves when it has reached an address; `undefined` where it has. */
  reach(address: number): Promise<void> | undefined {
    return this.hasReached(address) ? undefined : this.#step.then(() => this.reach(address));
  }

  #take(bytes: Uint8Array): void {
    this.#reached = bytes.byteOffset;
    const rest = bytes.subarray(PART_BYTES);
    const stop = (): void => void (this.#reached = Infinity);
    const goOn = (): void => this.#take(rest);
    // Where it fails, whoever touches a page first gets it then, as without this.
    this.#step = this.#populate(bytes.subarray(0, PART_BYTES)).then(rest.length > 0 ? goOn : stop, stop);
  }
}
