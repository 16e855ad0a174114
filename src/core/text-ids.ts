/** Owns a route's texts in the order in which they were added, each with its id. */

/** Of a `Map` from text to id what is read. */
export type ReadonlyTextIds = Pick<TextIds, 'size' | 'has' | 'get' | 'keys' | 'values' | typeof Symbol.iterator>;

/** As a `Map`, which it makes only where it is asked by text: a router that has just been opened asks for few. */
export class TextIds {
  readonly #laid: readonly string[];
  readonly #first: number;
  #map: Map<string, number> | undefined;

  /** Different texts, whose ids follow each other. */
  constructor(texts: readonly string[] = [], first = 0) {
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
    return this.#map?.keys() ?? this.#laid;
  }

  values(): Iterable<number> {
    return this.#map?.values() ?? this.#laid.map((_, i) => this.#first + i);
  }

  [Symbol.iterator](): Iterator<readonly [string, number]> {
    return (this.#map ?? this.#laid.map((text, i) => [text, this.#first + i] as const))[Symbol.iterator]();
  }

  #byText(): Map<string, number> {
    return (this.#map ??= new Map(this.#laid.map((text, i) => [text, this.#first + i])));
  }
}
