/** Owns what is used of workerd's own modules, as types: Cloudflare's package of them would redefine the web's. */

declare module 'cloudflare:workers' {
  /** Keeps the request that calls it alive until the promise settles, at most 30 s beyond its response. */
  export function waitUntil(promise: Promise<unknown>): void;

  /** The Worker's bindings. */
  export const env: Readonly<Record<string, unknown>>;

  export abstract class DurableObject {
    protected readonly ctx: { readonly storage: import('./durable-sql.ts').DurableStorage };
    protected readonly env: unknown;
    constructor(ctx: object, env: unknown);
  }
}

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
