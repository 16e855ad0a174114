/** Owns the caller's end of a runtime with several threads in a worker of its own; loaded where that is to be measured. */

import { fromErrorRecord } from '../core/errors.ts';
import type { FragileRunner } from '../encoder/fragile-runner.ts';
import { watchLifeLock } from './life.ts';
import type { Answers, ThreadsAnswer, ThreadsCall, ThreadsStart } from './threads-worker.ts';

/** Rejects where there are no workers in workers, and where the runtime cannot start; nothing of it is left then. */
export async function startThreads(start: ThreadsStart): Promise<FragileRunner> {
  // Written out in this form, bundlers find the worker and keep its URL right.
  const worker = new Worker(new URL('./threads-worker.js', import.meta.url), {
    type: 'module',
    name: 'synaptoroute-threads',
  });
  const lost = new Promise<string>((lose) => {
    worker.addEventListener('error', (event) => {
      // Told here; unhandled it would count as an error of this worker, and end the router.
      event.preventDefault();
      lose(event.message || 'its script could not be loaded');
    });
    worker.addEventListener('messageerror', () => lose('it was sent what could not be decoded'));
  });
  const failure = lost.then((reason) => {
    throw new Error(reason);
  });
  try {
    const { status, lifeLock } = await Promise.race([ask(worker, { type: 'start', ...start }), failure]);
    const ended = new Promise<string>((lose) => {
      if (lifeLock !== undefined) watchLifeLock(lifeLock, () => lose('its worker has ended'));
    });
    return {
      lost: Promise.race([lost, ended]),
      status: () => status,
      run: (texts) => ask(worker, { type: 'run', texts }),
      // Its memory, and its threads', go with it.
      close: async () => worker.terminate(),
    };
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Each call has a port of its own for its answer. */
function ask<C extends ThreadsCall>(worker: Worker, call: C): Promise<Answers[C['type']]> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }: MessageEvent<ThreadsAnswer<C['type']>>) => {
      port1.close();
      if ('error' in data) reject(fromErrorRecord(data.error));
      else resolve(data.answer);
    });
    port1.start();
    worker.postMessage(call, [port2]);
  });
}
