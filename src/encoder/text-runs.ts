import { abortError } from '../core/errors.ts';
import type { Turns } from '../core/turns.ts';
import type { AbortSignalLike, Clock, Encoding } from '../core/types.ts';
import { bucketByLength } from './length-buckets.ts';
import type { TokenRunner } from './onnx-session.ts';
import type { TextTokenizer, TokenizedText } from './tokenizer.ts';

/** A run's own cost in tokens of the embedded model: 0.15 of 0.036 ms a token natively, 0.6 of 0.15 in WASM. */
const RUN_TOKENS = 4;
/** 6 ms of the embedded model natively. Smaller runs cost more than they spare the others: a run of 32 sentences becomes two. */
const MAX_RUN_TOKENS = 160;
/** Characters that are made tokens in the time in which the embedded model reads one natively. */
const TOKENIZED_IN_A_TOKEN = 32;

interface TextRunsOptions {
  readonly tokenizer: TextTokenizer;
  readonly maxTokens: number;
  readonly runner: TokenRunner;
  readonly dimensions: number;
  /** Each text runs by itself. */
  readonly runsAlone: boolean;
  readonly turns: Turns;
  /** Without it, every call is one turn. */
  readonly soon: Clock['soon'] | undefined;
}

type EncodeTexts = (texts: readonly string[], prefix: string, signal: AbortSignalLike | undefined) => Promise<Encoding>;

/** Encodes texts in runs that each take a turn: another call waits for one of them, not for all texts of a call. */
export function createTextRuns(options: TextRunsOptions): EncodeTexts {
  const { tokenizer, maxTokens, dimensions, turns, soon } = options;
  const maxCost = soon ? MAX_RUN_TOKENS : Infinity;
  return async (texts, prefix, signal) => {
    const tokenized: TokenizedText[] = [];
    const costOf = (i: number): number => {
      const text = texts[i] as string;
      const { ids } = (tokenized[i] ??= tokenizer.tokenize(text, prefix));
      return ids.length + Math.min(text.length / TOKENIZED_IN_A_TOKEN, maxTokens);
    };
    const vectors = new Float32Array(texts.length * dimensions);
    const encodeFrom = async (first: number): Promise<number> => {
      if (signal?.aborted) throw abortError(signal);
      let end = first + 1;
      for (let cost = costOf(first); end < texts.length; end++) {
        cost += costOf(end);
        if (cost > maxCost) break;
      }
      vectors.set(await runBuckets(tokenized.slice(first, end), options), first * dimensions);
      return end;
    };
    for (let first = 0; first < texts.length;) {
      const from = first;
      // Calls that came meanwhile take their turn first.
      if (from > 0 && soon) await new Promise<void>((resolve) => soon(resolve));
      first = await turns.take(() => encodeFrom(from));
    }
    const truncated = [...tokenized.keys()].filter((i) => tokenized[i]?.truncated);
    return { vectors, truncated };
  };
}

/** One vector per text, in as many runs as their lengths are worth; zeros for a text without content. */
async function runBuckets(
  texts: readonly TokenizedText[],
  { runner, dimensions, runsAlone }: TextRunsOptions,
): Promise<Float32Array> {
  const vectors = new Float32Array(texts.length * dimensions);
  const full = [...texts.entries()].filter(([, { empty }]) => !empty);
  const lengths = full.map(([, { ids }]) => ids.length);
  for (const bucket of runsAlone ? lengths.map((_, i) => [i]) : bucketByLength(lengths, RUN_TOKENS)) {
    const members = bucket.map((i) => full[i] as (typeof full)[number]);
    const rows = await runner.run(members.map(([, { ids }]) => ids));
    for (const [row, [at]] of members.entries()) {
      vectors.set(rows.subarray(row * dimensions, (row + 1) * dimensions), at * dimensions);
    }
  }
  return vectors;
}
