/** Owns text to token ids: folding, cutting to the model's limit, padding. The tokenizer proper is Hugging Face's. */

import { Tokenizer } from '@huggingface/tokenizers';
import { RouterError, messageOf } from '../core/errors.ts';

/** One text as the model reads it. */
export interface TokenizedText {
  readonly ids: readonly number[];
  /** The text had more tokens than the model reads. */
  readonly truncated: boolean;
  /** No token but unknown, special and blank ones: nothing that the model knows. */
  readonly empty: boolean;
}

export interface TextTokenizer {
  tokenize(text: string): TokenizedText;
}

const WHITE_SPACE = /\s+/gu;

/**
 * @param definition the parsed tokenizer.json
 * @param maxTokens the most tokens that the model reads, special ones included
 */
export function createTextTokenizer(definition: object, maxTokens: number): TextTokenizer {
  const tokenizer = loadTokenizer(definition);
  const specialIds = new Set<number>();
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) specialIds.add(id);
  const emptyIds = new Set([...specialIds, tokenizer.model?.unk_token_id, tokenizer.token_to_id('▁')]);
  const maxCharacters = maxTokens * longestPiece(tokenizer);

  return {
    tokenize(text) {
      const folded = text.toWellFormed().replace(WHITE_SPACE, ' ').trim();
      // More characters than the longest pieces could cover; the tokenizer's time grows with all of them.
      const read = folded.slice(0, maxCharacters).toWellFormed();
      const all: readonly number[] = tokenizer.encode(read).ids;
      return {
        ids: truncate(all, maxTokens, specialIds),
        truncated: all.length > maxTokens || folded.length > maxCharacters,
        empty: all.every((id: number) => emptyIds.has(id)),
      };
    },
  };
}

/** Cuts the text's end but keeps the special tokens that close it (BERT's [SEP]). */
function truncate(ids: readonly number[], maxTokens: number, specialIds: ReadonlySet<number>): readonly number[] {
  if (ids.length <= maxTokens) return ids;
  let closing = 0;
  while (closing < maxTokens && specialIds.has(ids[ids.length - 1 - closing] as number)) closing++;
  return [...ids.slice(0, maxTokens - closing), ...ids.slice(ids.length - closing)];
}

function longestPiece(tokenizer: Tokenizer): number {
  let longest = 1;
  for (const piece of tokenizer.get_vocab().keys()) longest = Math.max(longest, piece.length);
  return longest;
}

function loadTokenizer(definition: object): Tokenizer {
  try {
    return new Tokenizer(definition, {});
  } catch (error) {
    throw new RouterError(
      'MODEL_LOAD_FAILED',
      `Got a tokenizer.json that could not be read: ${messageOf(error)}; pass the tokenizer.json that belongs to the model.`,
      { cause: error },
    );
  }
}
