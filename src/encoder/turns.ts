/** Owns that steps run one at a time: ORT's WASM is one machine, and two native runs would fight for the cores. */

export type Turns = <T>(step: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}
