/** A worker thread that serves a router with the embedded model on the port that it is given. Runs under tsx. */

import { workerData, type MessagePort } from 'node:worker_threads';
import { openRouter } from '../../src/node/index.ts';
import { serveRouter } from '../../src/index.ts';

const { port } = workerData as { readonly port: MessagePort };

serveRouter(port, ({ config, onProgress }) => openRouter({ ...(config as object), onProgress }));
