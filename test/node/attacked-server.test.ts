import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SERVER = fileURLToPath(new URL('../support/attacked-server.ts', import.meta.url));

test('45 batches that normalisation blows up leave a server of 400 MB answering', async () => {
  const args = ['--max-old-space-size=400', '--import', 'tsx', SERVER];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual([[200], 200, 200]);
});
