/**
 * What cheap hostile requests cost honest ones: a client asks a short question every 20 ms, alone and beside an attacker
 * who keeps four connections busy. Server and attacker are processes of their own; idle and attacked phases alternate.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from 'synaptoroute/http';
import { createRequestListener, openRouter } from 'synaptoroute/node';
import { createPicker, createRandom, quantile, round, type Metrics } from './measure.ts';

const ROUTES = 50;
const UTTERANCES = 10;
const ROUNDS = 3;
const ASKED_A_PHASE = 250;
const EVERY_MS = 20;
const WARM_UP = 100;
const CONNECTIONS = 4;

const U_FDFA = '\ufdfa';

/** Path and body of what each kind of attacker sends over and over. */
const ATTACKS: Readonly<Record<string, () => { readonly path: string; readonly body: object }>> = {
  // 1 MB of which NFKC makes 18.
  wide: () => ({
    path: '/route/batch',
    body: { texts: Array.from({ length: 33 }, (_, i) => `w-${i}-k${U_FDFA.repeat(9_980)}`) },
  }),
  many: () => ({
    path: '/route/batch',
    body: { texts: Array.from({ length: 1_000 }, (_, i) => `where is order ${i}`), maxCandidates: 100 },
  }),
  long: () => ({ path: '/route', body: { text: 'where is the order that I made '.repeat(322) } }),
};

interface Answers {
  readonly byStatus: Readonly<Record<string, number>>;
}

const [role = '', argument = ''] = process.argv.slice(2);
if (process.send && role === 'server') await serve();
if (process.send && role === 'attacker') attack(argument, Number(process.argv[4]));

export async function run(): Promise<Metrics> {
  const server = start('server');
  const port = await next<number>(server);
  const asker = createAsker(port);
  await askSteadily(asker, WARM_UP);
  const idle: number[] = [];
  const metrics: Record<string, number> = {};
  for (const kind of Object.keys(ATTACKS)) {
    const calm: number[] = [];
    const attacked: number[] = [];
    const answers: Record<string, number> = {};
    for (let i = 0; i < ROUNDS; i++) {
      calm.push(...(await askSteadily(asker, ASKED_A_PHASE)));
      const attacker = start('attacker', kind, String(port));
      // Its first answer tells that the attack is under way.
      await next(attacker);
      attacked.push(...(await askSteadily(asker, ASKED_A_PHASE)));
      attacker.send('stop');
      const { byStatus } = await next<Answers>(attacker);
      for (const [status, count] of Object.entries(byStatus)) answers[status] = (answers[status] ?? 0) + count;
      attacker.kill();
    }
    idle.push(...calm);
    const suffix = kind === 'wide' ? '' : `_${kind}`;
    metrics[`honest_p99_ratio${suffix}`] = round(quantile(attacked, 0.99) / quantile(calm, 0.99), 2);
    metrics[`attacked_p50_ms${suffix}`] = round(quantile(attacked, 0.5), 2);
    metrics[`attacked_p99_ms${suffix}`] = round(quantile(attacked, 0.99), 2);
    for (const [status, count] of Object.entries(answers)) metrics[`attacker_${status}${suffix}`] = count;
  }
  server.send('report');
  const rssBytes = await next<number>(server);
  server.kill();
  asker.agent.destroy();
  return {
    ...metrics,
    idle_p50_ms: round(quantile(idle, 0.5), 2),
    idle_p99_ms: round(quantile(idle, 0.99), 2),
    server_rss_mb: round(rssBytes / 1e6, 0),
  };
}

function start(...given: readonly string[]): ChildProcess {
  return fork(new URL(import.meta.url), given, { execArgv: ['--import', 'tsx'] });
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T));
    child.once('exit', (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
  });
}

async function serve(): Promise<void> {
  const router = await openRouter();
  const pick = createPicker(createRandom(1));
  for (let r = 0; r < ROUTES; r++) {
    const utterances = Array.from({ length: UTTERANCES }, (_, i) => sentence(pick, r * UTTERANCES + i));
    await router.addRoute({ name: `route-${r}`, utterances });
  }
  await router.query('The first decision makes the statistics.');
  const server = createServer(createRequestListener(createHandler({ router })));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', () => process.send?.(process.memoryUsage().rss));
}

function sentence(pick: (words: string) => string, i: number): string {
  const verb = pick('cancel|change|find|pay|return|track|open|close|move|renew');
  const thing = pick('order|card|account|invoice|parcel|ticket|booking|policy|loan|password');
  return `${pick('please|could you|I want to|how do I|help me to')} ${verb} my ${thing} of ${pick('May|June|July')}, number ${i}`;
}

interface Asker {
  readonly agent: Agent;
  readonly ask: () => Promise<void>;
}

function createAsker(port: number): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const pick = createPicker(createRandom(2));
  let asked = 0;
  return {
    agent,
    async ask() {
      const status = await post(agent, port, '/route', JSON.stringify({ text: sentence(pick, asked++) }));
      if (status !== 200) throw new Error(`an honest question was answered with ${status}`);
    },
  };
}

/** Milliseconds from the moment at which each question was due, so that a late answer delays no measurement. */
async function askSteadily({ ask }: Asker, count: number): Promise<number[]> {
  const times: number[] = [];
  const from = performance.now();
  for (let i = 0; i < count; i++) {
    const due = from + i * EVERY_MS;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    // A timer fires up to a millisecond late.
    const askedAt = early > 0 ? performance.now() : due;
    await ask();
    times.push(performance.now() - askedAt);
  }
  return times;
}

function attack(kind: string, port: number): void {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const { path, body } = (ATTACKS[kind] as (typeof ATTACKS)[string])();
  const json = JSON.stringify(body);
  const byStatus: Record<string, number> = {};
  let isFirst = true;
  const attackOn = async (): Promise<void> => {
    for (;;) {
      const status = await post(agent, port, path, json).catch(() => 'cut');
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (isFirst) process.send?.('under way');
      isFirst = false;
    }
  };
  for (let i = 0; i < CONNECTIONS; i++) void attackOn();
  process.on('message', () => process.send?.({ byStatus } satisfies Answers));
}

function post(agent: Agent, port: number, path: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request({ host: '127.0.0.1', port, agent, method: 'POST', path, headers }, (reply) => {
      reply.resume().on('end', () => resolve(reply.statusCode ?? 0));
    });
    asked.on('error', reject).end(body);
  });
}
