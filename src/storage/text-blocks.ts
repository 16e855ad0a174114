/** Owns texts as blocks of JSON, each of which is parsed when one of its texts is first asked for. */

import { damaged, openText } from './seals.ts';

export class TextBlocks {
  readonly #textsPerBlock: number;
  readonly #blocks: (string | readonly string[])[] = [];

  constructor(textsPerBlock: number) {
    this.#textsPerBlock = textsPerBlock;
  }

  /**
   * Adds a block, the last of which may have fewer texts. Throws `STORAGE_CORRUPT` where one is missing.
   * @param json an array of them, sealed
   */
  add(json: string): void {
    this.#blocks.push(json);
    // As a torn page shows it; or a text that has the word.
    if (json.includes('null')) this.#parsed(this.#blocks.length - 1);
  }

  /** Texts by their positions, from one to before another. */
  slice(start: number, end: number): string[] {
    const size = this.#textsPerBlock;
    const texts: string[] = [];
    for (let at = start; at < end;) {
      const [block, first] = [Math.floor(at / size), at % size];
      const some = this.#parsed(block).slice(first, first + end - at);
      if (some.length === 0) throw new RangeError(`no text has the position ${at}`);
      texts.push(...some);
      at += some.length;
    }
    return texts;
  }

  #parsed(block: number): readonly string[] {
    const texts = this.#blocks[block] ?? [];
    if (typeof texts !== 'string') return texts;
    const parsed = (JSON.parse(texts) as readonly unknown[]).map((sealed, i) => {
      const text = openText(sealed);
      if (text !== undefined) return text;
      const number = block * this.#textsPerBlock + i + 1;
      throw damaged(
        `a damaged utterance, ${JSON.stringify(sealed).slice(0, 60)} (number ${number} of table "utterances")`,
      );
    });
    return (this.#blocks[block] = parsed);
  }
}
