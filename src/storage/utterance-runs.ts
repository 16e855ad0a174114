/** Owns which ids utterances have, and which numbers: as runs of both, which are few where little was edited. */

/** Utterances of one list whose ids follow each other. */
export interface Run {
  /** Of the first. */
  readonly id: number;
  /** Twice the id of the route, and one more for its negatives. */
  readonly list: number;
  /** How many utterances have lesser ids. */
  readonly position: number;
  /** As a `StateSink` counts texts, of the first; -1 where the list is no route's. */
  number: number;
  count: number;
}

/** Runs in the order of ids. */
export class UtteranceRuns {
  readonly #runs: Run[] = [];
  #count = 0;
  /** Where an id was found last. */
  #found = 0;

  /** How many utterances. */
  get count(): number {
    return this.#count;
  }

  /** 0 where there is none. */
  get lastId(): number {
    const last = this.#runs.at(-1);
    return last ? last.id + last.count - 1 : 0;
  }

  /** Adds utterances by their lists, with greater ids than those that are there. @param idAt the id of each */
  add(lists: readonly number[], idAt: (i: number) => number): void {
    let run = this.#runs.at(-1);
    for (let i = 0; i < lists.length; i++) {
      const [id, list] = [idAt(i), lists[i] as number];
      if (run?.list !== list || id !== run.id + run.count) {
        run = { id, list, position: this.#count + i, number: -1, count: 0 };
        this.#runs.push(run);
      }
      run.count++;
    }
    this.#count += lists.length;
  }

  byList(): ReadonlyMap<number, readonly Run[]> {
    const lists = new Map<number, Run[]>();
    for (const run of this.#runs) {
      const own = lists.get(run.list);
      if (own) own.push(run);
      else lists.set(run.list, [run]);
    }
    return lists;
  }

  /** The run of an id; fastest for the one that is found last, or the next. */
  find(id: number): Run | undefined {
    for (const at of [this.#found, this.#found + 1]) {
      if (hasId(this.#runs[at], id)) {
        this.#found = at;
        return this.#runs[at];
      }
    }
    let [low, high] = [0, this.#runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle] as Run).id <= id) low = middle;
      else high = middle - 1;
    }
    if (!hasId(this.#runs[low], id)) return undefined;
    this.#found = low;
    return this.#runs[low];
  }

  /** The id of a number. */
  idOf(number: number): number {
    const run = this.#runs.find(
      (each) => each.number >= 0 && number >= each.number && number < each.number + each.count,
    );
    if (!run) throw new RangeError(`no utterance has the number ${number}`);
    return run.id + number - run.number;
  }
}

function hasId(run: Run | undefined, id: number): boolean {
  return run !== undefined && id >= run.id && id < run.id + run.count;
}
