/**
 * What the way through web `Request` and `Response` costs in Node: an echo by a handler behind `createRequestListener`
 * beside the same echo of bare `node:http`, each server in a process of its own, in turn.
 */

import { fork } from 'node:child_process';
import { Agent, createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createRequestListener } from 'synaptoroute/node';
import { quantile, round, type Metrics } from './measure.ts';

const ROUNDS = 5;
const CONNECTIONS = 16;
const REQUESTS = 4_000;
const BODY = JSON.stringify({ text: 'How do I get my money back?' });
const TYPE = { 'content-type': 'application/json' };

const LISTENERS: Readonly<Record<string, RequestListener>> = {
  bare(incoming, outgoing) {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      outgoing.writeHead(200, TYPE);
      outgoing.end(Buffer.concat(chunks));
    });
  },
  listener: createRequestListener(async (asked) => new Response(await asked.text(), { headers: TYPE })),
};

const name = process.argv[2] ?? '';
if (process.send && name in LISTENERS) {
  const server = createServer(LISTENERS[name]);
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  // Time in which its event loop did something: what a request costs, whatever else the machine does.
  process.on('message', () => process.send?.(performance.eventLoopUtilization().active));
}

export async function run(): Promise<Metrics> {
  const us: Record<string, number[]> = {};
  for (let i = 0; i < ROUNDS; i++) {
    for (const which of Object.keys(LISTENERS)) (us[which] ??= []).push(await usEach(which));
  }
  const [bare, listener] = [us['bare'] ?? [], us['listener'] ?? []].map((values) => quantile(values, 0.5)) as [
    number,
    number,
  ];
  const ratios = (us['listener'] ?? []).map((value, i) => value / (us['bare']?.[i] as number));
  return {
    listener_cost_ratio: round(quantile(ratios, 0.5), 2),
    listener_us: round(listener, 1),
    bare_us: round(bare, 1),
    connections: CONNECTIONS,
  };
}

/** Microseconds of the server's thread for a request. */
async function usEach(which: string): Promise<number> {
  const server = fork(new URL(import.meta.url), [which], { execArgv: ['--import', 'tsx'] });
  const next = (): Promise<number> => new Promise((resolve) => void server.once('message', resolve));
  const port = await next();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const busyMs = async (): Promise<number> => {
    server.send('busy');
    return next();
  };
  await echo(agent, port, REQUESTS / 2);
  const before = await busyMs();
  await echo(agent, port, REQUESTS);
  const ms = (await busyMs()) - before;
  agent.destroy();
  server.kill();
  return (ms / REQUESTS) * 1000;
}

async function echo(agent: Agent, port: number, count: number): Promise<void> {
  let asked = 0;
  const askOn = async (): Promise<void> => {
    while (asked++ < count) await ask(agent, port);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, askOn));
}

function ask(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...TYPE, 'content-length': BODY.length };
    const asked = request({ port, agent, method: 'POST', path: '/echo', headers }, (reply) => {
      reply.resume().on('end', resolve);
    });
    asked.on('error', reject).end(BODY);
  });
}
