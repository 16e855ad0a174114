/**
 * Owns the texts of the lexical index as lists of feature numbers, one behind the other in flat arrays. A removed text
 * leaves a hole until the next compaction. Knows no weights.
 */

import { FeatureTable } from './feature-table.ts';
import { extractFeatures } from './features.ts';
import { grown } from './growable.ts';

export class Documents {
  readonly features: FeatureTable = new FeatureTable();
  /** Features of document d: entries `starts[d]` to `starts[d + 1]` of `numbers` and `counts`. */
  starts: Int32Array<ArrayBuffer> = new Int32Array(16);
  numbers: Int32Array<ArrayBuffer> = new Int32Array(1_024);
  counts: Uint8Array<ArrayBuffer> = new Uint8Array(1_024);
  /** The caller's number for each document, -1 for a hole. */
  ids: Int32Array<ArrayBuffer> = new Int32Array(16);
  /** In how many living documents each feature occurs. */
  frequencies: Int32Array<ArrayBuffer> = new Int32Array(512);
  #documentOfId = new Int32Array(16).fill(-1);
  #length = 0;
  #living = 0;

  /** Documents with holes. */
  get length(): number {
    return this.#length;
  }

  get living(): number {
    return this.#living;
  }

  add(id: number, text: string): void {
    const { count, hashes, counts } = extractFeatures(text);
    const document = this.#length++;
    const start = this.starts[document] as number;
    const numbers = (this.numbers = grown(this.numbers, start + count));
    const ownCounts = (this.counts = grown(this.counts, start + count));
    // As if all of them were new.
    const frequencies = (this.frequencies = grown(this.frequencies, this.features.size + count));
    for (let i = 0; i < count; i++) {
      const number = this.features.number(hashes[i] as number);
      numbers[start + i] = number;
      ownCounts[start + i] = Math.min(255, counts[i] as number);
      frequencies[number] = (frequencies[number] as number) + 1;
    }
    this.starts = grown(this.starts, this.#length + 1);
    this.starts[this.#length] = start + count;
    this.ids = grown(this.ids, this.#length);
    this.ids[document] = id;
    this.#documentOfId = grown(this.#documentOfId, id + 1, -1);
    this.#documentOfId[id] = document;
    this.#living++;
  }

  remove(id: number): void {
    const document = this.documentOf(id);
    for (let at = this.starts[document] as number; at < (this.starts[document + 1] as number); at++) {
      const number = this.numbers[at] as number;
      this.frequencies[number] = (this.frequencies[number] as number) - 1;
    }
    this.ids[document] = -1;
    this.#documentOfId[id] = -1;
    this.#living--;
  }

  has(id: number): boolean {
    return (this.#documentOfId[id] ?? -1) >= 0;
  }

  documentOf(id: number): number {
    return this.#documentOfId[id] as number;
  }

  /** Closes the holes; the documents behind them get other numbers, the order stays. */
  compact(): void {
    let to = 0;
    let end = 0;
    for (let from = 0; from < this.#length; from++) {
      const id = this.ids[from] as number;
      if (id < 0) continue;
      const start = this.starts[from] as number;
      const stop = this.starts[from + 1] as number;
      if (to < from) {
        this.numbers.copyWithin(end, start, stop);
        this.counts.copyWithin(end, start, stop);
        this.ids[to] = id;
        this.#documentOfId[id] = to;
        this.starts[to] = end;
      }
      end += stop - start;
      to++;
    }
    this.#length = to;
    this.starts[to] = end;
  }
}
