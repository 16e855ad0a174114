/** Owns the two calls about fitting: checks what is given, has samples encoded, learns, and puts the fit in force. */

import { withDeadline } from '../deadline.ts';
import type { Embedding } from '../embed.ts';
import type { Engine } from '../engine.ts';
import { RouterError, abortError } from '../errors.ts';
import { parseCallOptions, parseFitOptions, type ParsedFitOptions } from '../input.ts';
import type { Turns } from '../turns.ts';
import type { AbortSignalLike, Clock, MutationReceipt, Router } from '../types.ts';
import type { WriteQueue } from '../write-queue.ts';
import { encodeFit } from './fit.ts';
import type { LearningSample } from './learn.ts';
import type { FitFindings } from './types.ts';

export interface FitParts {
  /** What answers now: another encoder has other vectors, and another table. */
  readonly current: () => Engine;
  readonly writes: WriteQueue;
  readonly turns: Turns;
  readonly checkOpen: () => void;
  readonly clock: Clock;
}

export function createFitVerbs(parts: FitParts): Pick<Router, 'fit' | 'dropFit'> {
  const { current, writes, turns, checkOpen, clock } = parts;

  function put(fit: Uint8Array | undefined): MutationReceipt {
    return { ...writes.push(current().table.apply({ type: 'set-fit', fit })), truncated: [] };
  }

  return {
    async fit(options) {
      checkOpen();
      const parsed = parseFitOptions(options);
      return withDeadline(parseCallOptions(options), clock, (signal) =>
        turns.take(
          async () => {
            const { fit, report } = await learnFrom(current(), parsed, clock, signal);
            if (signal?.aborted) throw abortError(signal);
            return { ...report, ...put(fit) };
          },
          { signal },
        ),
      );
    },
    async dropFit() {
      checkOpen();
      return turns.take(async () => put(undefined));
    },
  };
}

async function learnFrom(
  { table, decider, embedQueries }: Engine,
  { samples, maxErrorRate, folds, seed }: ParsedFitOptions,
  clock: Clock,
  signal: AbortSignalLike | undefined,
): Promise<{ readonly fit: Uint8Array; readonly report: FitFindings }> {
  if (decider.rule !== 'blend') {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a router of the rule ${decider.rule} to fit; open it with the default rule, which a fit builds on.`,
    );
  }
  const positions = new Map(table.entries().map(({ name }, i) => [name, i]));
  const routes = samples.map(({ route }) => {
    const position = route === null ? -1 : positions.get(route);
    if (position === undefined) throw unknownRoute(route as string);
    return position;
  });
  const embeddings = await embedQueries(
    samples.map(({ text }) => text),
    signal,
  );
  const learning = samples.map(({ text }, i): LearningSample => ({
    text,
    vector: (embeddings[i] as Embedding).vector,
    route: routes[i] as number,
  }));
  await decider.preparation.ready(signal);
  const calibration = decider.calibration();
  if (!calibration) throw new RouterError('INVALID_OPTION', 'Got a router without routes to fit; add routes first.');
  const { learn } = await import('./learn.ts');
  const { fit, report } = await learn(table, {
    calibration,
    samples: learning,
    maxErrorRate,
    folds,
    seed,
    clock,
    // Where the index has no WASM, by choice or by need, nor has the training.
    kernel: table.indexStatus.kernel === 'js' ? 'js' : 'auto',
    signal,
  });
  return { fit: encodeFit(fit), report };
}

function unknownRoute(route: string): RouterError {
  return new RouterError(
    'ROUTE_NOT_FOUND',
    `Got a sample of "${route}", which is no route of this router; add the route first, or use null for a text of none.`,
  );
}
