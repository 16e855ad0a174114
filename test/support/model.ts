/** The embedded model's files, and a local server that gives them out, breaks them, or never ends. */

import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const folder = new URL('../../models/use-lite/', import.meta.url);

export const MODEL_URL: URL = new URL('onnx/model_quantized.onnx', folder);
export const TOKENIZER_URL: URL = new URL('tokenizer.json', folder);

/** Both files' bytes. */
export async function readModel(): Promise<{ readonly model: Uint8Array; readonly tokenizer: Uint8Array }> {
  const [model, tokenizer] = await Promise.all([readFile(MODEL_URL), readFile(TOKENIZER_URL)]);
  return { model: new Uint8Array(model), tokenizer: new Uint8Array(tokenizer) };
}

export interface LocalServer extends AsyncDisposable {
  /** `http://127.0.0.1:port/`. */
  readonly url: string;
}

/** Serves on a free port of this machine until it is disposed of. */
export async function serve(listener: RequestListener): Promise<LocalServer> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
