/** Owns the texts by id; those that were laid are read when one of them is first asked for. */

import { joinLists } from './join-lists.ts';
import type { TextList } from './types.ts';

export class TextsById {
  #texts: string[] = [];
  /** Not read yet, in the order of their ids, from 0 on. */
  #laid: readonly TextList[] = [];
  /** What was set meanwhile. */
  readonly #set = new Map<number, string>();

  /** Where nothing was set before. */
  lay(lists: readonly TextList[]): void {
    this.#laid = lists;
  }

  get(id: number): string {
    return this.#set.get(id) ?? (this.#read()[id] as string);
  }

  set(id: number, text: string): void {
    if (this.#laid.length > 0) this.#set.set(id, text);
    else this.#texts[id] = text;
  }

  #read(): readonly string[] {
    if (this.#laid.length > 0) {
      this.#texts = joinLists(this.#laid.map((list) => list.read()));
      this.#laid = [];
      for (const [id, text] of this.#set) this.#texts[id] = text;
      this.#set.clear();
    }
    return this.#texts;
  }
}
