/**
 * A process that ends itself, with code 7, while an encoder's thread is in the middle of native work. Arguments: whether
 * the encoder `opens` or `runs` then, and after how many milliseconds of it.
 */

import { createEncoder } from '../../src/node/index.ts';

const [, , when, afterMs] = process.argv;
const opening = createEncoder({ device: 'native' });
if (when === 'runs') {
  const encoder = await opening;
  const texts = Array.from({ length: 256 }, (_, i) => `where is my order number ${i}, and why has it not arrived yet`);
  for (let run = 0; run < 20; run++) encoder.encode(texts).catch(() => undefined);
}
setTimeout(() => process.exit(7), Number(afterMs));
