import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleScript } from '../support/node-script.ts';

const OPENING = fileURLToPath(new URL('../support/bundled-opening.ts', import.meta.url));

test('a bundle that left the thread and the model behind says how to keep them', async () => {
  const script = await bundleScript(OPENING, 'bundled');
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(stdout).toMatch(/^UNSUPPORTED: .*bundled.*--external:synaptoroute/);
});
