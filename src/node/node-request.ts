import type { IncomingMessage, ServerResponse } from 'node:http';

/** `Request` refuses them; the handler has to. */
const NOT_FOR_REQUEST = new Set(['TRACE', 'TRACK', 'CONNECT']);

/**
 * A `Request` that reads from Node's message what is asked of it. Making a real one takes three times as long as all else
 * that a small request costs, so one is made only for what is uncommon: streams, clones, forms.
 */
class LightRequest {
  /** Of the connection's other end. */
  readonly remoteAddress: string | undefined;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #hasBody: boolean;
  readonly headers: Headers;
  #signal: AbortSignal | undefined;
  #real: Request | undefined;
  /** Whether the whole body was read here, past the real request. */
  #isRead = false;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#hasBody = !['GET', 'HEAD'].includes(this.method) && !NOT_FOR_REQUEST.has(this.method);
    this.headers = new Headers(headerPairs(incoming));
    this.remoteAddress = incoming.socket.remoteAddress;
  }

  get method(): string {
    return this.#incoming.method ?? 'GET';
  }

  /** The path alone matters; a Host header may be anything. */
  get url(): string {
    return new URL(`http://localhost${(this.#incoming.url ?? '/').replace(/^\/*/, '/')}`).href;
  }

  /** Aborted when the client goes away before it has its answer. */
  get signal(): AbortSignal {
    if (!this.#signal) {
      const gone = new AbortController();
      this.#signal = gone.signal;
      if (this.#outgoing.destroyed) gone.abort();
      else this.#outgoing.once('close', () => !this.#outgoing.writableFinished && gone.abort());
    }
    return this.#signal;
  }

  get body(): Request['body'] {
    return this.#hasBody ? this.real().body : null;
  }

  get bodyUsed(): boolean {
    return this.#isRead || (this.#real?.bodyUsed ?? false);
  }

  async text(): Promise<string> {
    return this.#readsItself() ? new TextDecoder().decode(await readAll(this.#incoming)) : this.real().text();
  }

  async json(): Promise<unknown> {
    return this.#readsItself()
      ? JSON.parse(new TextDecoder().decode(await readAll(this.#incoming)))
      : this.real().json();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#readsItself() ? new Uint8Array(await readAll(this.#incoming)).buffer : this.real().arrayBuffer();
  }

  /** For everything else. Of a body that was read here it has one that is used. */
  real(): Request {
    if (this.#real) return this.#real;
    const isForRequest = !NOT_FOR_REQUEST.has(this.method);
    this.#real = new Request(this.url, {
      headers: this.headers,
      signal: this.signal,
      ...(isForRequest && { method: this.method }),
      ...(this.#hasBody && { body: streamOf(this.#incoming), duplex: 'half' }),
    });
    if (this.#isRead) void this.#real.body?.cancel();
    return this.#real;
  }

  #readsItself(): boolean {
    if (!this.#hasBody || this.#real || this.#isRead) return false;
    this.#isRead = true;
    return true;
  }
}

/** All that `Request` has, by its prototype or by each instance, and a light one has not. */
for (const source of [Request.prototype, new Request('http://localhost')]) {
  for (const name of Reflect.ownKeys(source)) {
    if (name === 'headers' || Object.hasOwn(LightRequest.prototype, name)) continue;
    const isMethod = typeof Object.getOwnPropertyDescriptor(source, name)?.value === 'function';
    Object.defineProperty(LightRequest.prototype, name, {
      configurable: true,
      get(this: LightRequest): unknown {
        const value: unknown = Reflect.get(this.real(), name);
        return isMethod && typeof value === 'function' ? (value.bind(this.real()) as unknown) : value;
      },
    });
  }
}
Object.setPrototypeOf(LightRequest.prototype, Request.prototype);

/** Throws for headers that `Headers` refuses. */
export function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Request {
  return new LightRequest(incoming, outgoing) as unknown as Request;
}

function headerPairs({ headersDistinct }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) pairs.push([name, value]);
  }
  return pairs;
}

/** Reads on demand only. */
function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Buffer> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Destroying the message would destroy its connection, which has yet to bring the answer.
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
