/** Owns the way of a text to its samples: how large it may be, and the worker that reads it. */

import type { Sample } from './read-samples.ts';
import type { ReadAnswer } from './samples-worker.ts';

/** Some 60,000 samples; what a page can evaluate in minutes. */
export const MAX_SAMPLE_BYTES: number = 4 * 1024 * 1024;

/** Rejects with an `Error` whose message is for people. */
export function readInWorker(text: string): Promise<readonly Sample[]> {
  // Written out in this form, the bundler finds the worker.
  const worker = new Worker(new URL('./samples-worker.ts', import.meta.url), { type: 'module', name: 'samples' });
  return new Promise<readonly Sample[]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<ReadAnswer>) => {
      if ('samples' in data) resolve(data.samples);
      else reject(new Error(data.message));
    });
    worker.addEventListener('error', ({ message }) =>
      reject(new Error(message || 'The script that reads samples could not be loaded.')),
    );
    worker.postMessage(text);
  }).finally(() => worker.terminate());
}

/** Why a text of so many bytes is not read; `undefined` where it is. */
export function refusalOf(byteLength: number): string | undefined {
  if (byteLength <= MAX_SAMPLE_BYTES) return undefined;
  const size = (byteLength / 1024 / 1024).toFixed(1);
  return `That is ${size} MiB, and this page reads at most ${MAX_SAMPLE_BYTES / 1024 / 1024}. Take a part of it, or evaluate it in Node: the call is the same.`;
}
