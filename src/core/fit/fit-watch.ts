/** Owns whether what was fitted is in force: decodes it once, and counts how far the routes have moved from it. */

import type { RouteEntry, RouteTable } from '../route-table.ts';
import { countDifferent, decodeFit, hashTexts, isInForce, type Fit } from './fit.ts';
import type { FitStatus } from './types.ts';

interface Watched {
  readonly bytes: Uint8Array;
  /** `undefined`: damaged. */
  readonly fit: Fit | undefined;
  /** Utterances that differed when the fit was first seen, and the table's count of changes then. */
  readonly differed: number;
  readonly changes: number;
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
    const changedUtterances = this.#changed(watched);
    const holds = isInForce(watched.fit, this.#table.entries(), changedUtterances);
    return { state: holds ? 'in-force' : 'outdated', changedUtterances };
  }

  inForce(): FitInForce | undefined {
    const watched = this.#watch();
    const entries = this.#table.entries();
    if (!watched?.fit || !isInForce(watched.fit, entries, this.#changed(watched))) return undefined;
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
    const fit = tryDecode(bytes);
    const texts = fit ? this.#table.entries().flatMap(({ ids }) => [...ids.keys()]) : [];
    const differed = fit ? countDifferent(fit.utterances, hashTexts(texts)) : 0;
    return (this.#watched = { bytes, fit, differed, changes });
  }

  #changed({ differed, changes }: Watched): number {
    return differed + this.#table.changes - changes;
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
