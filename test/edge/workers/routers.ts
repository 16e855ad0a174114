/** A Worker with two routers, each behind the HTTP API: one in the isolate's memory, one that follows a Durable Object. */

import { env } from 'cloudflare:workers';
import {
  fromAssets,
  openRouter,
  type AssetsBinding,
  type Router,
  type RouterObjectNamespace,
} from 'synaptoroute/cloudflare';
import { createHandler } from 'synaptoroute/http';

export { RouterObject } from 'synaptoroute/cloudflare';

const { ASSETS, ROUTER_OBJECT, TOKEN, MAX_STALENESS_MS } = env as unknown as {
  readonly ASSETS: AssetsBinding;
  readonly ROUTER_OBJECT: RouterObjectNamespace;
  readonly TOKEN: string;
  readonly MAX_STALENESS_MS: number;
};

/** Every WASM memory of the isolate, for what it takes. */
const memories: WebAssembly.Memory[] = [];
class RecordedMemory extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
}
Object.assign(WebAssembly, { Memory: RecordedMemory });

const model = fromAssets(ASSETS);
const object = { namespace: ROUTER_OBJECT, maxStalenessMs: MAX_STALENESS_MS };
const routers: Readonly<Record<string, Router>> = {
  memory: openRouter({ model, batch: { maxWaitMs: 5 } }),
  object: openRouter({ model, object }),
};

/** What a call comes to whose model is never there. */
async function askInVain(): Promise<unknown> {
  const never = openRouter({ model: { model: 'x', tokenizer: 'y', readFile: () => new Promise(() => undefined) } });
  const codes = [
    await codeOf(never.query('x', { timeoutMs: 20 })),
    await codeOf(never.addRoute({ name: 'a', utterances: ['x'] }, { timeoutMs: 20 })),
  ];
  await never.close();
  return [...codes, await codeOf(never.query('x'))];
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'answered',
    (error: { readonly code?: unknown }) => error.code,
  );
}

const errors: string[] = [];
const onError = (error: unknown): void => void errors.push(String(error));
const handlers = Object.fromEntries(
  Object.entries(routers).map(([name, router]) => [name, createHandler({ router, token: TOKEN, onError })]),
);

export default {
  async fetch(request: Request): Promise<Response> {
    const [, name = '', path = '/'] = /^\/(\w+)(\/.*)$/.exec(new URL(request.url).pathname) ?? [];
    if (name === 'memories') return Response.json(memories.map(({ buffer }) => buffer.byteLength));
    if (name === 'vain') return Response.json(await askInVain());
    if (name === 'errors') return Response.json(errors);
    if (name === 'later') {
      const now = Date.now;
      Date.now = () => now() + Number(path.slice(1));
      return new Response();
    }
    if (name === 'status') return Response.json(await routers[path.slice(1)]?.status());
    const handler = handlers[name];
    if (!handler) return new Response('no such router', { status: 404 });
    return handler(new Request(new URL(path, request.url), request));
  },
};
