/** Owns the storage on an SQL connection: one schema and one set of statements for every home of SQLite. */

import { RouterError } from '../core/errors.ts';
import type { StorageStatus } from '../core/status.ts';
import type { EncoderIdentity, Mutation, Storage, StoredState } from '../core/stored.ts';
import { CHUNK_BYTES } from './sql-chunks.ts';
import type { SqlConnection, SqlStatement } from './sql-connection.ts';
import { toStorageError } from './sql-errors.ts';
import { loadState } from './sql-load.ts';
import { Merger } from './sql-merge.ts';
import { prepareSchema, setMeta } from './sql-schema.ts';
import { SqlWriter, type WrittenChunk } from './sql-write.ts';

export interface SqlStorageOptions {
  /** What `status().storage` says; asked anew each time. */
  readonly status: () => StorageStatus;
  /** `read`: nothing is written, and `apply` rejects. Default `write`. */
  readonly access?: 'write' | 'read';
  /** The most bytes of one BLOB of vectors. Default 2^20; a Durable Object takes at most 2^21 as a row. */
  readonly chunkBytes?: number;
  /** Utterances that one row of a query brings. Default 512; 32 where a value may be 2 MiB at most. */
  readonly rowsPerRead?: number;
}

/**
 * Keeps routes in an SQLite database: in Node, in a page, in a Durable Object. The storage owns the connection and
 * closes it.
 *
 * `load` rejects with `STORAGE_FAILED` where the database is another program's or cannot be used, `UNSUPPORTED` where a
 * later release wrote it, `STORAGE_CORRUPT` where it is damaged beyond the vectors.
 */
export function createSqlStorage(connection: SqlConnection, options: SqlStorageOptions): Storage {
  const { status, access = 'write', chunkBytes = CHUNK_BYTES, rowsPerRead = 512 } = options;
  const writer = new SqlWriter(chunkBytes);
  const merger = new Merger(connection, writer, chunkBytes);
  let isLoaded = false;
  let closing: Promise<void> | undefined;

  async function load(encoder: EncoderIdentity): Promise<StoredState> {
    if (!isLoaded) await prepareSchema(connection, access);
    const state = await loadState(connection, rowsPerRead);
    const kept = state.routes.length === 0 && !isLoaded ? undefined : state.encoder;
    const owner = kept ?? encoder;
    const claims = !kept && access === 'write' && !isSame(state.encoder, encoder);
    if (claims) await connection.transaction(claim(encoder));
    isLoaded = true;
    writer.nextUtteranceId = state.nextUtteranceId;
    writer.nextChunkId = state.nextChunkId;
    merger.reset(claims ? [] : state.chunks, owner.dimensions);
    const { routes, fit } = state;
    return { encoder: owner, routes, ...(fit && { fit }) };
  }

  async function apply(mutations: readonly Mutation[]): Promise<void> {
    if (access === 'read') {
      throw new RouterError('STORAGE_FAILED', 'Got a change for a database that was opened to read; open it to write.');
    }
    // Before, for what fails after it would say of changes on disk that they are not.
    await merger.merge();
    const written: WrittenChunk[] = [];
    await connection.transaction(writer.statements(mutations, written));
    for (const mutation of mutations) if (mutation.type === 'replace-all') merger.restart(mutation.encoder.dimensions);
    merger.note(written);
  }

  return {
    async load(encoder) {
      try {
        return await load(encoder);
      } catch (error) {
        throw toStorageError(error, 'Loading the routes');
      }
    },
    async apply(mutations) {
      try {
        await apply(mutations);
      } catch (error) {
        throw toStorageError(error, `Writing ${mutations.length} changes`);
      }
    },
    status,
    close: () => (closing ??= Promise.resolve(connection.close())),
  };
}

function isSame(a: EncoderIdentity | undefined, b: EncoderIdentity): boolean {
  return a?.id === b.id && a.dimensions === b.dimensions;
}

/** What is left of vectors has another encoder's length, and no utterance. */
function claim({ id, dimensions }: EncoderIdentity): readonly SqlStatement[] {
  return [
    { sql: 'DELETE FROM chunks', values: [] },
    setMeta('encoder_id', id),
    setMeta('dimensions', String(dimensions)),
  ];
}
