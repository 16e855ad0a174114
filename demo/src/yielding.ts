/** Owns how long work steps aside, so that the page stays free for frames and keys. */

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.addEventListener('message', () => waiting.shift()?.());
channel.port1.start();

/** Longer than this no slice of work should take. */
const SLICE_MS = 6;

/** Resolves in a task of its own, without the delay that timers have. */
export function stepAside(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(undefined);
  });
}

/** Does something for each item, in slices. */
export async function eachInSlices<T>(items: readonly T[], act: (item: T, i: number) => void): Promise<void> {
  let until = performance.now() + SLICE_MS;
  for (const [i, item] of items.entries()) {
    if (performance.now() > until) {
      await stepAside();
      until = performance.now() + SLICE_MS;
    }
    act(item, i);
  }
}
