/** Processes killed with SIGKILL at random moments while they write, and what their database holds then. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { openRouter } from 'synaptoroute/node';
import { createRandom } from '../../bench/measure.ts';
import { createHashEncoder } from './encoders.ts';
import { bundleScript } from './node-script.ts';

const WRITER = fileURLToPath(new URL('crashing-writer.ts', import.meta.url));

type Routes = Readonly<Record<string, readonly string[]>>;

interface Line {
  readonly after?: number;
  readonly routes?: Routes;
  readonly durable?: number;
}

/** Kills one process so long after it began to write, and says what it had written down. */
async function killOne(script: string, path: string, seed: number, afterMs: number): Promise<readonly Line[]> {
  const journalPath = `${path}-journal-of-test`;
  const journal = openSync(journalPath, 'w');
  const child = spawn(process.execPath, [script, path, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe', journal],
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('the writer has no pipes');
  let complaints = '';
  stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const ended = once(child, 'close');
  await Promise.race([once(stdout, 'data'), ended]);
  // A real process and a real disk: the moment of the kill is what is being drawn.
  await wait(afterMs);
  child.kill('SIGKILL');
  const [, signal] = (await ended) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${complaints}`);
  closeSync(journal);
  const lines = readFileSync(journalPath, 'utf8').split('\n');
  // The last line may be cut.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Line);
}

/** What the database may hold: the state after the last durable change, or after any later one that was begun. */
function statesAllowed(before: Routes, lines: readonly Line[]): readonly Routes[] {
  const durable = Math.max(-1, ...lines.map((line) => line.durable ?? -1));
  const later = lines
    .filter(({ after }) => after !== undefined && after >= durable)
    .map(({ routes }) => routes as Routes);
  return durable < 0 ? [before, ...later] : later;
}

async function routesOf(path: string): Promise<Routes> {
  const encoder = createHashEncoder({ dimensions: 16 });
  const router = await openRouter({ encoder, storage: path });
  const routes = Object.fromEntries((await router.routes()).map(({ name, utterances }) => [name, utterances]));
  const { utterances } = await router.status();
  if (encoder.texts > 0) throw new Error('what is stored was encoded anew');
  // Index and disk agree: each sentence is its route's nearest to itself, a sample of them.
  const count = Object.values(routes).flat().length;
  if (utterances !== count) throw new Error(`the index has ${utterances} of ${count} utterances`);
  const sample = Object.entries(routes)
    .slice(0, 20)
    .map(([name, [text]]) => ({ name, text: text as string }));
  const decisions = await router.queryMany(sample.map(({ text }) => text));
  for (const [i, { name, text }] of sample.entries()) {
    const nearest = decisions[i]?.candidates.find(({ route }) => route === name)?.utterance;
    if (nearest !== text) throw new Error(`"${nearest}" of "${name}" is nearest to "${text}"`);
  }
  await router.close();
  return routes;
}

/** The script of a process to be killed. */
export function bundleWriter(): Promise<string> {
  return bundleScript(WRITER, 'crash');
}

export interface Kills {
  /** How many changes were durable. */
  readonly durable: number;
  readonly faults: readonly string[];
}

/** @param path of a database that is not there yet */
export async function killMany(script: string, path: string, kills: number, seed: number): Promise<Kills> {
  const random = createRandom(seed);
  const faults: string[] = [];
  let state: Routes = {};
  let durable = 0;
  for (let i = 0; i < kills; i++) {
    const lines = await killOne(script, path, seed * 1000 + i, random() * 120);
    durable += lines.filter((line) => line.durable !== undefined).length;
    const found = await routesOf(path);
    const allowed = statesAllowed(state, lines).map((routes) => JSON.stringify(routes));
    if (!allowed.includes(JSON.stringify(found)))
      faults.push(`kill ${i} of seed ${seed}: something durable is not there, or half of something`);
    state = found;
  }
  return { durable, faults };
}
