/** Owns the five changes of routes: checks them, has their texts encoded, applies them in the order of the calls. */

import { withDeadline } from './deadline.ts';
import type { Embedding } from './embed.ts';
import { RouterError, abortError } from './errors.ts';
import { parseCallOptions, parseName, parseRoute, parseThreshold, parseUtterances } from './input.ts';
import type { RouteTable } from './route-table.ts';
import type { AbortSignalLike, Clock, EmbeddedUtterance, Mutation, MutationReceipt, Router } from './types.ts';
import { isZero } from './vectors.ts';
import type { WriteQueue } from './write-queue.ts';

export interface MutationParts {
  readonly table: RouteTable;
  readonly writes: WriteQueue;
  readonly embedMany: (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Embedding[]>;
  /** Throws once the router is closed. */
  readonly checkOpen: () => void;
  readonly clock: Clock;
}

type MutationVerbs = Pick<Router, 'addRoute' | 'removeRoute' | 'addUtterances' | 'removeUtterances' | 'setThreshold'>;

export interface Mutations {
  readonly verbs: MutationVerbs;
  /** Resolves when every mutation called before is applied or rejected. */
  readonly settled: () => Promise<void>;
}

/** A mutation whose texts are encoded, ready for its turn. */
interface Prepared {
  readonly mutation: Mutation;
  readonly truncated: readonly string[];
}

export function createMutations({ table, writes, embedMany, checkOpen, clock }: MutationParts): Mutations {
  let turn: Promise<void> = Promise.resolve();

  /** Texts are encoded side by side; the changes themselves take turns. */
  function commit(preparing: Promise<Prepared>, signal?: AbortSignalLike): Promise<MutationReceipt> {
    // Each rejection reaches the caller through the receipt; the chain only keeps the order.
    const applied = Promise.allSettled([turn, preparing]).then(async () => {
      const { mutation, truncated } = await preparing;
      if (signal?.aborted) throw abortError(signal);
      return { ...writes.push(table.apply(mutation)), truncated };
    });
    turn = applied.then(ignore, ignore);
    return applied;
  }

  async function withVectors(name: string, texts: readonly string[], signal?: AbortSignalLike): Promise<Embedded> {
    return toUtterances(name, texts, await embedMany(texts, signal));
  }

  const verbs: MutationVerbs = {
    async addRoute(input, options) {
      checkOpen();
      const { utterances: texts, ...rest } = parseRoute(input);
      return withDeadline(parseCallOptions(options), clock, (signal) => {
        const preparing = withVectors(rest.name, texts, signal).then(({ utterances, truncated }) => ({
          mutation: { type: 'add-route', route: { ...rest, utterances } } as const,
          truncated,
        }));
        return commit(preparing, signal);
      });
    },
    async removeRoute(input) {
      checkOpen();
      return commit(ready({ type: 'remove-route', name: parseName(input) }));
    },
    async addUtterances(input, inputs, options) {
      checkOpen();
      const name = parseName(input);
      const texts = parseUtterances(inputs, name);
      return withDeadline(parseCallOptions(options), clock, (signal) => {
        const preparing = withVectors(name, texts, signal).then(({ utterances, truncated }) => ({
          mutation: { type: 'add-utterances', name, utterances } as const,
          truncated,
        }));
        return commit(preparing, signal);
      });
    },
    async removeUtterances(input, inputs) {
      checkOpen();
      const name = parseName(input);
      return commit(ready({ type: 'remove-utterances', name, texts: parseUtterances(inputs, name) }));
    },
    async setThreshold(input, value) {
      checkOpen();
      const name = parseName(input);
      const threshold = value === undefined ? undefined : parseThreshold(value, name);
      return commit(ready({ type: 'set-threshold', name, threshold }));
    },
  };
  return { verbs, settled: () => turn };
}

interface Embedded {
  readonly utterances: readonly EmbeddedUtterance[];
  readonly truncated: readonly string[];
}

function toUtterances(name: string, texts: readonly string[], embeddings: readonly Embedding[]): Embedded {
  const utterances = texts.map((text, i) => ({ text, vector: (embeddings[i] as Embedding).vector }));
  const unknown = utterances.find(({ vector }) => isZero(vector));
  if (unknown) {
    throw new RouterError(
      'INVALID_ROUTE',
      `Got "${unknown.text.slice(0, 60)}" as an utterance of "${name}", in which the encoder knows no word; it would never match.`,
    );
  }
  return { utterances, truncated: texts.filter((_, i) => (embeddings[i] as Embedding).truncated) };
}

async function ready(mutation: Mutation): Promise<Prepared> {
  return { mutation, truncated: [] };
}

function ignore(): void {
  // The caller of the mutation has the rejection.
}
