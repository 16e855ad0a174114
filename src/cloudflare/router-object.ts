/** Owns the Durable Object that holds the routes: their one truth, in SQL, with a revision that counts their changes. */

import { DurableObject } from 'cloudflare:workers';
import { RouterError, toErrorRecord, toRouterError } from '../core/errors.ts';
import { createTurns } from '../core/turns.ts';
import type { EncoderIdentity, Storage, StoredState } from '../core/types.ts';
import { createSqlStorage } from '../storage/sql-storage.ts';
import {
  newOwner,
  type ApplyAnswer,
  type ApplyRequest,
  type ObjectReply,
  type SnapshotPage,
  type SnapshotRequest,
} from './object-wire.ts';
import { createRevisions, type Revisions } from './revisions.ts';
import { cutIntoPages } from './snapshot-pages.ts';

/** A row of SQL may have 2 MiB, and so may a value; 32 texts have 1.9 MB where each is all control characters. */
const DURABLE_LIMITS = { status: () => ({ kind: 'durable-object', persistent: true }), rowsPerRead: 32 };

interface Opened {
  readonly storage: Storage;
  /** Whose vectors are stored. */
  readonly owner: EncoderIdentity;
}

/** A snapshot that is being read, page by page. */
interface Snapshot {
  readonly revision: number;
  readonly encoder: EncoderIdentity;
  readonly pages: ReturnType<typeof cutIntoPages>;
  readonly fit: Uint8Array | undefined;
}

/**
 * Export it from the Worker's main module and bind it with `new_sqlite_classes`; `openRouter({ object })` speaks to it.
 * It loads no model and searches nothing: Workers decide by snapshots of it. Its methods are typed loosely, for the types
 * of a stub unfold whatever JSON they name without end.
 */
export class RouterObject extends DurableObject {
  readonly #revisions: Revisions = createRevisions(this.ctx.storage);
  readonly #turns = createTurns();
  #opened: Opened | undefined;
  #snapshot: Snapshot | undefined;

  /** The number of the latest change, 0 before the first. */
  async revision(): Promise<unknown> {
    return reply<number>('Reading the revision', async () => this.#revisions.current());
  }

  /** @param request a `SnapshotRequest`; a reply with a `SnapshotPage` */
  async snapshot(request: object): Promise<unknown> {
    const { encoder, page } = request as SnapshotRequest;
    return reply<SnapshotPage>('Reading a snapshot', () =>
      this.#turns.take(async () => {
        const { pages, fit, ...rest } = await this.#snapshotFor(encoder);
        const number = page < pages.length ? page : 0;
        // Whoever reads a page of it once more has it made anew.
        if (number === pages.length - 1) this.#snapshot = undefined;
        const routes = pages[number] ?? [];
        return { ...rest, page: number, pages: pages.length, routes, ...(number === 0 && fit && { fit }) };
      }),
    );
  }

  /** @param request an `ApplyRequest`; a reply with an `ApplyAnswer` */
  async apply(request: object): Promise<unknown> {
    const { encoder, base, mutations } = request as ApplyRequest;
    return reply<ApplyAnswer>('Writing changes', () =>
      this.#turns.take(async () => {
        const revision = this.#revisions.current();
        if (revision !== base) return { applied: false, revision };
        const { storage, owner } = this.#opened ?? (await this.#open(encoder));
        if (owner.id !== encoder.id) throw foreign(encoder, owner);
        // Opened anew after a write that failed.
        this.#opened = undefined;
        this.#snapshot = undefined;
        await this.#revisions.counting(mutations.length, () => storage.apply(mutations));
        this.#opened = { storage, owner: newOwner(mutations) ?? owner };
        return { applied: true, revision: this.#revisions.current() };
      }),
    );
  }

  async #snapshotFor(encoder: EncoderIdentity): Promise<Snapshot> {
    const revision = this.#revisions.current();
    if (this.#snapshot?.revision === revision) return this.#snapshot;
    const { state } = await this.#open(encoder);
    this.#snapshot = { revision, encoder: state.encoder, pages: cutIntoPages(state.routes), fit: state.fit };
    return this.#snapshot;
  }

  /** Anew each time: what holds no routes becomes the encoder's that asks last. */
  async #open(encoder: EncoderIdentity): Promise<Opened & { readonly state: StoredState }> {
    const storage = createSqlStorage(this.#revisions.connection, DURABLE_LIMITS);
    const state = await storage.load(encoder);
    this.#opened = { storage, owner: state.encoder };
    return { ...this.#opened, state };
  }
}

function foreign(encoder: EncoderIdentity, owner: EncoderIdentity): RouterError {
  return new RouterError(
    'ENCODER_MISMATCH',
    `Got changes by encoder ${encoder.id} for routes that ${owner.id} encoded; open them with that encoder.`,
  );
}

async function reply<T>(doing: string, answer: () => Promise<T>): Promise<ObjectReply<T>> {
  try {
    return { ok: true, value: await answer() };
  } catch (error) {
    return { ok: false, error: toErrorRecord(toRouterError(error, 'STORAGE_FAILED', doing)) };
  }
}
