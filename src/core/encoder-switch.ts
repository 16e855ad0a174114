/**
 * Owns the change of a living router's encoder: the texts are encoded behind, queries go on being answered by the old
 * encoder, and all of it changes at once or not at all.
 */

import { createEngine, type Engine, type EngineSettings } from './engine.ts';
import { toRouterError } from './errors.ts';
import { encodeAll, fill, type LoadOptions } from './load-table.ts';
import { parseEncoder } from './parts.ts';
import type { RouteTable } from './route-table.ts';
import { createTurns, type Turns } from './turns.ts';
import type {
  AbortSignalLike,
  Encoder,
  RouterStatus,
  SetEncoderOptions,
  SetEncoderReceipt,
  StoredRoute,
} from './types.ts';
import type { WriteQueue } from './write-queue.ts';

export interface EngineRoomParts {
  readonly first: Engine;
  readonly settings: EngineSettings;
  readonly loading: Pick<LoadOptions, 'kernel' | 'maxBatchSize'>;
  readonly turns: Turns;
  readonly writes: WriteQueue;
  readonly checkOpen: () => void;
}

/** Holds the engine that answers now, and changes it. */
export class EngineRoom {
  readonly #parts: EngineRoomParts;
  readonly #switches = createTurns();
  /** Those that still answer what they were asked; what they have answered counts on. */
  readonly #retired = new Set<Engine>();
  readonly #past = { queries: 0, queryRuns: 0 };
  #current: Engine;
  #lastStep: Promise<unknown> | undefined;

  constructor(parts: EngineRoomParts) {
    this.#parts = parts;
    this.#current = parts.first;
  }

  get current(): Engine {
    return this.#current;
  }

  /** Of a change that is in its last step, in which a text encoded by the old encoder would come too late. */
  get lastStep(): Promise<unknown> | undefined {
    return this.#lastStep;
  }

  /** Rejects with `INVALID_OPTION`, `ENCODER_FAILED`, `ABORTED`, `TIMEOUT`, `CLOSED`; nothing is changed then. */
  async setEncoder(
    encoder: Encoder,
    onReencode: SetEncoderOptions['onReencode'],
    signal: AbortSignalLike | undefined,
  ): Promise<SetEncoderReceipt> {
    parseEncoder(encoder);
    return this.#switches
      .take(() => this.#change(encoder, onReencode, signal), { signal })
      .catch((error: unknown) => {
        throw toRouterError(error, 'ENCODER_FAILED', 'Changing the encoder');
      });
  }

  /** The queues are those of now, the counts those of the router's life. */
  decided(): ReturnType<Engine['decided']> {
    const sum = { ...this.#past };
    for (const engine of this.#retired) addTo(sum, engine.decided());
    const now = this.#current.decided();
    return { ...now, queries: sum.queries + now.queries, queryRuns: sum.queryRuns + now.queryRuns };
  }

  async closeLanes(pending: 'reject' | 'drain'): Promise<void> {
    await Promise.all([this.#current, ...this.#retired].map((engine) => engine.closeLanes(pending)));
  }

  async #change(
    encoder: Encoder,
    onReencode: SetEncoderOptions['onReencode'],
    signal: AbortSignalLike | undefined,
  ): Promise<SetEncoderReceipt> {
    const { loading, turns, checkOpen } = this.#parts;
    const vectors: Vectors = new Map();
    const options = { ...loading, signal, onReencode: whileOpen(checkOpen, onReencode) };
    // Most of them, while routes may still change.
    await encodeMissing(encoder, this.#current.table, vectors, options);
    const changed = turns.take(
      async () => {
        await encodeMissing(encoder, this.#current.table, vectors, options);
        return { ...this.#switchTo(encoder, vectors), truncated: [] };
      },
      { signal },
    );
    this.#lastStep = changed.then(ignore, ignore).finally(() => {
      this.#lastStep = undefined;
    });
    return changed;
  }

  #switchTo(encoder: Encoder, vectors: Vectors): Omit<SetEncoderReceipt, 'truncated'> {
    const { loading, settings, writes, checkOpen } = this.#parts;
    checkOpen();
    const routes = routesOf(this.#current.table, vectors);
    const { id, dimensions } = encoder;
    const table = fill(encoder, routes, loading.kernel);
    const retired = this.#retire(this.#current);
    this.#current = createEngine(encoder, table, settings);
    return { ...writes.push({ type: 'replace-all', encoder: { id, dimensions }, routes }), retired };
  }

  async #retire(engine: Engine): Promise<void> {
    this.#retired.add(engine);
    await engine.closeLanes('drain');
    this.#retired.delete(engine);
    addTo(this.#past, engine.decided());
  }
}

function ignore(): void {
  // Who asked for the change has its rejection.
}

type Vectors = Map<string, Float32Array>;

/** A router that was closed meanwhile needs no more of it. */
function whileOpen(checkOpen: () => void, onReencode: LoadOptions['onReencode']): LoadOptions['onReencode'] {
  return (progress) => {
    checkOpen();
    onReencode?.(progress);
  };
}

async function encodeMissing(
  encoder: Encoder,
  table: RouteTable,
  vectors: Vectors,
  options: Parameters<typeof encodeAll>[2],
): Promise<void> {
  const missing = textsOf(table).filter((text) => !vectors.has(text));
  for (const [text, vector] of await encodeAll(encoder, missing, options)) vectors.set(text, vector);
}

function textsOf(table: RouteTable): readonly string[] {
  return [...new Set(table.entries().flatMap(({ ids, negatives }) => [...ids.keys(), ...negatives.keys()]))];
}

function routesOf(table: RouteTable, vectors: Vectors): readonly StoredRoute[] {
  const encoded = (texts: Iterable<string>): { text: string; vector: Float32Array }[] =>
    Array.from(texts, (text) => ({ text, vector: vectors.get(text) as Float32Array }));
  return table.entries().map(({ name, threshold, metadata, ids, negatives }) => ({
    name,
    utterances: encoded(ids.keys()),
    ...(negatives.size > 0 && { negatives: encoded(negatives.keys()) }),
    ...(threshold !== undefined && { threshold }),
    ...(metadata && { metadata }),
  }));
}

type Counts = Pick<RouterStatus, 'queries' | 'queryRuns'>;

function addTo(sum: Counts, { queries, queryRuns }: Counts): void {
  Object.assign(sum, { queries: sum.queries + queries, queryRuns: sum.queryRuns + queryRuns });
}
