/** Encodes texts that are made to fill what an encoder remembers; run with a small heap. Prints how many it has encoded. */

import { createEncoder } from 'synaptoroute/node';

/** NFKC makes 18 characters of it. */
const BLOWN_UP = '\ufdfa';
const encoder = await createEncoder({ device: 'native', thread: 'caller' });
const TEXTS = 400;
for (let i = 0; i < TEXTS; i++) {
  const word = `w${i}${BLOWN_UP.repeat(9_980)}`;
  const { truncated } = await encoder.encode([word]);
  if (truncated?.length !== 1) throw new Error('a text beyond the limit must be said to be cut');
}
process.stdout.write(String(TEXTS));
await encoder.close?.();
