/** Owns the browser's part of the boot benchmark: OPFS and IndexedDB in a Chromium with a profile on disk. */

import { buildApp, createProfile } from '../../test/tabs/stage.ts';
import type { Job } from '../../test/tabs/app/jobs.ts';
import { quantile, round, type Metrics } from '../measure.ts';

const OPENINGS = 5;

export async function bootChromium(): Promise<Metrics> {
  await using app = await buildApp();
  await using profile = createProfile(app.url);
  const page = await profile.tab();
  const times = async (job: Omit<Extract<Job, { type: 'bench' }>, 'type'>): Promise<readonly number[]> =>
    page.evaluate(async (bench) => (await window.stage.runJob({ type: 'bench', ...bench })).ms ?? [], job);
  const least = async (what: 'open' | 'file', kind: 'opfs' | 'indexeddb'): Promise<number> => {
    const all: number[] = [];
    for (let i = 0; i < OPENINGS; i++) all.push(...(await times({ what, kind })));
    return round(Math.min(...all), 1);
  };
  const [written = NaN] = await times({ what: 'write', kind: 'opfs' });
  const opened = await least('open', 'opfs');
  const edits = await times({ what: 'edit', kind: 'opfs' });
  await times({ what: 'write', kind: 'indexeddb' });
  return {
    opfs_open_ms: opened,
    opfs_write_ms: round(written, 1),
    opfs_edit_ms_p50: round(quantile(edits, 0.5), 2),
    idb_open_ms: await least('open', 'indexeddb'),
    opfs_file_read_ms: await least('file', 'opfs'),
  };
}
