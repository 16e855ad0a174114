/** Opens the default encoder from a bundle that took this package in, and prints what came of it. */

import { RouterError, createEncoder } from 'synaptoroute/node';

try {
  const encoder = await createEncoder();
  await encoder.close?.();
  process.stdout.write('opened');
} catch (error) {
  process.stdout.write(error instanceof RouterError ? `${error.code}: ${error.message}` : String(error));
}
