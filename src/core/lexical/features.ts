/** Owns how a text becomes lexical features: hashed words and character 3- to 5-grams. Knows no weights and no other text. */

/** Distinct features of one text. The arrays are scratch: they hold until the next text. */
export interface Features {
  readonly count: number;
  /** 32-bit hashes; two features that share one (1 in 40,000 pairs of texts) count as the same. */
  readonly hashes: Int32Array;
  /** How often each occurs. */
  readonly counts: Int32Array;
}

/** What a feature covers, for those who explain: characters `start` to `end` of the folded text. */
export type FeatureVisitor = (hash: number, start: number, end: number) => void;

/** Beyond it a text is hardly an utterance; keeps one query from taking the time of a thousand. */
const MAX_CHARACTERS = 1_000;
const SHORTEST = 3;
const LONGEST = 5;
/** More than twice the features that `MAX_CHARACTERS` can make. */
const TABLE_SIZE = 8_192;
const SEED = 0x811c9dc5 | 0;
const WORD_SEED = 0x2545f491;

const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*/gu;

/** The words of a text in lower case, one space around each: what features are made of. */
export function foldText(text: string): string {
  const words = text.slice(0, MAX_CHARACTERS).normalize('NFKC').toLowerCase().match(WORD) ?? [];
  return words.length === 0 ? '' : ` ${words.join(' ').replaceAll('’', "'").slice(0, MAX_CHARACTERS)} `;
}

/** Every occurrence of every feature: n-grams run over the spaces between words, words are features of their own. */
export function visitFeatures(folded: string, visit: FeatureVisitor): void {
  let word = WORD_SEED;
  let wordStart = 1;
  for (let start = 0; start < folded.length; start++) {
    const code = folded.charCodeAt(start);
    if (code !== 32) {
      word = Math.imul(word ^ code, 0x01000193);
    } else if (start > 0) {
      visit(finish(word), wordStart, start);
      word = WORD_SEED;
      wordStart = start + 1;
    }
    let hash = SEED;
    const end = Math.min(start + LONGEST, folded.length);
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ folded.charCodeAt(at), 0x01000193);
      if (at - start >= SHORTEST - 1) visit(finish(hash), start, at + 1);
    }
  }
}

const keys = new Int32Array(TABLE_SIZE);
const slots = new Int32Array(TABLE_SIZE).fill(-1);
const hashes = new Int32Array(TABLE_SIZE / 2);
const counts = new Int32Array(TABLE_SIZE / 2);
const places = new Int32Array(TABLE_SIZE / 2);

/** A text's distinct features with their counts, in the order of their first occurrence. */
export function extractFeatures(text: string): Features {
  let count = 0;
  visitFeatures(foldText(text), (hash) => {
    let place = hash & (TABLE_SIZE - 1);
    while (slots[place] !== -1 && keys[place] !== hash) place = (place + 1) & (TABLE_SIZE - 1);
    const slot = slots[place] as number;
    if (slot >= 0) {
      counts[slot] = (counts[slot] as number) + 1;
    } else {
      keys[place] = hash;
      slots[place] = count;
      hashes[count] = hash;
      counts[count] = 1;
      places[count] = place;
      count++;
    }
  });
  for (let i = 0; i < count; i++) slots[places[i] as number] = -1;
  return { count, hashes, counts };
}

/** FNV's low bits are weak; this spreads them. */
function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
