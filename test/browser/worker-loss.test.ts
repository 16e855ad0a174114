import { serveRouter } from 'synaptoroute';
import { openRouter } from 'synaptoroute/browser';
import { expect, test } from 'vitest';
import { REFERENCE_ROUTES } from '../support/reference.ts';

function startWorker(): Worker {
  return new Worker(new URL('../../src/browser/worker.js', import.meta.url), { type: 'module' });
}

function workerOf(script: string): Worker {
  return new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), { type: 'module' });
}

test('killing the worker with 100 calls pending gives 100 WORKER_LOST rejections, and later calls fail at once', async () => {
  const worker = startWorker();
  const router = await openRouter({ worker });
  for (const route of REFERENCE_ROUTES) await router.addRoute(route);
  const calls = Array.from({ length: 100 }, (_, i) => router.query(`What about order ${i}?`));
  worker.terminate();
  const results = await Promise.allSettled(calls);
  const codes = results.map((result) => result.status === 'rejected' && (result.reason as { code: string }).code);
  expect(codes).toEqual(Array.from({ length: 100 }, () => 'WORKER_LOST'));
  await expect(router.query('and now?')).rejects.toMatchObject({ code: 'WORKER_LOST' });
  await router.close();
});

test('a worker killed while the model loads rejects openRouter with WORKER_LOST', async () => {
  const worker = startWorker();
  const opening = openRouter({ worker, onProgress: () => worker.terminate() });
  await expect(opening).rejects.toMatchObject({ code: 'WORKER_LOST' });
});

test('a worker whose script throws rejects openRouter with WORKER_LOST and the reason', async () => {
  const opening = openRouter({ worker: workerOf('throw new Error("no luck")') });
  await expect(opening).rejects.toMatchObject({ code: 'WORKER_LOST', message: expect.stringContaining('no luck') });
});

test('a worker whose script is missing rejects openRouter with WORKER_LOST', async () => {
  const worker = new Worker(`${location.origin}/no-such-worker-${crypto.randomUUID()}.js`);
  await expect(openRouter({ worker })).rejects.toMatchObject({ code: 'WORKER_LOST' });
});

test('a message that is none of ours, or cannot be decoded, is WORKER_LOST', async () => {
  await expect(openRouter({ worker: workerOf('postMessage({ type: "nonsense" })') })).rejects.toMatchObject({
    code: 'WORKER_LOST',
  });
  const worker = startWorker();
  const router = await openRouter({ worker });
  const pending = router.query('hello?');
  worker.dispatchEvent(new MessageEvent('messageerror'));
  await expect(pending).rejects.toMatchObject({ code: 'WORKER_LOST' });
  worker.terminate();
});

test('another wire version is refused by name', async () => {
  const worker = workerOf('onmessage = () => postMessage({ type: "hello", wireVersion: 99 })');
  await expect(openRouter({ worker })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('99'),
  });
});

test('a port of the caller serves as well as a worker, here with the router of a worker behind it', async () => {
  const { port1, port2 } = new MessageChannel();
  serveRouter(port1, () => openRouter());
  const router = await openRouter({ worker: port2 });
  await router.addRoute({ name: 'billing', utterances: ['I need a refund'] });
  await expect(router.query('Give me a refund')).resolves.toMatchObject({ route: 'billing' });
  await router.close();
  await expect(router.query('still there?')).rejects.toMatchObject({ code: 'CLOSED' });
});

test('a model that is not there is MODEL_LOAD_FAILED with its URL and status', async () => {
  const opening = openRouter({ model: '/no-such-model.onnx', tokenizer: '/no-such-tokenizer.json' });
  await expect(opening).rejects.toMatchObject({ code: 'MODEL_LOAD_FAILED' });
});

test('opening can be aborted', async () => {
  const abort = new AbortController();
  const opening = openRouter({ signal: abort.signal, onProgress: () => abort.abort() });
  await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
});

test('two threads are used where the page is isolated, and give the same answer', async () => {
  expect(crossOriginIsolated).toBe(true);
  const router = await openRouter({ threads: 2 });
  await router.addRoute({ name: 'billing', utterances: ['I need a refund'] });
  await expect(router.query('I need a refund')).resolves.toMatchObject({ route: 'billing' });
  await expect(router.status()).resolves.toMatchObject({ encoder: { threads: 2 } });
  await router.close();
});
