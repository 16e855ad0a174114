/** What a page does wrong, or its browser denies: each is a coded refusal or goes on without, and nothing waits for ever. */

import { openRouter } from 'synaptoroute/browser';
import { expect, test } from 'vitest';

function scriptOf(text: string): string {
  return URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
}

/** Its lock manager answers as it does where a browser blocks an origin's storage, or in a sandboxed frame. */
function startWithoutLocks(): Worker {
  // The test runner rewrites `import()` to a function that it gives to pages alone.
  const denial = scriptOf(`
    globalThis.__vitest_browser_runner__ = { wrapDynamicImport: (load) => load() };
    const request = () => Promise.reject(new DOMException('Access to the Locks API is denied.', 'SecurityError'));
    Object.defineProperty(navigator.locks, 'request', { value: request });`);
  const worker = new URL('../../src/browser/worker.js', import.meta.url).href;
  return new Worker(scriptOf(`import '${denial}'; import '${worker}';`), { type: 'module' });
}

test('a misspelt option is INVALID_OPTION, and no router that keeps nothing', async () => {
  const options = { storge: { name: 'mistakes' } };
  await expect(openRouter(options as object)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/`storge`.* storage/),
  });
});

test('where locks are denied, routes in memory are decided as everywhere', async () => {
  await using router = await openRouter({ worker: startWithoutLocks });
  await router.addRoute({ name: 'billing', utterances: ['I need a refund'] });
  expect(await router.query('I need a refund')).toMatchObject({ route: 'billing' });
});

test('where locks are denied, a storage for all tabs is UNSUPPORTED', async () => {
  await expect(openRouter({ worker: startWithoutLocks, storage: { name: 'denied' } })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/Web Lock .*denied/),
  });
});
