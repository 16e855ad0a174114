/** Serves models to the browser's tests: a hub with the embedded model, and all-MiniLM-L6-v2 where it is prepared. */

import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { sendHalf, serveHub } from '../support/hub.ts';
import { findMinilm } from '../support/minilm.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A hub whose first answer with the model is cut at half. */
    hubUrl: string;
    /** Where all-MiniLM-L6-v2 is served; empty where it is not prepared. */
    minilmUrl: string;
  }
}

const USE_LITE = fileURLToPath(new URL('../../models/use-lite', import.meta.url));

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const hub = await serveHub(USE_LITE, ({ path, count }, response, bytes) => {
    if (!path.endsWith('.onnx') || count > 1) return false;
    sendHalf(response, bytes);
    return true;
  });
  const folder = findMinilm();
  const minilm = folder === undefined ? undefined : await serveHub(folder);
  project.provide('hubUrl', hub.url);
  project.provide('minilmUrl', minilm?.url ?? '');
  return async () => {
    await hub[Symbol.asyncDispose]();
    await minilm?.[Symbol.asyncDispose]();
  };
}
