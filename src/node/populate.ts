/** Owns how Node has the system give memory its pages: another thread reads zeros into it. */

import { closeSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { Populate } from '../core/population.ts';

/** A read takes less than 2^31 bytes. */
const MOST_BYTES = 2 ** 30;

const readInto = promisify(read);

/** The first read is under way when it returns: this thread may be busy from then on. */
async function readZeros(bytes: Uint8Array): Promise<void> {
  const zeros = openSync('/dev/zero', 'r');
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await readInto(zeros, bytes, at, Math.min(bytes.length - at, MOST_BYTES), null);
      if (bytesRead === 0) throw new RangeError('/dev/zero has an end here');
      at += bytesRead;
    }
  } finally {
    closeSync(zeros);
  }
}

/** Absent where there is no such file. */
export const populate: Populate | undefined = process.platform === 'win32' ? undefined : readZeros;
