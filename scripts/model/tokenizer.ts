// Owns turning the weights package's vocabulary into a Hugging Face `tokenizer.json`, vocabulary repairs included. It does
// not tokenise.
import type { VocabularyEntry } from './weights.ts';

/** One change to an entry of the shipped vocabulary, for the model's README. */
export interface VocabularyRepair {
  readonly id: number;
  readonly before: VocabularyEntry;
  readonly after: readonly [piece: string, score: number];
}

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
  readonly repairs: readonly VocabularyRepair[];
}

// The first six ids stand for no text (unknown, sentence marks, extra tokens). A piece with a space in it can never match,
// since the normaliser turns each space into the word mark: so no user's text is ever read as one of these.
const RESERVED_PIECES: readonly string[] = ['<unk> 0', '<s> 1', '</s> 2', '<extra> 3', '<extra> 4', '<extra> 5'];
export const UNKNOWN_ID = 0;

// Three entries are all the literal `”5`. Their embeddings' nearest neighbours (`,"` 0.83, `."` 0.84, `?"` 0.71) tell what
// they were before some conversion spoilt them.
const SPOILT_PIECE = '”5';
const RESTORED_PIECES: ReadonlyMap<number, string> = new Map([
  [230, ',”'],
  [238, '.”'],
  [4464, '?”'],
]);

// Natural scores are log probabilities, below zero; a null, a zero or `:30`'s 30 is damage of a clock-time parser.
const isDamaged = (score: number | null): boolean => score === null || score >= 0;

/** The list is sorted by score, so a lost score lies between those of the nearest sound entries. */
function interpolatedScore(vocabulary: readonly VocabularyEntry[], id: number): number {
  const sound = (step: 1 | -1): number => {
    for (let at = id + step; at >= RESERVED_PIECES.length && at < vocabulary.length; at += step) {
      const score = vocabulary[at]?.[1] ?? null;
      if (score !== null && !isDamaged(score)) return score;
    }
    throw new Error(
      `Expected a sound score next to vocabulary entry ${id}, found none: the vocabulary is not the known one.`,
    );
  };
  return (sound(-1) + sound(1)) / 2;
}

/** Repairs the damaged entries and renames the reserved ones; every other entry stays as it is. */
export function repairVocabulary(vocabulary: readonly VocabularyEntry[]): {
  readonly entries: readonly (readonly [string, number])[];
  readonly repairs: readonly VocabularyRepair[];
} {
  const repairs: VocabularyRepair[] = [];
  const entries = vocabulary.map((before, id): readonly [string, number] => {
    const [piece, score] = before;
    const reserved = RESERVED_PIECES[id];
    if (reserved !== undefined) return [reserved, 0];
    const restored = RESTORED_PIECES.get(id);
    if (restored !== undefined && piece !== SPOILT_PIECE) {
      throw new Error(
        `Expected vocabulary entry ${id} to be \`${SPOILT_PIECE}\`, got \`${piece}\`: the vocabulary is not the known one.`,
      );
    }
    const sound = score === null || isDamaged(score) ? interpolatedScore(vocabulary, id) : score;
    const after = [restored ?? piece, sound] as const;
    if (after[0] !== piece || after[1] !== score) repairs.push({ id, before, after });
    return after;
  });
  const distinct = new Set(entries.map(([piece]) => piece)).size;
  if (distinct !== entries.length) {
    throw new Error(
      `Expected ${entries.length} different pieces after the repairs, got ${distinct}: the vocabulary is not the known one.`,
    );
  }
  return { entries, repairs };
}

/** Builds `tokenizer.json` and `tokenizer_config.json` for `@huggingface/tokenizers`. */
export function buildTokenizer(vocabulary: readonly VocabularyEntry[], maxTokens: number): TokenizerFiles {
  const { entries, repairs } = repairVocabulary(vocabulary);
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        // A pre-tokeniser of type Metaspace would drop leading spaces, which the reference keeps.
        { type: 'Prepend', prepend: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false },
    model: { type: 'Unigram', unk_id: UNKNOWN_ID, byte_fallback: false, vocab: entries },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: RESERVED_PIECES[UNKNOWN_ID],
    model_max_length: maxTokens,
    clean_up_tokenization_spaces: false,
    padding_side: 'right',
    truncation_side: 'right',
  };
  return { tokenizer, config, repairs };
}
