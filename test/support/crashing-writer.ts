/**
 * A process that is killed while it changes routes: adds, edits and removes without end, and writes down, one line each,
 * what it is about to do and what it was told is durable. Arguments: the database, and a number that seeds its choices.
 */

import { writeSync } from 'node:fs';
import { openRouter, type MutationReceipt } from '../../src/node/index.ts';
import { createRandom } from '../../bench/measure.ts';
import { createHashEncoder } from './encoders.ts';

const [, , path = '', seed = '0'] = process.argv;
const random = createRandom(Number(seed));
const pick = (count: number): number => Math.floor(random() * count);

const router = await openRouter({ encoder: createHashEncoder({ dimensions: 16 }), storage: path });
/** Utterances of each route, as they will be when every change so far has been applied. */
const routes = new Map((await router.routes()).map(({ name, utterances }) => [name, [...utterances]]));
let change = 0;

/** Into the file that the test gave as descriptor 3, at once: a line that is written survives the process. */
function tell(line: unknown): void {
  writeSync(3, `${JSON.stringify(line)}\n`);
}

function next(): Promise<MutationReceipt> {
  const names = [...routes.keys()];
  const name = names[pick(names.length)];
  const utterances = name === undefined ? undefined : routes.get(name);
  const text = `s${seed}x${change}`;
  if (name === undefined || !utterances || names.length < 5 || random() < 0.2) {
    const added = `r-${seed}-${change}`;
    const texts = Array.from({ length: 1 + pick(30) }, (_, i) => `${text} i${i}`);
    routes.set(added, texts);
    return router.addRoute({ name: added, utterances: texts });
  }
  if (random() < 0.2 && names.length > 10) {
    routes.delete(name);
    return router.removeRoute(name);
  }
  if (random() < 0.4 && utterances.length > 1) {
    const [gone] = utterances.splice(pick(utterances.length), 1);
    return router.removeUtterances(name, [gone as string]);
  }
  utterances.push(text);
  return router.addUtterances(name, [text]);
}

process.stdout.write('opened');
for (;;) {
  const waiting: Promise<void>[] = [];
  // Several at once, so that transactions hold several.
  for (let i = pick(6); i >= 0; i--) {
    const number = change++;
    const receipt = next();
    tell({ after: number, routes: Object.fromEntries(routes) });
    waiting.push(receipt.then(async ({ durable }) => durable).then(() => tell({ durable: number })));
  }
  await Promise.all(waiting);
}
