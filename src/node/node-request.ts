import type { IncomingMessage, ServerResponse } from 'node:http';

/** Of no other use than to be refused, which is for the handler to say. */
const NOT_FOR_REQUEST = new Set(['TRACE', 'TRACK', 'CONNECT']);

/**
 * A `Request` that reads what Node received when it is asked: whole bodies without a web stream, and no abort signal
 * where nobody listens. Anything less common goes the way of its base class, on a stream that reads on demand.
 */
export class NodeRequest extends Request {
  /** Of the connection's other end. */
  readonly remoteAddress: string | undefined;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #signal: AbortSignal | undefined;
  /** Whether the body was read here, or the stream has it from now on. */
  #reader: 'none' | 'own' | 'stream';

  /** Throws for headers that `Headers` refuses. */
  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { method = 'GET', url = '/', headersDistinct } = incoming;
    const headers: [string, string][] = [];
    for (const [name, values = []] of Object.entries(headersDistinct)) {
      for (const value of values) headers.push([name, value]);
    }
    const isForRequest = !NOT_FOR_REQUEST.has(method);
    const hasBody = isForRequest && method !== 'GET' && method !== 'HEAD';
    const first = { onPull: doNothing };
    // The path alone matters; a Host header may be anything.
    super(`http://localhost${url.replace(/^\/*/, '/')}`, {
      headers,
      ...(isForRequest && { method }),
      ...(hasBody && { body: streamOf(incoming, first), duplex: 'half' }),
    });
    first.onPull = () => (this.#reader = 'stream');
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#reader = hasBody ? 'none' : 'stream';
    this.remoteAddress = incoming.socket.remoteAddress;
  }

  override get method(): string {
    return this.#incoming.method ?? 'GET';
  }

  /** Aborted when the client goes away before it has its answer. */
  override get signal(): AbortSignal {
    if (!this.#signal) {
      const gone = new AbortController();
      this.#signal = gone.signal;
      if (this.#outgoing.destroyed) gone.abort();
      else this.#outgoing.once('close', () => !this.#outgoing.writableFinished && gone.abort());
    }
    return this.#signal;
  }

  override get bodyUsed(): boolean {
    return this.#reader === 'own' || super.bodyUsed;
  }

  override clone(): Request {
    if (this.#reader === 'none') this.#reader = 'stream';
    return super.clone();
  }

  override async text(): Promise<string> {
    return this.#readsItself() ? this.#decode() : super.text();
  }

  override async json(): Promise<unknown> {
    return this.#readsItself() ? JSON.parse(await this.#decode()) : super.json();
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#readsItself() ? new Uint8Array(await readAll(this.#incoming)).buffer : super.arrayBuffer();
  }

  async #decode(): Promise<string> {
    return new TextDecoder().decode(await readAll(this.#incoming));
  }

  #readsItself(): boolean {
    const { body } = this;
    if (this.#reader !== 'none' || !body || super.bodyUsed || body.locked) return false;
    this.#reader = 'own';
    // So that nothing else reads it, or takes it for empty.
    body.getReader();
    return true;
  }
}

function streamOf(incoming: IncomingMessage, first: { readonly onPull: () => void }): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Buffer> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        first.onPull();
        // Not to be destroyed with the iterator, for then its connection brings no answer.
        chunks ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      },
      async cancel() {
        await chunks?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function readAll(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const brokeOff = (): void => {
      if (!incoming.readableEnded) reject(new TypeError('The body broke off.'));
    };
    if (incoming.destroyed) return brokeOff();
    incoming
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
      .once('error', brokeOff)
      .once('close', brokeOff);
  });
}

function doNothing(): void {
  // Nothing is there yet that could read.
}
