/** Owns the five changes of routes: checks them, has their texts encoded, applies them in the order of the calls. */

import { withDeadline } from './deadline.ts';
import type { Embedding } from './embed.ts';
import { RouterError, abortError } from './errors.ts';
import { parseCallOptions, parseName, parseRoute, parseThreshold, parseUtterances } from './input.ts';
import type { RouteTable, TableMutation } from './route-table.ts';
import type { Turns } from './turns.ts';
import type { AbortSignalLike, Clock, EmbeddedUtterance, MutationReceipt, Router } from './types.ts';
import { isZero } from './vectors.ts';
import type { WriteQueue } from './write-queue.ts';

export interface MutationParts {
  readonly table: RouteTable;
  readonly writes: WriteQueue;
  /** The order of the changes. */
  readonly turns: Turns;
  readonly embedMany: (texts: readonly string[], signal?: AbortSignalLike) => Promise<readonly Embedding[]>;
  /** Throws once the router is closed. */
  readonly checkOpen: () => void;
  readonly clock: Clock;
}

export type MutationVerbs = Pick<
  Router,
  'addRoute' | 'removeRoute' | 'addUtterances' | 'removeUtterances' | 'setThreshold'
>;

/** A mutation whose texts are encoded, ready for its turn. */
interface Prepared {
  readonly mutation: TableMutation;
  readonly truncated: readonly string[];
}

export function createMutations({ table, writes, turns, embedMany, checkOpen, clock }: MutationParts): MutationVerbs {
  /** Texts are encoded side by side; the changes themselves take turns. */
  function commit(preparing: Promise<Prepared>, signal?: AbortSignalLike): Promise<MutationReceipt> {
    return turns.take(async () => {
      const { mutation, truncated } = await preparing;
      if (signal?.aborted) throw abortError(signal);
      return { ...writes.push(table.apply(mutation)), truncated };
    }, preparing);
  }

  async function withVectors(name: string, texts: readonly string[], signal?: AbortSignalLike): Promise<Embedded> {
    return toUtterances(name, texts, await embedMany(texts, signal));
  }

  return {
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

async function ready(mutation: TableMutation): Promise<Prepared> {
  return { mutation, truncated: [] };
}
