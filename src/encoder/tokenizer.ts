/** Owns text to token ids: folding, cutting to the model's limit. The tokenizer proper is Hugging Face's. */

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
  /** @param prefix what the model wants before the text; it counts as no content of it */
  tokenize(text: string, prefix?: string): TokenizedText;
}

type Encode = (text: string) => readonly number[];

const WHITE_SPACE = /\s+/gu;
/** SentencePiece's space, with which the pieces that begin a word begin. */
const WORD_START = '▁';
/** As many characters as the longest pieces of the embedded model have. */
const LONGEST_PIECE = 16;
/** Enough for a text of everyday words, of which a token covers four characters. */
const USUAL_PIECE = 4;
/** A text whose end was cut off tells no more of its last tokens. */
const UNSURE_TOKENS = 16;
/** Words whose ids are remembered: 20,000 of at most 12 characters and 24 ids take 7 MB. V8 keeps a whole text for a longer part of it. */
const MAX_CACHED_WORDS = 20_000;
const MAX_CACHED_CHARACTERS = 12;
const MAX_CACHED_IDS = 24;

/**
 * @param definition the parsed tokenizer.json
 * @param maxTokens the most tokens that the model reads, special ones included
 * @param config the parsed tokenizer_config.json, where there is one
 */
export function createTextTokenizer(definition: object, maxTokens: number, config: object = {}): TextTokenizer {
  const tokenizer = loadTokenizer(definition, config);
  const specialIds = new Set<number>();
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) specialIds.add(id);
  const emptyIds = new Set([...specialIds, tokenizer.model?.unk_token_id, tokenizer.token_to_id(WORD_START)]);
  const encodeText: Encode = (text) => tokenizer.encode(text).ids;
  const encode = splitsAtSpaces(tokenizer) ? byWords(tokenizer, maxTokens + UNSURE_TOKENS) : encodeText;

  /** The ids of as much of the text as fills the model: what it takes grows with that, not with the text. */
  function encodeStart(text: string): { readonly ids: readonly number[]; readonly isWhole: boolean } {
    for (let piece = USUAL_PIECE; ; piece = LONGEST_PIECE) {
      const start = startOf(text, maxTokens * piece);
      const ids = encode(start);
      const isWhole = start.length === text.length;
      if (isWhole || piece === LONGEST_PIECE || ids.length > maxTokens + UNSURE_TOKENS) return { ids, isWhole };
    }
  }

  return {
    tokenize(text, prefix = '') {
      const bare = text.toWellFormed().replace(WHITE_SPACE, ' ').trim();
      const { ids, isWhole } = encodeStart(prefix + bare);
      return {
        ids: truncate(ids, maxTokens, specialIds),
        truncated: !isWhole || ids.length > maxTokens,
        empty: (prefix === '' ? ids : encodeStart(bare).ids).every((id) => emptyIds.has(id)),
      };
    },
  };
}

/** At most so many characters of a text, as many after the normalisation that adds the most: NFKC makes 18 of U+FDFA. */
function startOf(text: string, most: number): string {
  let start = text.slice(0, most);
  for (let length; (length = start.normalize('NFKC').length) > most;) {
    start = start.slice(0, Math.floor((start.length * most) / length));
  }
  return start.toWellFormed();
}

/** Whether no piece reaches over a space and nothing is added around a text, so that its ids are those of its words. */
function splitsAtSpaces(tokenizer: Tokenizer): boolean {
  const begins = tokenizer.encode('a').ids[0];
  return (
    tokenizer.model?.config.type === 'Unigram' &&
    tokenizer.post_processor === null &&
    begins !== undefined &&
    tokenizer.id_to_token(begins)?.startsWith(WORD_START) === true &&
    ![...tokenizer.get_vocab().keys()].some((piece) => piece.includes(WORD_START, 1))
  );
}

/** Each word once: looking for the best pieces of ten tokens takes 0.17 ms, 40% of what the model takes natively. */
function byWords(tokenizer: Tokenizer, enough: number): Encode {
  const cache = new Map<string, readonly number[]>();
  const { model } = tokenizer;
  // Done here: the tokenizer's own takes 12 ms for 2,000 unknown characters, for it grows with their square.
  if (model) model.fuse_unk = false;
  const unknown = model?.unk_token_id;
  const toIds: Encode = (word) => {
    const ids: readonly number[] = tokenizer.encode(word).ids;
    return ids.filter((id, i) => id !== unknown || id !== ids[i - 1]);
  };
  return (text) => {
    const ids: number[] = [];
    for (const word of text === '' ? [] : text.split(' ')) {
      let known = cache.get(word);
      if (!known) {
        known = toIds(word);
        if (word.length <= MAX_CACHED_CHARACTERS && known.length <= MAX_CACHED_IDS) {
          if (cache.size >= MAX_CACHED_WORDS) cache.clear();
          cache.set(word, known);
        }
      }
      ids.push(...known);
      if (ids.length > enough) break;
    }
    return ids;
  };
}

/** Cuts the text's end but keeps the special tokens that close it (BERT's [SEP]). */
function truncate(ids: readonly number[], maxTokens: number, specialIds: ReadonlySet<number>): readonly number[] {
  if (ids.length <= maxTokens) return ids;
  let closing = 0;
  while (closing < maxTokens && specialIds.has(ids[ids.length - 1 - closing] as number)) closing++;
  return [...ids.slice(0, maxTokens - closing), ...ids.slice(ids.length - closing)];
}

function loadTokenizer(definition: object, config: object): Tokenizer {
  try {
    return new Tokenizer(definition, config);
  } catch (error) {
    throw new RouterError(
      'MODEL_LOAD_FAILED',
      `Got a tokenizer.json that could not be read: ${messageOf(error)}; pass the tokenizer.json that belongs to the model.`,
      { cause: error },
    );
  }
}
