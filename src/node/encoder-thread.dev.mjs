/** Starts encoder-thread.ts from its source: Node 20 reads no TypeScript, and a loader's flag does not reach a thread. */

import { tsImport } from 'tsx/esm/api';

await tsImport('./encoder-thread.ts', import.meta.url);
