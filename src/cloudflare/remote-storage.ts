/** Owns the storage that lives in a `RouterObject`: pages in, changes out, and which revision this isolate has seen. */

import { RouterError, fromErrorRecord, messageOf } from '../core/errors.ts';
import type { EncoderIdentity, Mutation, Storage } from '../core/types.ts';
import {
  MAX_MESSAGE_BYTES,
  newOwner,
  type ApplyAnswer,
  type ObjectReply,
  type RouterObjectNamespace,
  type RouterObjectStub,
  type SnapshotPage,
} from './object-wire.ts';
import { joinPages } from './snapshot-pages.ts';

export interface RemoteStorage extends Storage {
  /** The revision that memory has; `undefined` where memory and object may differ. */
  readonly revision: number | undefined;
  /** When the object last said that `revision` is its latest: the time before it was asked. */
  readonly confirmedAt: number;
  /** Whether the last failed write failed because others had written, and may be tried again. */
  readonly isOvertaken: boolean;
  /** Asks the object for its revision; false where memory has another. */
  confirm(): Promise<boolean>;
}

export function createRemoteStorage(namespace: RouterObjectNamespace, name: string): RemoteStorage {
  /** Whose vectors the object had when it was last seen. */
  let owner: EncoderIdentity | undefined;
  const state = { revision: undefined as number | undefined, confirmedAt: 0, isOvertaken: false };

  const ask = createAsk(namespace, name);

  return {
    get revision() {
      return state.revision;
    },
    get confirmedAt() {
      return state.confirmedAt;
    },
    get isOvertaken() {
      return state.isOvertaken;
    },
    async load(encoder) {
      const confirmedAt = Date.now();
      const identity = { id: encoder.id, dimensions: encoder.dimensions };
      const pages = await readPages(identity, (request) =>
        ask<SnapshotPage>('Reading the routes', (stub) => stub.snapshot(request)),
      );
      Object.assign(state, { revision: pages[0]?.revision, confirmedAt, isOvertaken: false });
      const loaded = joinPages(pages);
      owner = loaded.encoder;
      return loaded;
    },
    async apply(mutations) {
      const { revision: base } = state;
      if (!owner || base === undefined) throw new RouterError('STORAGE_FAILED', 'Got a write before a load.');
      checkSize(mutations);
      const encoder = owner;
      // Where no answer comes, nobody knows what the object has.
      Object.assign(state, { revision: undefined, isOvertaken: false });
      const confirmedAt = Date.now();
      const { applied, revision } = await ask<ApplyAnswer>('Writing changes', (stub) =>
        stub.apply({ encoder, base, mutations }),
      );
      if (!applied) {
        state.isOvertaken = true;
        throw new RouterError('STORAGE_FAILED', `Got changes for revision ${base} where others made ${revision}.`);
      }
      Object.assign(state, { revision, confirmedAt });
      owner = newOwner(mutations) ?? encoder;
    },
    async confirm() {
      const askedAt = Date.now();
      const { revision: seen } = state;
      const latest = await ask<number>('Asking for the revision', (stub) => stub.revision());
      // A write in between has set both anew.
      if (seen !== state.revision) return seen !== undefined && state.revision !== undefined;
      if (seen !== latest) return false;
      state.confirmedAt = askedAt;
      return true;
    },
    status: () => ({ kind: 'durable-object', persistent: true }),
    async close() {
      // The object goes on without this isolate.
    },
  };
}

type Ask = <T>(doing: string, question: (stub: RouterObjectStub) => PromiseLike<unknown>) => Promise<T>;

function createAsk(namespace: RouterObjectNamespace, name: string): Ask {
  return async <T>(doing: string, question: (stub: RouterObjectStub) => PromiseLike<unknown>) => {
    let reply: ObjectReply<T>;
    try {
      // A stub belongs to the request that made it.
      reply = (await question(namespace.getByName(name))) as ObjectReply<T>;
    } catch (error) {
      throw new RouterError('STORAGE_FAILED', `${doing} failed: ${messageOf(error)}; try again.`, { cause: error });
    }
    if (reply.ok) return reply.value;
    throw fromErrorRecord(reply.error);
  };
}

/** All pages of one revision; from the first again where the routes change meanwhile. */
async function readPages(
  encoder: EncoderIdentity,
  read: (request: { readonly encoder: EncoderIdentity; readonly page: number }) => Promise<SnapshotPage>,
): Promise<readonly SnapshotPage[]> {
  let pages: SnapshotPage[] = [];
  do {
    const page = await read({ encoder, page: pages.length });
    const goesOn = page.page === pages.length && (pages[0]?.revision ?? page.revision) === page.revision;
    if (goesOn) pages.push(page);
    else pages = page.page === 0 ? [page] : [];
  } while (pages.length === 0 || pages.length < (pages[0]?.pages ?? 0));
  return pages;
}

function checkSize(mutations: readonly Mutation[]): void {
  let byteLength = 0;
  for (const mutation of mutations) {
    const routes = 'routes' in mutation ? mutation.routes : 'route' in mutation ? [mutation.route] : [mutation];
    for (const route of routes) {
      const lists = ['utterances' in route ? route.utterances : [], ('negatives' in route && route.negatives) || []];
      for (const { text, vector } of lists.flat()) byteLength += vector.byteLength + 2 * text.length;
    }
  }
  if (byteLength <= MAX_MESSAGE_BYTES) return;
  throw new RouterError(
    'CAPACITY',
    `Got changes of ${byteLength} bytes at once, where a Durable Object takes ${MAX_MESSAGE_BYTES}; add fewer utterances at a time.`,
  );
}
