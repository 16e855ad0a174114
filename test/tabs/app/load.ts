/** A tab that writes and reads without a pause, and keeps count of what it was told. */

import type { Router } from 'synaptoroute/browser';

export interface LoadReport {
  /** Names of the routes whose `durable` has resolved. */
  readonly acknowledged: readonly string[];
  /** How calls ended: `answered`, `written`, or an error's code. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly started: number;
  readonly settled: number;
}

export interface Load {
  readonly acknowledged: () => readonly string[];
  /** Resolves when every call that was made has settled. */
  readonly stop: () => Promise<LoadReport>;
}

declare global {
  interface Window {
    /** Tells the test, which outlives this page, that a route is durable, about to be removed, or durably gone. */
    acknowledge?: (name: string, change: 'added' | 'removing' | 'removed') => void | Promise<void>;
  }
}

export interface LoadOptions {
  /** Removes each nth route again, after it is durable. Default: none. */
  readonly removeEvery?: number;
}

export function startLoad(router: Router, prefix: string, { removeEvery = Infinity }: LoadOptions = {}): Load {
  const acknowledged: string[] = [];
  const outcomes: Record<string, number> = {};
  const calls = { started: 0, settled: 0 };
  let isStopped = false;

  async function count(act: () => Promise<string>): Promise<void> {
    calls.started++;
    const outcome = await act().catch((error: { code?: string }) => error.code ?? 'an error without a code');
    calls.settled++;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    // A router that is closed refuses at once, and for good.
    if (outcome === 'CLOSED') isStopped = true;
  }

  async function write(i: number): Promise<string> {
    const name = `${prefix}${i}`;
    const { durable } = await router.addRoute({ name, utterances: [`order number ${i} of ${prefix}`, `case ${i}`] });
    await durable;
    acknowledged.push(name);
    void window.acknowledge?.(name, 'added');
    return 'written';
  }

  async function remove(i: number): Promise<string> {
    const name = `${prefix}${i}`;
    // Known before it begins: a tab that ends meanwhile cannot tell whether it took effect.
    await window.acknowledge?.(name, 'removing');
    const { durable } = await router.removeRoute(name);
    await durable;
    void window.acknowledge?.(name, 'removed');
    return 'removed';
  }

  async function writeOn(): Promise<void> {
    for (let i = 0; !isStopped; i++) {
      await count(() => write(i));
      if (i % removeEvery === removeEvery - 1 && acknowledged.at(-1) === `${prefix}${i}`) await count(() => remove(i));
    }
  }

  async function readOn(): Promise<void> {
    for (let i = 0; !isStopped; i++) {
      await count(async () => {
        await router.query(`what of order ${i}?`);
        return 'answered';
      });
    }
  }

  const loops = Promise.all([writeOn(), readOn()]);
  return {
    acknowledged: () => acknowledged,
    async stop() {
      isStopped = true;
      await loops;
      return { acknowledged, outcomes, ...calls };
    },
  };
}
