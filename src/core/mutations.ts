/** Owns the five changes of routes: checks them, has their texts encoded, applies them in the order of the calls. */

import { withDeadline } from './deadline.ts';
import type { Embedding } from './embed.ts';
import type { Engine } from './engine.ts';
import { RouterError, abortError } from './errors.ts';
import { parseCallOptions, parseName, parseRoute, parseThreshold, parseUtterances } from './input.ts';
import type { TableMutation } from './route-table.ts';
import type { Turns } from './turns.ts';
import type {
  AbortSignalLike,
  CallOptions,
  Clock,
  EmbeddedUtterance,
  MutationReceipt,
  Router,
  StoredRoute,
} from './types.ts';
import { isZero } from './vectors.ts';
import type { WriteQueue } from './write-queue.ts';

export interface MutationParts {
  /** Another one with another encoder. */
  readonly current: () => Pick<Engine, 'table' | 'decider'>;
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
  | 'addRoute'
  | 'removeRoute'
  | 'addUtterances'
  | 'removeUtterances'
  | 'addNegatives'
  | 'removeNegatives'
  | 'setThreshold'
>;

/** A mutation whose texts are encoded, ready for its turn. */
interface Prepared {
  readonly mutation: TableMutation;
  readonly truncated: readonly string[];
}

export function createMutations(parts: MutationParts): MutationVerbs {
  const { checkOpen, clock } = parts;
  const { commit, withVectors } = createCommits(parts);

  async function addTexts(
    type: 'add-utterances' | 'add-negatives',
    input: string,
    inputs: readonly string[],
    options: CallOptions | undefined,
  ): Promise<MutationReceipt> {
    checkOpen();
    const name = parseName(input);
    const texts = parseUtterances(inputs, name);
    return withDeadline(parseCallOptions(options), clock, (signal) => {
      const preparing = withVectors(name, texts, signal).then(({ utterances, truncated }) => ({
        mutation: { type, name, utterances },
        truncated,
      }));
      return commit(preparing, signal);
    });
  }

  async function removeTexts(
    type: 'remove-utterances' | 'remove-negatives',
    input: string,
    inputs: readonly string[],
  ): Promise<MutationReceipt> {
    checkOpen();
    const name = parseName(input);
    return commit(ready({ type, name, texts: parseUtterances(inputs, name) }));
  }

  return {
    async addRoute(input, options) {
      checkOpen();
      const { utterances: texts, negatives = [], ...rest } = parseRoute(input);
      return withDeadline(parseCallOptions(options), clock, (signal) => {
        const preparing = withVectors(rest.name, [...texts, ...negatives], signal).then((embedded) => ({
          mutation: { type: 'add-route', route: { ...rest, ...split(embedded.utterances, texts.length) } } as const,
          truncated: embedded.truncated,
        }));
        return commit(preparing, signal);
      });
    },
    async removeRoute(input) {
      checkOpen();
      return commit(ready({ type: 'remove-route', name: parseName(input) }));
    },
    addUtterances: (name, texts, options) => addTexts('add-utterances', name, texts, options),
    removeUtterances: (name, texts) => removeTexts('remove-utterances', name, texts),
    addNegatives: (name, texts, options) => addTexts('add-negatives', name, texts, options),
    removeNegatives: (name, texts) => removeTexts('remove-negatives', name, texts),
    async setThreshold(input, value) {
      checkOpen();
      const name = parseName(input);
      const threshold = value === undefined ? undefined : parseThreshold(value, name);
      return commit(ready({ type: 'set-threshold', name, threshold }));
    },
  };
}

interface Commits {
  readonly commit: (preparing: Promise<Prepared>, signal?: AbortSignalLike) => Promise<MutationReceipt>;
  readonly withVectors: (name: string, texts: readonly string[], signal?: AbortSignalLike) => Promise<Embedded>;
}

function createCommits({ current, writes, turns, embedMany }: MutationParts): Commits {
  /** Texts are encoded side by side; the changes themselves take turns. */
  function commit(preparing: Promise<Prepared>, signal?: AbortSignalLike): Promise<MutationReceipt> {
    return turns.take(
      async () => {
        const { mutation, truncated } = await preparing;
        const { table, decider } = current();
        await decider.preparation.settled(signal);
        if (signal?.aborted) throw abortError(signal);
        return { ...writes.push(table.apply(mutation)), truncated };
      },
      { ready: preparing, signal },
    );
  }

  async function withVectors(name: string, texts: readonly string[], signal?: AbortSignalLike): Promise<Embedded> {
    return toUtterances(name, texts, await embedMany(texts, signal));
  }

  return { commit, withVectors };
}

/** Utterances first, negatives behind. */
export function split(
  embedded: readonly EmbeddedUtterance[],
  utteranceCount: number,
): Pick<StoredRoute, 'utterances' | 'negatives'> {
  const negatives = embedded.slice(utteranceCount);
  return { utterances: embedded.slice(0, utteranceCount), ...(negatives.length > 0 && { negatives }) };
}

export interface Embedded {
  readonly utterances: readonly EmbeddedUtterance[];
  readonly truncated: readonly string[];
}

export function toUtterances(name: string, texts: readonly string[], embeddings: readonly Embedding[]): Embedded {
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
