/** Removes what the build made before, so that nothing of a deleted source is shipped. */

import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
