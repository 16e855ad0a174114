import { download, type DownloadOptions, type DownloadSink } from './download.ts';
import type { ReadFile } from './model-source.ts';

/** `ReadFile` for every platform with `fetch`; keeps nothing. */
export function createFetchReader(policy: Omit<DownloadOptions, 'signal' | 'onProgress'> = {}): ReadFile {
  return async (location, { signal, onProgress }) => {
    const sink = new MemorySink();
    await download(location, sink, { ...policy, ...(signal && { signal }), ...(onProgress && { onProgress }) });
    return sink.take();
  };
}

/** A download in memory. */
class MemorySink implements DownloadSink {
  #chunks: Uint8Array[] = [];
  #byteLength = 0;
  #etag: string | undefined;

  get held(): DownloadSink['held'] {
    return this.#etag === undefined || this.#byteLength === 0
      ? undefined
      : { byteLength: this.#byteLength, etag: this.#etag };
  }

  restart(etag: string | undefined): void {
    this.#chunks = [];
    this.#byteLength = 0;
    this.#etag = etag;
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
  }

  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#byteLength);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    this.restart(undefined);
    return bytes;
  }
}
