/** What one text may cost, in memory and in work, and a vocabulary that is not whole. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { createTextTokenizer } from '../../src/encoder/tokenizer.ts';

const HOSTILE = fileURLToPath(new URL('../support/hostile-texts.ts', import.meta.url));
const definition = (): { normalizer: object } =>
  JSON.parse(readFileSync(new URL('../../models/use-lite/tokenizer.json', import.meta.url), 'utf8')) as {
    normalizer: object;
  };
const golden = JSON.parse(readFileSync(new URL('../golden/token-ids.json', import.meta.url), 'utf8')) as [
  text: string,
  ids: number[],
][];
const MAX_TOKENS = 128;

/** How many characters were normalised while `act` ran. */
function normalizedDuring(act: () => void): number {
  const spy = vi.spyOn(String.prototype, 'normalize');
  try {
    act();
    return spy.mock.results.reduce((sum, { value }) => sum + (value as string).length, 0);
  } finally {
    spy.mockRestore();
  }
}

describe('a text', () => {
  const tokenizer = createTextTokenizer(definition(), MAX_TOKENS);

  test('that normalisation blows up leaves nothing behind in a small heap', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--max-old-space-size=80',
      '--import',
      'tsx',
      HOSTILE,
    ]);
    expect(stdout.trim()).toBe('400');
  }, 60_000);

  test.each([
    ['that normalisation blows up', '\ufdfa'.repeat(9_980)],
    ['of unknown characters', '你'.repeat(10_000)],
    ['of the longest pieces', '-'.repeat(10_000)],
    ['of letters in a row', 'qxz'.repeat(3_333)],
    ['of many words', 'more of these words '.repeat(500)],
  ])('%s costs as much work as the model can need, and is said to be cut', (_, text) => {
    let truncated = false;
    const characters = normalizedDuring(() => {
      ({ truncated } = tokenizer.tokenize(text));
    });
    expect(truncated).toBe(true);
    // Of the longest pieces 16 characters each; the rest is what the shortening itself looks at.
    expect(characters).toBeLessThan(8 * 16 * MAX_TOKENS);
  });

  test('of everyday words has the ids of the whole text, however long it is', () => {
    const texts = golden.map(([text]) => text.replace(/\s+/gu, ' ').trim()).filter((text) => text !== '');
    for (let i = 0; i + 40 < texts.length; i += 40) {
      const text = texts.slice(i, i + 40).join(' ');
      const parts = texts.slice(i, i + 40).flatMap((part) => tokenizer.tokenize(part).ids);
      const { ids, truncated } = tokenizer.tokenize(text);
      expect(ids).toEqual(parts.slice(0, MAX_TOKENS));
      expect(truncated).toBe(parts.length > MAX_TOKENS);
    }
  });
});

test('a WordPiece vocabulary with a hole is read like any other', () => {
  const vocab = { '[UNK]': 0, '[CLS]': 1, '[SEP]': 2, open: 4, late: 9 };
  const tokenizer = createTextTokenizer(
    {
      added_tokens: [],
      normalizer: { type: 'BertNormalizer', lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
      decoder: null,
      model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab },
    },
    16,
  );
  expect(tokenizer.tokenize('Open late').ids).toEqual([1, 4, 9, 2]);
});
