/** Owns the way of every ordinary opening: stored vectors go straight into the index, none is an object of its own. */

import { toRouterError } from './errors.ts';
import type { Populate } from './population.ts';
import { RouteTable } from './route-table.ts';
import { checkHead, damagedRoute, sameIdentity } from './stored-checks.ts';
import type { Encoder, KernelChoice, StateSink, Storage } from './types.ts';

export interface StreamOptions {
  readonly kernel: KernelChoice | undefined;
  readonly populate: Populate | undefined;
}

/** Fewer bytes of vectors are touched sooner than asked for. */
const FEWEST_BYTES = 2 ** 24;

/**
 * The routes of a storage; `undefined` where it has no such way, or holds what must be mended first. Rejects with
 * `STORAGE_FAILED`, `STORAGE_CORRUPT`, `CAPACITY`.
 */
export async function streamTable(
  encoder: Encoder,
  storage: Storage,
  options: StreamOptions,
): Promise<RouteTable | undefined> {
  const { id, dimensions } = encoder;
  const sink = new TableSink(encoder, options);
  try {
    const isWhole = await storage.stream?.({ id, dimensions }, sink);
    // All of it: memory that nothing was put into is somebody's later.
    await sink.ready(Infinity);
    return isWhole && sink.table?.hasSoundVectors() ? sink.table : undefined;
  } catch (error) {
    throw toRouterError(error, 'STORAGE_FAILED', 'Loading the routes');
  }
}

class TableSink implements StateSink {
  readonly #encoder: Encoder;
  readonly #options: StreamOptions;
  /** Made when it is known to be of use: each reserves memory. */
  #table: RouteTable | undefined;
  #expected = 0;

  constructor(encoder: Encoder, options: StreamOptions) {
    this.#encoder = encoder;
    this.#options = options;
  }

  get table(): RouteTable | undefined {
    return this.#table;
  }

  expect(textCount: number): void {
    const { populate, kernel } = this.#options;
    const { dimensions } = this.#encoder;
    if (!populate || textCount * dimensions * 4 < FEWEST_BYTES) return;
    this.#table = new RouteTable(dimensions, kernel);
    this.#table.reserve(textCount);
    this.#table.evidence.index.populate(populate);
    this.#expected = textCount;
  }

  begin({ encoder: owner, routes, fit }: Parameters<StateSink['begin']>[0]): boolean {
    if (!sameIdentity(owner, this.#encoder)) return false;
    const count = routes.reduce(
      (sum, { utterances, negatives }) => sum + utterances.length + (negatives?.length ?? 0),
      0,
    );
    // What is being made ready can't grow.
    if (!this.#table || count > this.#expected) {
      this.#table = new RouteTable(this.#encoder.dimensions, this.#options.kernel);
    }
    try {
      this.#table.lay(routes.map(checkHead));
    } catch (cause) {
      throw damagedRoute(cause);
    }
    if (fit) this.#table.apply({ type: 'set-fit', fit });
    return true;
  }

  ready(end: number): Promise<void> | undefined {
    return this.#table?.evidence.index.ready(end);
  }

  put(first: number, vectors: Float32Array, seals?: Uint32Array): boolean {
    return this.#table?.evidence.index.put(first, vectors, seals) ?? false;
  }
}
