/** Owns how busy others keep this machine, for bounds on time that hold for a machine to itself. */

const SPIN_MS = 200;

/** How much longer work takes than its processor time: 1 on an idle machine, 3 where it gets a third of a core. */
export function measureBusyness(): number {
  const start = performance.now();
  const before = process.cpuUsage();
  const spentMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (spentMs() < SPIN_MS) Math.sqrt(performance.now());
  return Math.max(1, (performance.now() - start) / spentMs());
}
