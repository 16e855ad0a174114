/** A server that is asked 45 batches which NFKC makes 18 times as long, and then a question; prints both statuses and health. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from 'synaptoroute/http';
import { createRequestListener, openRouter } from 'synaptoroute/node';

const router = await openRouter();
await router.addRoute({ name: 'billing', utterances: ['I need a refund'] });
const server = createServer(createRequestListener(createHandler({ router }))).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const headers = { 'Content-Type': 'application/json' };
const statuses = new Set<number>();
for (let i = 0; i < 45; i++) {
  const texts = Array.from({ length: 30 }, (_, k) => `w-${i}-${k}${'\ufdfa'.repeat(9_980)}`);
  const reply = await fetch(`${url}/route/batch`, { method: 'POST', headers, body: JSON.stringify({ texts }) });
  statuses.add(reply.status);
  await reply.arrayBuffer();
}
const question = await fetch(`${url}/route`, { method: 'POST', headers, body: '{"text":"give me a refund"}' });
const health = await fetch(`${url}/health`);
process.stdout.write(JSON.stringify([[...statuses], question.status, health.status]));
process.exit(0);
