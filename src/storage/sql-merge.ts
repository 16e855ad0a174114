/** Owns how chunks of few vectors become whole ones. */

import { RouterError } from '../core/errors.ts';
import { openChunk, rowsPerChunk, type VectorRow } from './sql-chunks.ts';
import type { SqlConnection } from './sql-connection.ts';
import type { ChunkUse } from './sql-load.ts';
import type { SqlWriter, WrittenChunk } from './sql-write.ts';

const READ_CHUNKS = 'SELECT rows, vectors FROM chunks WHERE id IN (SELECT value FROM json_each(?))';
const LIVE_IDS = 'SELECT id FROM utterances WHERE id IN (SELECT value FROM json_each(?))';
const REMOVE_CHUNKS = 'DELETE FROM chunks WHERE id IN (SELECT value FROM json_each(?))';

/**
 * Keeps the count of small chunks within bounds: single edits leave one each, and once those that there are fill a
 * whole one they become it. So an edit costs O(1), each vector is written about twice in all, and loading reads few
 * BLOBs however many edits there were.
 */
export class Merger {
  readonly #connection: SqlConnection;
  readonly #writer: SqlWriter;
  readonly #chunkBytes: number;
  #dimensions = 1;
  #small: WrittenChunk[] = [];

  constructor(connection: SqlConnection, writer: SqlWriter, chunkBytes: number) {
    this.#connection = connection;
    this.#writer = writer;
    this.#chunkBytes = chunkBytes;
  }

  reset(chunks: readonly ChunkUse[], dimensions: number): void {
    this.restart(dimensions);
    this.note(chunks.map(({ id, liveRows }) => ({ id, rowCount: liveRows })));
  }

  restart(dimensions: number): void {
    this.#dimensions = dimensions;
    this.#small = [];
  }

  note(written: readonly WrittenChunk[]): void {
    const half = this.#fullCount / 2;
    this.#small.push(...written.filter(({ rowCount }) => rowCount < half));
  }

  /** Merges at most one chunk's worth, in a transaction of its own that changes no route. */
  async merge(): Promise<void> {
    const rowCount = this.#small.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    const full = this.#fullCount;
    if (this.#small.length < 2 || (rowCount < full && this.#small.length < full)) return;
    const taken: WrittenChunk[] = [];
    for (let rows = 0; rows < full && this.#small[taken.length];) {
      const chunk = this.#small[taken.length] as WrittenChunk;
      taken.push(chunk);
      rows += chunk.rowCount;
    }
    const ids = JSON.stringify(taken.map(({ id }) => id));
    const rows = await this.#liveRows(ids);
    const written: WrittenChunk[] = [];
    await this.#connection.transaction([
      { sql: REMOVE_CHUNKS, values: [ids] },
      ...chunksOf(rows, full).map((part) => this.#writer.addChunk(part, written)),
    ]);
    this.#small.splice(0, taken.length);
    this.note(written);
  }

  async #liveRows(chunkIds: string): Promise<readonly VectorRow[]> {
    const rows: VectorRow[] = [];
    for (const [heads, bytes] of await this.#connection.all(READ_CHUNKS, [chunkIds])) {
      const chunk = openChunk({ rows: heads as Uint8Array, vectors: bytes as Uint8Array }, this.#dimensions);
      for (let row = 0; row < (chunk?.count ?? 0); row++) {
        if (!chunk?.isSound(row)) throw damaged(chunkIds);
        const vector = chunk.vectors.subarray(row * this.#dimensions, (row + 1) * this.#dimensions);
        rows.push({ id: chunk.seals[row * 2] as number, vector });
      }
      if (!chunk) throw damaged(chunkIds);
    }
    const found = await this.#connection.all(LIVE_IDS, [JSON.stringify(rows.map(({ id }) => id))]);
    const live = new Set(found.map(([id]) => Number(id)));
    return rows.filter(({ id }) => live.has(id)).toSorted((a, b) => a.id - b.id);
  }

  get #fullCount(): number {
    return rowsPerChunk(this.#dimensions, this.#chunkBytes);
  }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function damaged(chunkIds: string): RouterError {
  return new RouterError(
    'STORAGE_CORRUPT',
    `Got damaged vectors in one of the chunks ${chunkIds.slice(0, 80)} (table "chunks"); open the router again with onCorrupt: 'reencode'.`,
  );
}
