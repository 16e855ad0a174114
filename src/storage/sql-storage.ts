/** Owns the storage on an SQL connection: one schema and one set of statements for every home of SQLite. */

import { RouterError } from '../core/errors.ts';
import { guarded } from '../core/guard.ts';
import { parseObject } from '../core/input.ts';
import type { StorageStatus } from '../core/status.ts';
import type { EncoderIdentity, Mutation, Storage } from '../core/stored.ts';
import { CHUNK_BYTES } from './sql-chunks.ts';
import type { SqlConnection, SqlStatement } from './sql-connection.ts';
import { toStorageError } from './sql-errors.ts';
import { readRoutes, streamVectors, type LoadedVectors } from './sql-load.ts';
import { Merger } from './sql-merge.ts';
import { prepareSchema, setEncoder } from './sql-schema.ts';
import { readBlocks, readEncoder, readTexts, type LoadedTexts } from './sql-texts.ts';
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

const parseOptions = guarded((options: SqlStorageOptions): Required<SqlStorageOptions> => {
  const {
    status,
    access = 'write',
    chunkBytes = CHUNK_BYTES,
    rowsPerRead = 512,
  } = parseObject(options, 'options') as SqlStorageOptions;
  return { status, access, chunkBytes, rowsPerRead };
});

/**
 * Keeps routes in an SQLite database: in Node, in a page, in a Durable Object. The storage owns the connection and
 * closes it.
 *
 * `load` rejects with `STORAGE_FAILED` where the database is another program's or cannot be used, `UNSUPPORTED` where a
 * later release wrote it, `STORAGE_CORRUPT` where it is damaged beyond the vectors.
 */
export function createSqlStorage(connection: SqlConnection, options: SqlStorageOptions): Storage {
  const { status, access, chunkBytes, rowsPerRead } = parseOptions(options);
  const writer = new SqlWriter(chunkBytes);
  const merger = new Merger(connection, writer, chunkBytes);
  const read = createReader({ connection, writer, merger, access, rowsPerRead });
  let closing: Promise<void> | undefined;

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
    load: (encoder) =>
      explained('Loading the routes', async () => {
        const { texts, owner, vectors } = await read(encoder, {
          rest: (found, { dimensions }) => readRoutes(connection, dimensions, found),
        });
        return { encoder: owner, routes: vectors.routes, ...(texts.fit && { fit: texts.fit }) };
      }),
    stream: (encoder, sink) =>
      explained('Loading the routes', async () => {
        const { texts, vectors } = await read(encoder, {
          expect: (count) => sink.expect(count),
          async rest(found, owner) {
            const { routes, fit, runs } = found;
            if (!sink.begin({ encoder: owner, routes, ...(fit && { fit }) })) return undefined;
            return streamVectors(connection, owner.dimensions, runs, sink);
          },
        });
        return vectors?.found === texts.runs.count;
      }),
    apply: (mutations) => explained('Writing', () => apply(mutations)),
    status,
    close: () => (closing ??= Promise.resolve(connection.close())),
  };
}

async function explained<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw toStorageError(error, doing);
  }
}

interface ReaderParts {
  readonly connection: SqlConnection;
  readonly writer: SqlWriter;
  readonly merger: Merger;
  readonly access: 'write' | 'read';
  readonly rowsPerRead: number;
}

interface Reading<T> {
  readonly texts: LoadedTexts;
  /** Whose vectors these are, or are to be. */
  readonly owner: EncoderIdentity;
  readonly vectors: T;
}

interface Reader<T> {
  /** Told before the texts are read how many there are, where the vectors are those of the encoder that asks. */
  readonly expect?: (count: number) => void;
  /** Reads the vectors. */
  readonly rest: (texts: LoadedTexts, owner: EncoderIdentity) => Promise<T>;
}

/** Reads texts and vectors of one state of the database; what later writes must know is noted. */
function createReader({ connection, writer, merger, access, rowsPerRead }: ReaderParts) {
  let isFirst = true;

  function inSnapshot<T>(act: () => Promise<T>): Promise<T> {
    return connection.snapshot ? connection.snapshot(act) : act();
  }

  return async <T extends LoadedVectors | undefined>(
    encoder: EncoderIdentity,
    { expect, rest }: Reader<T>,
  ): Promise<Reading<T>> => {
    if (isFirst) await prepareSchema(connection, access);
    const reading = await inSnapshot(async () => {
      const stored = await readEncoder(connection);
      const blocks = await readBlocks(connection, rowsPerRead);
      if (expect && isSame(stored, encoder)) expect(blocks.reduce((sum, { count }) => sum + count, 0));
      const texts = await readTexts(connection, blocks);
      const kept = texts.routes.length === 0 && isFirst ? undefined : stored;
      const owner = kept ?? encoder;
      return { stored, texts, owner, vectors: await rest(texts, owner) };
    });
    const { stored, owner, vectors } = reading;
    const claims = owner === encoder && access === 'write' && !isSame(stored, encoder);
    if (claims) await connection.transaction(claim(encoder));
    isFirst = false;
    if (vectors) {
      writer.nextUtteranceId = vectors.nextUtteranceId;
      writer.nextChunkId = vectors.nextChunkId;
      merger.reset(claims ? [] : vectors.chunks, owner.dimensions);
    }
    return reading;
  };
}

function isSame(a: EncoderIdentity | undefined, b: EncoderIdentity): boolean {
  return a?.id === b.id && a.dimensions === b.dimensions;
}

/** What is left of vectors has another encoder's length, and no utterance. */
function claim(encoder: EncoderIdentity): readonly SqlStatement[] {
  return [{ sql: 'DELETE FROM chunks', values: [] }, setEncoder(encoder)];
}
