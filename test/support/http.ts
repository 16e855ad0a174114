/** A handler over a router in memory whose encoder hashes words, and short ways to ask it. */

import { createMemoryStorage, openRouter, type Router } from 'synaptoroute';
import { createHandler, type Handler, type HandlerOptions } from 'synaptoroute/http';
import { createHashEncoder, type TestEncoder } from './encoders.ts';
import { createTestStorage, type TestStorage } from './storages.ts';

export const TOKEN = 'a-token-for-tests-0123456789';

export interface HttpBench {
  readonly router: Router;
  readonly encoder: TestEncoder;
  readonly storage: TestStorage;
  readonly handler: Handler;
  /** Asks as a client with the right token does, unless `init` says otherwise. */
  readonly ask: (method: string, path: string, body?: unknown, init?: RequestInit) => Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** The error's code, or `undefined` where the body is no error. */
  readonly code: string | undefined;
}

export async function createHttpBench(options: Partial<HandlerOptions> = {}): Promise<HttpBench> {
  const encoder = createHashEncoder();
  const storage = createTestStorage();
  const router = await openRouter({ encoder, storage });
  await router.addRoute({ name: 'billing', utterances: ['a refund please'], metadata: { queue: 'tier-2' } });
  await router.addRoute({ name: 'hours', utterances: ['when do you open'], threshold: 0 });
  const handler = createHandler({ router, token: TOKEN, ...options });
  return {
    router,
    encoder,
    storage,
    handler,
    ask: async (...request) => readReply(await handler(createAsk(...request))),
  };
}

/** A router that only stands in where a handler is made and not asked. */
export async function createIdleRouter(): Promise<Router> {
  return openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
}

export async function readReply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status, headers, body, code: (body as { error?: { code?: string } } | undefined)?.error?.code };
}

function createAsk(method: string, path: string, body?: unknown, init: RequestInit = {}): Request {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` };
  return new Request(`http://localhost${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...init,
  });
}
