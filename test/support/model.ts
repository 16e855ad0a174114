/** The embedded model's files, and a local server that gives them out, breaks them, or never ends. */

import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from 'synaptoroute';

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

/** Three routes with plain sentences, and ten questions that are none of them word by word. */
export const REFERENCE_ROUTES: readonly Required<Pick<Route, 'name' | 'utterances' | 'threshold'>>[] = [
  {
    name: 'billing',
    threshold: 0.45,
    utterances: ['I need a refund', 'Where is my receipt?', 'Cancel my subscription', 'Why was my card charged twice?'],
  },
  {
    name: 'hours',
    threshold: 0.45,
    utterances: [
      'When do you open?',
      'Are you open on Sunday?',
      'What are your business hours?',
      'What time do you close?',
    ],
  },
  {
    name: 'tech-support',
    threshold: 0.45,
    utterances: ['The app crashes', 'I cannot log in', 'My screen is frozen', 'The website shows an error'],
  },
];

export const REFERENCE_QUERIES: readonly (readonly [query: string, route: string | null])[] = [
  ['I want my money back', 'billing'],
  ['Can you stop my subscription please', 'billing'],
  ['My credit card was charged two times', 'billing'],
  ['how late are you open tonight?', 'hours'],
  ['are you closed on holidays?', 'hours'],
  ['do you open on weekends?', 'hours'],
  ['the application keeps crashing', 'tech-support'],
  ['I forgot my password and cannot sign in', 'tech-support'],
  ['the page gives me an error message', 'tech-support'],
  ['bananas are yellow', null],
];
