/** Owns the way from changes to statements. */

import type { EmbeddedUtterance, Mutation, StoredRoute } from '../core/stored.ts';
import { packChunk, rowsPerChunk, type VectorRow } from './sql-chunks.ts';
import type { SqlStatement, SqlValue } from './sql-connection.ts';
import { setEncoder } from './sql-schema.ts';
import { REVISION_SUM, sealText, sumOfBytes } from './seals.ts';

const ADD_ROUTE = 'INSERT INTO routes (name, threshold, metadata) VALUES (?, ?, ?)';
const REMOVE_ROUTE = 'DELETE FROM routes WHERE name = ?';
/** Texts as one JSON array: one statement for some hundred of them. */
const ADD_UTTERANCES =
  'INSERT INTO utterances (id, route_id, negative, text) SELECT ? + key, (SELECT id FROM routes WHERE name = ?), ?, value FROM json_each(?)';
const REMOVE_UTTERANCES =
  'DELETE FROM utterances WHERE route_id = (SELECT id FROM routes WHERE name = ?) AND negative = ? AND text IN (SELECT value FROM json_each(?))';
const SET_THRESHOLD = 'UPDATE routes SET threshold = ? WHERE name = ?';
const RAISE_VERSION = 'UPDATE routes SET version = version + 1 WHERE name = ?';
const ADD_CHUNK = 'INSERT INTO chunks (id, rows, vectors) VALUES (?, ?, ?)';
const ADD_FIT = 'INSERT INTO fit (part, bytes, sum) VALUES (?, ?, ?)';
const EMPTY = ['fit', 'chunks', 'utterances', 'routes'].map((table) => `DELETE FROM ${table}`);

const COUNT_REVISION = `UPDATE seal SET revision = revision + 1, sum = sum + ${REVISION_SUM}`;

/** Characters of texts in one statement; at most 6 bytes of JSON each, and one text more. */
const MAX_TEXTS_LENGTH = 200_000;

/** A chunk as it was written. */
export interface WrittenChunk {
  readonly id: number;
  readonly rowCount: number;
}

/** Turns changes into statements for one transaction; ids that a failed one used are not used again. */
export class SqlWriter {
  nextUtteranceId = 1;
  nextChunkId = 1;
  readonly #chunkBytes: number;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /**
   * Vectors are gathered over all of the changes, so that a transaction writes as few chunks as it can.
   * @param written gets the chunks that the statements leave behind, once they have been read to the end
   */
  *statements(mutations: readonly Mutation[], written: WrittenChunk[]): Generator<SqlStatement> {
    const gathered = new Gathered(this.#chunkBytes);
    for (const mutation of mutations) {
      if (mutation.type === 'replace-all') {
        gathered.clear();
        written.length = 0;
      }
      for (const step of this.#steps(mutation)) {
        if ('sql' in step) yield step;
        else if (gathered.add(step)) yield this.addChunk(gathered.take(), written);
      }
    }
    if (!gathered.isEmpty) yield this.addChunk(gathered.take(), written);
    yield statement(COUNT_REVISION);
  }

  addChunk(rows: readonly VectorRow[], written: WrittenChunk[]): SqlStatement {
    const id = this.nextChunkId++;
    const chunk = packChunk(rows);
    written.push({ id, rowCount: rows.length });
    return { sql: ADD_CHUNK, values: [id, chunk.rows, chunk.vectors] };
  }

  *#steps(mutation: Mutation): Generator<SqlStatement | VectorRow> {
    switch (mutation.type) {
      case 'add-route':
        yield* this.#addRoute(mutation.route);
        return;
      case 'remove-route':
        yield statement(REMOVE_ROUTE, sealText(mutation.name));
        return;
      case 'add-utterances':
      case 'add-negatives':
        yield* this.#addUtterances(mutation.name, mutation.utterances, mutation.type === 'add-negatives');
        yield statement(RAISE_VERSION, sealText(mutation.name));
        return;
      case 'remove-utterances':
      case 'remove-negatives':
        for (const texts of partsOf(mutation.texts)) {
          const isNegative = mutation.type === 'remove-negatives' ? 1 : 0;
          yield statement(REMOVE_UTTERANCES, sealText(mutation.name), isNegative, toList(texts));
        }
        yield statement(RAISE_VERSION, sealText(mutation.name));
        return;
      case 'set-threshold':
        yield statement(SET_THRESHOLD, sealJson(mutation.threshold), sealText(mutation.name));
        yield statement(RAISE_VERSION, sealText(mutation.name));
        return;
      case 'set-fit':
        yield* this.#setFit(mutation.fit);
        return;
      case 'replace-all':
        for (const sql of EMPTY) yield statement(sql);
        yield setEncoder(mutation.encoder);
        for (const route of mutation.routes) yield* this.#addRoute(route);
    }
  }

  *#addRoute({
    name,
    threshold,
    metadata,
    utterances,
    negatives = [],
  }: StoredRoute): Generator<SqlStatement | VectorRow> {
    yield statement(ADD_ROUTE, sealText(name), sealJson(threshold), sealJson(metadata));
    yield* this.#addUtterances(name, utterances, false);
    yield* this.#addUtterances(name, negatives, true);
  }

  *#addUtterances(
    name: string,
    utterances: readonly EmbeddedUtterance[],
    isNegative: boolean,
  ): Generator<SqlStatement | VectorRow> {
    let next = 0;
    for (const texts of partsOf(utterances.map(({ text }) => text))) {
      const firstId = this.nextUtteranceId;
      for (const { vector } of utterances.slice(next, (next += texts.length))) {
        yield { id: this.nextUtteranceId++, vector };
      }
      yield statement(ADD_UTTERANCES, firstId, sealText(name), isNegative ? 1 : 0, toList(texts));
    }
  }

  *#setFit(fit: Uint8Array | undefined): Generator<SqlStatement> {
    yield statement('DELETE FROM fit');
    if (!fit) return;
    // An empty fit is one, and has one part.
    for (let part = 0; part === 0 || part * this.#chunkBytes < fit.length; part++) {
      const bytes = fit.slice(part * this.#chunkBytes, (part + 1) * this.#chunkBytes);
      yield statement(ADD_FIT, part, bytes, sumOfBytes(bytes, part));
    }
  }
}

function sealJson(value: unknown): string {
  return sealText(JSON.stringify(value) ?? '');
}

/** As `json_each` takes it. */
function toList(texts: readonly string[]): string {
  return JSON.stringify(texts.map(sealText));
}

/** Texts as one statement takes them. */
function* partsOf(texts: readonly string[]): Generator<readonly string[]> {
  for (let start = 0, end = 0; start < texts.length; start = end) {
    for (let length = 0; length < MAX_TEXTS_LENGTH && end < texts.length; end++)
      length += (texts[end] as string).length;
    yield texts.slice(start, end);
  }
}

/** Rows that will be one chunk. */
class Gathered {
  readonly #chunkBytes: number;
  #rows: VectorRow[] = [];

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Whether the chunk is full now. */
  add(row: VectorRow): boolean {
    this.#rows.push(row);
    return this.#rows.length >= rowsPerChunk(row.vector.length, this.#chunkBytes);
  }

  take(): readonly VectorRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  clear(): void {
    this.#rows = [];
  }
}

function statement(sql: string, ...values: readonly SqlValue[]): SqlStatement {
  return { sql, values };
}
