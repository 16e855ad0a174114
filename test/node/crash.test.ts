/** Processes killed with SIGKILL at random moments while they write: what was durable is there, and nothing half. */

import { expect, test } from 'vitest';
import { createFolder } from '../support/folder.ts';
import { bundleWriter, killMany } from '../support/killed-writers.ts';

const KILLS = 200;
const AT_ONCE = 2;

test(
  `${KILLS} processes killed while they add, edit and remove lose nothing that was durable`,
  { timeout: 600_000 },
  async () => {
    using folder = createFolder();
    const script = await bundleWriter();
    const runs = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        killMany(script, folder.path(`routes-${i}.db`), KILLS / AT_ONCE, i + 1),
      ),
    );
    expect(runs.flatMap(({ faults }) => faults)).toEqual([]);
    // The processes were killed in the middle of work, not before it.
    expect(runs.reduce((sum, { durable }) => sum + durable, 0)).toBeGreaterThan(KILLS);
  },
);
