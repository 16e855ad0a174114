/** The script of an encoder's thread: makes the encoder that it is told to, and answers in the order of the calls. */

import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { toErrorRecord, toRouterError } from '../core/errors.ts';
import type { Encoder } from '../core/types.ts';
import { createLocalEncoder, type NodeEncoderOptions } from './encoder.ts';
import { OPENING, type FromThread, type ThreadStart, type ToThread } from './thread-wire.ts';

const port = parentPort as MessagePort;
const { config, calls } = workerData as ThreadStart;
/** Of the calls that are not answered yet; opening is one. */
const aborts = new Map([[OPENING, new AbortController()]]);

function post(message: FromThread, moved: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...moved]);
}

function fail(id: number, error: unknown): void {
  post({ type: 'failed', id, error: toErrorRecord(toRouterError(error, 'ENCODER_FAILED', 'Encoding')) });
}

async function answer(encoder: Encoder, message: Exclude<ToThread, { type: 'abort' | 'end' }>): Promise<void> {
  const { id } = message;
  if (message.type === 'close') {
    await encoder.close?.();
    post({ type: 'closed', id });
  } else {
    const { texts, kind } = message;
    const abort = new AbortController();
    aborts.set(id, abort);
    try {
      const encoding = await encoder.encode(texts, { signal: abort.signal, ...(kind && { kind }) });
      post({ type: 'encoded', id, encoding }, [encoding.vectors.buffer as ArrayBuffer]);
    } finally {
      aborts.delete(id);
    }
  }
}

async function open(): Promise<Encoder> {
  const options: NodeEncoderOptions = {
    ...config,
    onProgress: (progress) => post({ type: 'progress', progress }),
    signal: (aborts.get(OPENING) as AbortController).signal,
  };
  const encoder = await createLocalEncoder(options, calls);
  const { id, dimensions, defaultThreshold } = encoder;
  const status = encoder.status?.() ?? { id, dimensions, runtime: 'not reported', device: 'unknown', threads: 1 };
  post({ type: 'opened', facts: { id, dimensions, defaultThreshold, status } });
  return encoder;
}

const opening = open();
opening.catch((error: unknown) => fail(OPENING, error));
port.on('message', (message: ToThread) => {
  if (message.type === 'abort') return aborts.get(message.id)?.abort();
  if (message.type === 'end') process.exit();
  opening.then((encoder) => answer(encoder, message)).catch((error: unknown) => fail(message.id, error));
});
