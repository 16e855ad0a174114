/** Owns how a text becomes lexical features: hashed words and character 3- to 5-grams. Knows no weights and no other text. */

/** Distinct features of one text. The arrays are scratch: they hold until the next text. */
export interface Features {
  readonly count: number;
  /** 32-bit hashes; two features that share one (1 in 40,000 pairs of texts) count as the same. */
  readonly hashes: Int32Array;
  /** How often each occurs. */
  readonly counts: Int32Array;
}

/** Beyond it a text is hardly an utterance; keeps one query from taking the time of a thousand. */
const MAX_CHARACTERS = 1_000;
const SHORTEST = 3;
const LONGEST = 5;
/** More than a text of `MAX_CHARACTERS` can have: n-grams of three lengths at each, and words. */
const MOST_FEATURES = 4_096;
const SEED = 0x811c9dc5 | 0;
const WORD_SEED = 0x2545f491;

const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*/gu;
/** The same of texts of which nothing is to be normalised, in half the time. */
const PLAIN_WORD = /[a-z0-9]+(?:'[a-z0-9]+)*/g;
const PLAIN = /^[ -~\s]*$/;

/** The words of a text in lower case, one space around each: what features are made of. */
export function foldText(text: string): string {
  const start = text.slice(0, MAX_CHARACTERS);
  const words = PLAIN.test(start)
    ? start.toLowerCase().match(PLAIN_WORD)
    : start.normalize('NFKC').toLowerCase().match(WORD);
  return words === null ? '' : ` ${words.join(' ').replaceAll('’', "'").slice(0, MAX_CHARACTERS)} `;
}

/** Every occurrence of every feature. The arrays are scratch: they hold until the next text. */
export interface Occurrences {
  readonly count: number;
  readonly hashes: Int32Array;
  /** What each covers: characters `starts[i]` to `ends[i]` of the folded text. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const occurringHashes = new Int32Array(MOST_FEATURES);
const occurringStarts = new Int32Array(MOST_FEATURES);
const occurringEnds = new Int32Array(MOST_FEATURES);

/** N-grams run over the spaces between words, words are features of their own. */
export function findFeatures(folded: string): Occurrences {
  let count = 0;
  let word = WORD_SEED;
  let wordStart = 1;
  for (let start = 0; start < folded.length; start++) {
    const code = folded.charCodeAt(start);
    if (code !== 32) {
      word = Math.imul(word ^ code, 0x01000193);
    } else if (start > 0) {
      occurringHashes[count] = finish(word);
      occurringStarts[count] = wordStart;
      occurringEnds[count++] = start;
      word = WORD_SEED;
      wordStart = start + 1;
    }
    let hash = SEED;
    const end = Math.min(start + LONGEST, folded.length);
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ folded.charCodeAt(at), 0x01000193);
      if (at - start < SHORTEST - 1) continue;
      occurringHashes[count] = finish(hash);
      occurringStarts[count] = start;
      occurringEnds[count++] = at + 1;
    }
  }
  return { count, hashes: occurringHashes, starts: occurringStarts, ends: occurringEnds };
}

/** The words that a stretch of a folded text touches. */
export function wordsAt(folded: string, start: number, end: number): readonly string[] {
  const from = folded[start] === ' ' ? start : folded.lastIndexOf(' ', start);
  const to = folded[end - 1] === ' ' ? end : folded.indexOf(' ', end);
  return folded.slice(from, to).trim().split(' ');
}

/** An open table; of each text only as much as its features need, for that stays in the processor's cache. */
const keys = new Int32Array(MOST_FEATURES * 2);
const slots = new Int32Array(MOST_FEATURES * 2).fill(-1);
const hashes = new Int32Array(MOST_FEATURES);
const counts = new Int32Array(MOST_FEATURES);
const places = new Int32Array(MOST_FEATURES);

/** A text's distinct features with their counts, in the order of their first occurrence. */
export function extractFeatures(text: string): Features {
  const occurrences = findFeatures(foldText(text));
  const mask = 2 ** (33 - Math.clz32(occurrences.count)) - 1;
  let count = 0;
  for (let i = 0; i < occurrences.count; i++) {
    const hash = occurringHashes[i] as number;
    let place = hash & mask;
    while (slots[place] !== -1 && keys[place] !== hash) place = (place + 1) & mask;
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
  }
  for (let i = 0; i < count; i++) slots[places[i] as number] = -1;
  return { count, hashes, counts };
}

/** FNV's low bits are weak; this spreads them. */
function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
