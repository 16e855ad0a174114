/** Owns what is asked of a runner whose device may go away: its runs end with it, and answer with numbers. */

import type { TokenRunner } from './onnx-session.ts';

/** A runner whose device may go away. */
export interface FragileRunner extends TokenRunner {
  /** Resolves to the reason when the device is lost. */
  readonly lost: Promise<string>;
}

/**
 * The runner with runs that fail when its device is lost, for a run on a lost device may never end. One listener for all
 * runs: one each would stay, and with it the run's vectors, for as long as the device does.
 */
export function endingWithDevice(runner: FragileRunner): FragileRunner {
  const ends = new Set<(error: Error) => void>();
  let loss: Error | undefined;
  const lose = (reason: string): void => {
    loss = new Error(reason);
    for (const end of ends) end(loss);
  };
  void runner.lost.then(lose);
  return {
    lost: runner.lost,
    status: () => runner.status(),
    close: () => runner.close(),
    async run(texts) {
      if (loss) throw loss;
      const vectors = await new Promise<Float32Array>((resolve, reject) => {
        ends.add(reject);
        void runner
          .run(texts)
          .then(resolve, reject)
          .finally(() => ends.delete(reject));
      });
      if (!vectors.every(Number.isFinite)) throw new Error('it answered with numbers that are not finite');
      return vectors;
    },
  };
}
