import type { AbortSignalLike, Decision, Router } from '../core/types.ts';
import type { BatchTurns } from './batch-turns.ts';
import type { HttpLimits } from './limits.ts';

/** A piece that took longer is followed by a smaller one: single queries wait for one piece at most. */
const PIECE_MS = 20;
const FIRST_PIECE = 4;
/** As many as share a run of the encoder. */
const LARGEST_PIECE = 32;

export interface Batch {
  readonly router: Router;
  readonly limits: Required<HttpLimits>;
  readonly turns: BatchTurns;
  readonly client: string;
  readonly signal: AbortSignalLike;
}

/**
 * Decides texts a piece at a time and keeps of each decision only what `pick` makes of it, in the order of the texts.
 * Rejects with `QUEUE_FULL`, or as `queryMany` does.
 */
export async function decideBatch<T>(
  texts: readonly string[],
  { router, limits, turns, client, signal }: Batch,
  pick: (decision: Decision) => T,
): Promise<readonly T[]> {
  const characters = texts.reduce((sum, { length }) => sum + length, 0);
  const release = turns.admit(client, Math.max(texts.length / limits.maxTexts, characters / limits.maxBodyBytes));
  // Texts of like length in one piece: what a piece takes then tells what the next will take.
  const order = texts.map((_, i) => i).toSorted((a, b) => (texts[a] as string).length - (texts[b] as string).length);
  const picked: T[] = [];
  try {
    let size = FIRST_PIECE;
    for (let first = 0; first < order.length;) {
      const piece = order.slice(first, first + size);
      const ms = await turns.take(client, signal, async () => {
        const start = performance.now();
        const decisions = await router.queryMany(
          piece.map((i) => texts[i] as string),
          { signal },
        );
        for (const [at, i] of piece.entries()) picked[i] = pick(decisions[at] as Decision);
        return performance.now() - start;
      });
      first += piece.length;
      size = ms > PIECE_MS ? Math.max(1, size >> 1) : Math.min(LARGEST_PIECE, size * 2);
    }
    return picked;
  } finally {
    release();
  }
}
