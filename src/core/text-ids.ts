/** Owns a route's texts in the order in which they were added, each with its id. */

import type { TextList } from './types.ts';

export const NO_TEXTS: TextList = { length: 0, read: () => [] };

/** Of a `Map` from text to id what is read. */
export type ReadonlyTextIds = Pick<TextIds, 'size' | 'has' | 'get' | 'keys' | 'values' | typeof Symbol.iterator>;

/** As a `Map`, which it makes only where it is asked by text: a router that has just been opened asks for few. */
export class TextIds {
  readonly #laid: TextList;
  readonly #first: number;
  #map: Map<string, number> | undefined;

  /** Different texts, whose ids follow each other. */
  constructor(texts: TextList = NO_TEXTS, first = 0) {
    this.#laid = texts;
    this.#first = first;
  }

  get size(): number {
    return this.#map?.size ?? this.#laid.length;
  }

  has(text: string): boolean {
    return this.#byText().has(text);
  }

  get(text: string): number | undefined {
    return this.#byText().get(text);
  }

  set(text: string, id: number): void {
    this.#byText().set(text, id);
  }

  delete(text: string): void {
    this.#byText().delete(text);
  }

  keys(): Iterable<string> {
    return this.#map?.keys() ?? this.#laid.read();
  }

  values(): Iterable<number> {
    return this.#map?.values() ?? Array.from({ length: this.#laid.length }, (_, i) => this.#first + i);
  }

  [Symbol.iterator](): Iterator<readonly [string, number]> {
    return (this.#map ?? this.#pairs())[Symbol.iterator]();
  }

  #byText(): Map<string, number> {
    return (this.#map ??= new Map(this.#pairs()));
  }

  #pairs(): readonly (readonly [string, number])[] {
    return this.#laid.read().map((text, i) => [text, this.#first + i] as const);
  }
}
