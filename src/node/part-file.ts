import { randomUUID } from 'node:crypto';
import { constants, copyFile, open, readFile, readdir, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DownloadSink } from '../encoder/download.ts';
import { isMissing, markOf } from './cache-paths.ts';

/** A download's file while it grows, with its ETag beside it. */
export class PartFile implements DownloadSink {
  readonly path: string;
  readonly #file: FileHandle;
  #byteLength: number;
  #etag: string | undefined;

  private constructor(path: string, file: FileHandle, byteLength: number, etag: string | undefined) {
    this.path = path;
    this.#file = file;
    this.#byteLength = byteLength;
    this.#etag = etag;
  }

  /** With what an earlier process left of the file, as a copy: that process may only be asleep. */
  static async open(path: string): Promise<PartFile> {
    const part = markOf(path, `part-${randomUUID()}`);
    let etag: string | undefined;
    for (const left of await findParts(path)) {
      const known = await readFile(`${left}.etag`, 'utf8').catch(() => undefined);
      if (known && etag === undefined && (await copyIfThere(left, part))) etag = known;
      await removePart(left);
    }
    const file = await open(part, 'a');
    const { size } = await file.stat();
    if (etag !== undefined) await writeFile(`${part}.etag`, etag);
    return new PartFile(part, file, size, etag);
  }

  get held(): DownloadSink['held'] {
    return this.#etag === undefined || this.#byteLength === 0
      ? undefined
      : { byteLength: this.#byteLength, etag: this.#etag };
  }

  async restart(etag: string | undefined): Promise<void> {
    await this.#file.truncate(0);
    this.#byteLength = 0;
    this.#etag = etag;
    if (etag === undefined) await rm(`${this.path}.etag`, { force: true });
    else await writeFile(`${this.path}.etag`, etag);
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#file.appendFile(chunk);
    this.#byteLength += chunk.byteLength;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  discard(): Promise<void> {
    return removePart(this.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function findParts(path: string): Promise<string[]> {
  const prefix = basename(markOf(path, 'part-'));
  const entries = await readdir(dirname(path), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.startsWith(prefix) && !entry.name.endsWith('.etag'))
    .map(({ name }) => join(dirname(path), name));
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.etag`, { force: true });
}
