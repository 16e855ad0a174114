/** Owns work that is asked for faster than it is done: one at a time, and of what waits the latest alone. */

export function createLatest<T extends readonly unknown[]>(work: (...args: T) => Promise<void>): (...args: T) => void {
  let waiting: T | undefined;
  let isWorking = false;

  async function run(): Promise<void> {
    isWorking = true;
    try {
      while (waiting) {
        const args = waiting;
        waiting = undefined;
        // What refuses says so to whoever asks next; a slider that moves has no one to tell.
        await work(...args).catch(() => undefined);
      }
    } finally {
      isWorking = false;
    }
  }

  return (...args) => {
    waiting = args;
    if (!isWorking) void run();
  };
}
