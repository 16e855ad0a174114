import { describe, expect, it } from 'vitest';
import { extractFeatures, findFeatures, foldText } from '../../src/core/lexical/features.ts';
import { LexicalIndex } from '../../src/core/lexical/lexical-index.ts';
import { createRandom } from '../../bench/measure.ts';

/** The definition, spelled out: TF-IDF with 1 + ln(tf), ln((n + 1) / (df + 1)) + 1, cosine. */
class Oracle {
  readonly texts = new Map<number, string>();
  #idf = new Map<number, number>();
  #unseen = 1;

  refresh(): void {
    const frequencies = new Map<number, number>();
    for (const text of this.texts.values()) {
      for (const hash of counted(text).keys()) frequencies.set(hash, (frequencies.get(hash) ?? 0) + 1);
    }
    const n = this.texts.size;
    this.#idf = new Map([...frequencies].map(([hash, df]) => [hash, Math.log((n + 1) / (df + 1)) + 1]));
    this.#unseen = Math.log(n + 1) + 1;
  }

  vector(text: string): Map<number, number> {
    const weights = [...counted(text)].map(
      ([hash, count]) => [hash, (1 + Math.log(count)) * (this.#idf.get(hash) ?? this.#unseen)] as const,
    );
    const length = Math.hypot(...weights.map(([, weight]) => weight));
    return new Map(weights.map(([hash, weight]) => [hash, weight / length]));
  }

  cosine(a: string, b: string): number {
    const other = this.vector(b);
    let sum = 0;
    for (const [hash, weight] of this.vector(a)) sum += weight * (other.get(hash) ?? 0);
    return sum;
  }
}

function counted(text: string): Map<number, number> {
  const counts = new Map<number, number>();
  const { count, hashes } = findFeatures(foldText(text));
  for (const hash of hashes.subarray(0, count)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return counts;
}

const WORDS = 'book cancel flight my the a card lost please can you weather today tomorrow naïve 東京 café'.split(' ');

function sentence(random: () => number): string {
  return Array.from({ length: 1 + Math.floor(random() * 8) }, () => WORDS[Math.floor(random() * WORDS.length)]).join(
    ' ',
  );
}

describe('the lexical index', () => {
  it('gives the cosines of the definition, through additions, removals and refreshes', () => {
    const random = createRandom(5);
    const index = new LexicalIndex();
    const oracle = new Oracle();
    const owners = new Int32Array(400).fill(-1);
    for (let step = 0; step < 300; step++) {
      if (random() < 0.25 && oracle.texts.size > 3) {
        const ids = [...oracle.texts.keys()];
        const id = ids[Math.floor(random() * ids.length)] as number;
        index.remove(id);
        oracle.texts.delete(id);
        owners[id] = -1;
      } else {
        const id = owners.findIndex((owner) => owner < 0);
        const text = sentence(random);
        index.add(id, text);
        oracle.texts.set(id, text);
        owners[id] = id % 5;
      }
      if (random() < 0.2 || step === 0) {
        for (const _ of index.refresh());
        oracle.refresh();
      }
      const query = sentence(random);
      const hits = index.search(query, owners, 5);
      for (let owner = 0; owner < 5; owner++) {
        const scores = [...oracle.texts]
          .filter(([id]) => owners[id] === owner)
          .map(([, text]) => oracle.cosine(query, text));
        expect(hits.best[owner]).toBeCloseTo(Math.max(0, ...scores), 5);
        expect(hits.sum[owner]).toBeCloseTo(
          scores.reduce((a, b) => a + b, 0),
          4,
        );
        const bestId = hits.bestId[owner] as number;
        if (bestId >= 0)
          expect(oracle.cosine(query, oracle.texts.get(bestId) as string)).toBeCloseTo(hits.best[owner] as number, 5);
      }
    }
  });

  it('leaves a text out on demand', () => {
    const index = new LexicalIndex();
    index.add(0, 'book a flight');
    index.add(1, 'book a table');
    for (const _ of index.refresh());
    const owners = Int32Array.of(0, 0);
    expect(index.search('book a flight', owners, 1).best[0]).toBeCloseTo(1);
    const without = index.search('book a flight', owners, 1, 0);
    expect(without.bestId[0]).toBe(1);
    expect(without.best[0]).toBeLessThan(0.9);
  });

  it('measures the sum of unit vectors', () => {
    const index = new LexicalIndex();
    index.add(0, 'alpha beta');
    index.add(1, 'alpha beta');
    index.add(2, 'gamma delta');
    for (const _ of index.refresh());
    expect(index.lengthOfSum([0])).toBeCloseTo(1);
    expect(index.lengthOfSum([0, 1])).toBeCloseTo(2);
    expect(index.lengthOfSum([0, 2])).toBeCloseTo(Math.SQRT2, 1);
  });

  it('says which words a likeness is made of, and how much in all', () => {
    const index = new LexicalIndex();
    index.add(0, 'cancel my flight to Boston');
    index.add(1, 'what is the weather');
    for (const _ of index.refresh());
    const words = index.sharedWords('please CANCEL the flight', 0);
    expect(
      words
        .slice(0, 2)
        .map(({ word }) => word)
        .toSorted(),
    ).toEqual(['cancel', 'flight']);
    const sum = words.reduce((total, { weight }) => total + weight, 0);
    expect(sum).toBeCloseTo(index.search('please CANCEL the flight', Int32Array.of(0, -1), 1).best[0] as number, 5);
  });

  it('folds case, width and punctuation, and keeps every script', () => {
    expect(foldText('  Ｈello,   WORLD! don’t ')).toBe(" hello world don't ");
    expect(foldText('東京へ行く。')).toBe(' 東京へ行く ');
    expect(foldText('?!  ')).toBe('');
    expect(foldText("It's the 2nd -- DON'T, don''t 'quote' \u0007x")).toBe(" it's the 2nd don't don t quote x ");
    // What is folded in the plain way is folded so in the other, too.
    for (const text of ["It's 2 o'clock", 'a\u0000b', ' x ', "''", 'A_b-c']) {
      expect(foldText(`${text} é`)).toBe(`${foldText(text) || ' '}é `);
    }
    expect(extractFeatures('').count).toBe(0);
    expect(extractFeatures('ab '.repeat(5_000)).count).toBeLessThan(20);
    expect(extractFeatures(Array.from({ length: 2_000 }, (_, i) => i.toString(36)).join(' ')).count).toBeLessThan(
      4_096,
    );
  });
});
