/** Owns whether what was fitted is in force: decodes it once, and counts how far the routes have moved from it. */

import type { RouteEntry, RouteTable } from '../route-table.ts';
import { countDifferent, decodeFit, hashTexts, isOfRoutes, mostChanged, type Fit } from './fit.ts';
import type { FitStatus } from './types.ts';

interface Watched {
  readonly bytes: Uint8Array;
  /** `undefined`: damaged. */
  readonly fit: Fit | undefined;
  /** Utterances that differed when they were last counted, and the table's count of changes then. */
  differed: number;
  changes: number;
}

/** A fit in force, with the head's class of each route. */
export interface FitInForce {
  readonly fit: Fit;
  readonly labelOfRoute: readonly number[];
}

export class FitWatch {
  readonly #table: RouteTable;
  #watched: Watched | undefined;
  #inForce: (FitInForce & { readonly entries: readonly RouteEntry[] }) | undefined;

  constructor(table: RouteTable) {
    this.#table = table;
  }

  get status(): FitStatus {
    const watched = this.#watch();
    if (!watched) return { state: 'none', changedUtterances: 0 };
    if (!watched.fit) return { state: 'damaged', changedUtterances: 0 };
    const changedUtterances = this.#count(watched.fit, watched);
    return { state: this.#holds(watched.fit, watched) ? 'in-force' : 'outdated', changedUtterances };
  }

  inForce(): FitInForce | undefined {
    const watched = this.#watch();
    const entries = this.#table.entries();
    if (!watched?.fit || !this.#holds(watched.fit, watched)) return undefined;
    if (this.#inForce?.fit !== watched.fit || this.#inForce.entries !== entries) {
      const labels = new Map(watched.fit.routes.map((name, label) => [name, label]));
      const labelOfRoute = entries.map(({ name }) => labels.get(name) as number);
      this.#inForce = { fit: watched.fit, labelOfRoute, entries };
    }
    return this.#inForce;
  }

  #watch(): Watched | undefined {
    const { fit: bytes, changes } = this.#table;
    if (!bytes) return (this.#watched = undefined);
    if (this.#watched?.bytes === bytes) return this.#watched;
    const watched: Watched = { bytes, fit: tryDecode(bytes), differed: 0, changes };
    if (watched.fit) this.#recount(watched.fit, watched);
    return (this.#watched = watched);
  }

  #holds(fit: Fit, watched: Watched): boolean {
    return isOfRoutes(fit, this.#table.entries()) && this.#hasFewChanges(fit, watched);
  }

  /** A change makes one difference at the most, or takes one away; so texts are counted only where that leaves it open. */
  #hasFewChanges(fit: Fit, watched: Watched): boolean {
    const since = this.#table.changes - watched.changes;
    const most = mostChanged(fit);
    if (watched.differed + since <= most) return true;
    return watched.differed - since <= most && this.#count(fit, watched) <= most;
  }

  #count(fit: Fit, watched: Watched): number {
    if (watched.changes !== this.#table.changes) this.#recount(fit, watched);
    return watched.differed;
  }

  #recount(fit: Fit, watched: Watched): void {
    const texts = this.#table.entries().flatMap(({ ids }) => [...ids.keys()]);
    watched.differed = countDifferent(fit.utterances, hashTexts(texts));
    watched.changes = this.#table.changes;
  }
}

/** Routes can be told apart without a fit; `status()` says that it is damaged. */
function tryDecode(bytes: Uint8Array): Fit | undefined {
  try {
    return decodeFit(bytes);
  } catch {
    return undefined;
  }
}
