/** A process that loads a model of a hub and prints its id: `load-model.ts BASE_URL CACHE_FOLDER`. */

import { createEncoder } from '../../src/node/index.ts';

const [baseUrl, cacheFolder] = process.argv.slice(2) as [string, string];
process.stdout.write('started\n');
const encoder = await createEncoder({
  model: { repo: 'owner/name', baseUrl, revision: '0123456789abcdef0123456789abcdef01234567' },
  dtype: 'q8',
  device: 'native',
  cacheFolder,
});
process.stdout.write(`${encoder.id}\n`);
await encoder.close?.();
