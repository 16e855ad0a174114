/** The page that the tests of kept routes drive: the public API, and a worker for what only workers may do. */

import { openRouter, type ModelChoice, type ModelRouter } from 'synaptoroute/browser';
import type { Job, JobResult } from './jobs.ts';
import { startLoad, type Load, type LoadOptions } from './load.ts';

export interface Stage {
  readonly openRouter: typeof openRouter;
  /** Of this page, once a test has opened it. */
  router?: ModelRouter<ModelChoice>;
  /** Ends the worker of this page's router. */
  kill?: () => void;
  /** A worker that the test may kill. */
  readonly startWorker: () => Worker;
  /** Writes and reads without a pause until it is stopped. */
  readonly startLoad: (prefix: string, options?: LoadOptions) => void;
  load?: Load;
  readonly runJob: (job: Job) => Promise<JobResult>;
}

declare global {
  interface Window {
    stage: Stage;
  }
}

window.stage = {
  openRouter,
  startWorker: () => new Worker(new URL('../../../src/browser/worker.js', import.meta.url), { type: 'module' }),
  startLoad(prefix, options) {
    if (window.stage.router) window.stage.load = startLoad(window.stage.router, prefix, options);
  },
  runJob: (job) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./jobs-worker.ts', import.meta.url), { type: 'module' });
      const end = (): void => worker.terminate();
      worker.addEventListener('message', ({ data }: MessageEvent<JobResult>) => {
        end();
        resolve(data);
      });
      worker.addEventListener('error', (event) => {
        end();
        reject(new Error(event.message));
      });
      worker.postMessage(job);
    }),
};
