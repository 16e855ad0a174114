/** Owns what is known of some models of the hub that their repositories do not say. */

import type { LayoutOptions } from './hub-layout.ts';

interface Preset extends LayoutOptions {
  /** The commit; a model that changes under the same name would be another one. */
  readonly revision: string;
  readonly maxTokens: number;
  readonly defaultThreshold?: number;
}

const PRESETS: ReadonlyMap<string, Preset> = new Map([
  [
    'Xenova/all-MiniLM-L6-v2',
    { revision: '751bff37182d3f1213fa05d7196b954e230abad9', pooling: 'mean', maxTokens: 256 },
  ],
  [
    // A query prefix is for finding passages; utterances are like queries, and get none on either side.
    'Xenova/bge-small-en-v1.5',
    { revision: 'ea104dacec62c0de699686887e3f920caeb4f3e3', pooling: 'cls', maxTokens: 512 },
  ],
  [
    // Its authors want "query: " on both sides where the two are alike.
    'Xenova/multilingual-e5-small',
    {
      revision: '761b726dd34fb83930e26aab4e9ac3899aa1fa78',
      pooling: 'mean',
      maxTokens: 512,
      prefixes: { query: 'query: ', utterance: 'query: ' },
    },
  ],
]);

export function findPreset(repo: string): Preset | undefined {
  return PRESETS.get(repo);
}
