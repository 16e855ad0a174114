/** Owns the queries whose vectors are remembered: the latest so many, least recently used first to go. */

import type { Embedding } from './embed.ts';

/** Longer ones are hardly asked twice, and would make a bound on the number of texts no bound on memory. */
const MAX_TEXT_LENGTH = 2_000;

export class EmbeddingCache {
  readonly #size: number;
  /** In order of use, oldest first. */
  readonly #embeddings = new Map<string, Embedding>();

  constructor(size: number) {
    this.#size = size;
  }

  get(text: string): Embedding | undefined {
    const embedding = this.#embeddings.get(text);
    if (!embedding) return undefined;
    this.#embeddings.delete(text);
    this.#embeddings.set(text, embedding);
    return embedding;
  }

  set(text: string, embedding: Embedding): void {
    if (this.#size === 0 || text.length > MAX_TEXT_LENGTH) return;
    this.#embeddings.delete(text);
    this.#embeddings.set(text, embedding);
    if (this.#embeddings.size <= this.#size) return;
    const [oldest] = this.#embeddings.keys();
    this.#embeddings.delete(oldest as string);
  }
}
