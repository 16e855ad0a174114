/** What tests ask of promises: how they fail, and a way to hold them. */

import { RouterError } from 'synaptoroute';

/** The `RouterError` that a promise rejects with; a promise that does anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<RouterError> {
  const outcome = await promise.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a refusal, got ${JSON.stringify(outcome.value)}`);
  if (outcome.error instanceof RouterError) return outcome.error;
  throw new Error('expected a RouterError, got another error', { cause: outcome.error });
}

/** The code of the `RouterError` that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await refusal(promise)).code;
}

/** Calls in a promise, so that what a method throws at once is a rejection too. */
export async function attempt<T>(act: () => T | Promise<T>): Promise<T> {
  return act();
}

/** Lets every promise callback run that can run without time passing. */
export function drain(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A promise with its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function createDeferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Collects rejections that nobody handles and exceptions that nobody catches, while `act` runs and just after. */
export async function uncaughtDuring(act: () => Promise<void>): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const watch = (error: unknown): void => void seen.push(error);
  const events = ['unhandledRejection', 'uncaughtException'] as const;
  // The test runner's own listeners would fail the run before the test can say what it expects.
  const theirs = events.map((event) => process.listeners(event as 'uncaughtException'));
  for (const event of events) process.removeAllListeners(event).on(event as 'uncaughtException', watch);
  try {
    await act();
    for (let i = 0; i < 5; i++) await drain();
  } finally {
    events.forEach((event, i) => {
      process.removeAllListeners(event);
      for (const listener of theirs[i] ?? []) process.on(event as 'uncaughtException', listener);
    });
  }
  return seen;
}

/** A signal that counts who listens, aborted by hand. */
export interface CountingSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  readonly listeners: number;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  abort(reason?: unknown): void;
}

export function createCountingSignal(): CountingSignal {
  const listeners = new Set<() => void>();
  const state = { aborted: false, reason: undefined as unknown };
  return {
    get aborted() {
      return state.aborted;
    },
    get reason() {
      return state.reason;
    },
    get listeners() {
      return listeners.size;
    },
    addEventListener: (_, listener) => void listeners.add(listener),
    removeEventListener: (_, listener) => void listeners.delete(listener),
    abort(reason) {
      Object.assign(state, { aborted: true, reason });
      for (const listener of listeners) listener();
    },
  };
}
