/** Serves models to the browser's tests: a scripted hub with the embedded model, and all-MiniLM-L6-v2 where it is prepared. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { serveHub } from '../support/hub.ts';
import { findMinilm } from '../support/minilm.ts';
import { serveScriptedHub, sha256Of } from '../support/scripted-hub.ts';

declare module 'vitest' {
  interface ProvidedContext {
    hubUrl: string;
    /** Of the hub's model. */
    hubModel: { readonly sha256: string; readonly byteLength: number };
    /** Where all-MiniLM-L6-v2 is served; empty where it is not prepared. */
    minilmUrl: string;
  }
}

const USE_LITE = fileURLToPath(new URL('../../models/use-lite', import.meta.url));

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const hub = await serveScriptedHub(USE_LITE);
  const path = join(USE_LITE, 'onnx/model_quantized.onnx');
  const folder = findMinilm();
  const minilm = folder === undefined ? undefined : await serveHub(folder);
  project.provide('hubUrl', hub.url);
  project.provide('hubModel', { sha256: await sha256Of(path), byteLength: (await stat(path)).size });
  project.provide('minilmUrl', minilm?.url ?? '');
  return async () => {
    await hub[Symbol.asyncDispose]();
    await minilm?.[Symbol.asyncDispose]();
  };
}
