/** The script of a worker in a worker: the model once more, on a WASM runtime that has several threads. */

import * as ort from 'onnxruntime-web/wasm';
import { toErrorRecord, toRouterError, type ErrorRecord } from '../core/errors.ts';
import {
  createSessionRunner,
  type RunnerStatus,
  type SessionSettings,
  type TokenRunner,
} from '../encoder/onnx-session.ts';
import { setUpWasm } from '../encoder/wasm-runtime.ts';
import { holdLock } from './life.ts';

export interface ThreadsStart {
  readonly threads: number;
  readonly model: Uint8Array;
  readonly settings: SessionSettings;
}

/** Comes with a port for its answer. Starting is the first. */
export type ThreadsCall =
  | ({ readonly type: 'start' } & ThreadsStart)
  | { readonly type: 'run'; readonly texts: readonly (readonly number[])[] };

export interface Answers {
  readonly start: { readonly status: RunnerStatus; readonly lifeLock: string | undefined };
  readonly run: Float32Array;
}

export type ThreadsAnswer<T extends keyof Answers> = { readonly answer: Answers[T] } | { readonly error: ErrorRecord };

let runner: TokenRunner | undefined;

async function answer(call: ThreadsCall): Promise<Answers[keyof Answers]> {
  if (call.type === 'run') return (runner as TokenRunner).run(call.texts);
  const { threads, model, settings } = call;
  runner = await createSessionRunner({ ...setUpWasm(ort, threads), ...settings }, model);
  return { status: runner.status(), lifeLock: (await holdLock())?.name };
}

// ONNX Runtime starts its threads by loading the script it is bundled in, which may be this one.
if (self.name !== 'em-pthread') {
  self.addEventListener('message', ({ data, ports: [port] }: MessageEvent<ThreadsCall>) => {
    void answer(data).then(
      (result) => port?.postMessage({ answer: result } satisfies ThreadsAnswer<keyof Answers>),
      (error: unknown) => {
        const record = toErrorRecord(toRouterError(error, 'ENCODER_FAILED', 'A run on several threads'));
        port?.postMessage({ error: record } satisfies ThreadsAnswer<keyof Answers>);
      },
    );
  });
}
