/** A process that adds so many routes to a file, opening it for each; where another process has it, it tries again. */

import { setTimeout as wait } from 'node:timers/promises';
import { RouterError, openRouter, type Router } from '../../src/node/index.ts';
import { createHashEncoder } from './encoders.ts';

const [, , path = '', prefix = '', count = '0'] = process.argv;
const encoder = createHashEncoder({ dimensions: 16 });
let refused = 0;

async function openInTurn(): Promise<Router> {
  for (;;) {
    try {
      return await openRouter({ encoder, storage: path });
    } catch (error) {
      if (!(error instanceof RouterError && error.message.includes('another router writes'))) throw error;
      refused++;
      await wait(5);
    }
  }
}

for (let i = 0; i < Number(count); i++) {
  const router = await openInTurn();
  const { durable } = await router.addRoute({ name: `${prefix}-${i}`, utterances: [`sentence ${i} of ${prefix}`] });
  await durable;
  await router.close();
}
process.stdout.write(JSON.stringify({ refused }));
