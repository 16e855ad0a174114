/**
 * Runs the storage contract on IndexedDB in WebKitGTK, whose workers have no sync file handles; not part of `npm test`.
 *
 *   apt-get install webkit2gtk-driver xvfb
 *   xvfb-run -a npx tsx scripts/webkit-contract.ts
 *
 * Prints every case, and ends with 1 where one failed. `WEBKIT_DRIVER` names another driver than `WebKitWebDriver`.
 */

import { spawn } from 'node:child_process';
import { buildApp } from '../test/tabs/stage.ts';
import type { JobResult } from '../test/tabs/app/jobs.ts';

const PORT = 4_517;
const START_MS = 15_000;

/** One command of the WebDriver protocol (https://www.w3.org/TR/webdriver2/). */
async function command<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${PORT}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const { value } = (await response.json()) as { readonly value: T };
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value).slice(0, 400)}`);
  return value;
}

async function whenReady(): Promise<void> {
  const giveUpAt = Date.now() + START_MS;
  for (;;) {
    try {
      return void (await command('GET', '/status'));
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** The argument of an asynchronous script is its callback. */
const RUN = `const done = arguments[0];
  const whenStaged = () => 'stage' in window
    ? window.stage.runJob({ type: 'contract', kind: 'indexeddb' }).then(
        (result) => done({ agent: navigator.userAgent, ...result }),
        (error) => done({ agent: navigator.userAgent, error: String(error) }))
    : setTimeout(whenStaged, 20);
  whenStaged();`;

type Outcome = JobResult & { readonly agent: string; readonly error?: string };

async function runContract(url: string): Promise<Outcome> {
  const { sessionId, capabilities } = await command<{ sessionId: string; capabilities: Record<string, unknown> }>(
    'POST',
    '/session',
    { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: MINI_BROWSER, args: ['--automation'] } } } },
  );
  try {
    console.log(`${String(capabilities['browserName'])} ${String(capabilities['browserVersion'])}`);
    await command('POST', `/session/${sessionId}/timeouts`, { script: 240_000 });
    await command('POST', `/session/${sessionId}/url`, { url });
    return await command<Outcome>('POST', `/session/${sessionId}/execute/async`, { script: RUN, args: [] });
  } finally {
    await command('DELETE', `/session/${sessionId}`);
  }
}

const MINI_BROWSER = process.env['WEBKIT_BROWSER'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
await using app = await buildApp();
const driver = spawn(process.env['WEBKIT_DRIVER'] ?? 'WebKitWebDriver', [`--port=${PORT}`], { stdio: 'inherit' });
try {
  await whenReady();
  const { agent, error, cases = [] } = await runContract(app.url);
  console.log(agent);
  for (const { name, failure } of cases)
    console.log(failure === undefined ? `ok     ${name}` : `FAILED ${name}: ${failure}`);
  const failed = cases.filter(({ failure }) => failure !== undefined).length;
  console.log(error ?? `${cases.length - failed} of ${cases.length} cases passed`);
  if (error !== undefined || failed > 0 || cases.length === 0) process.exitCode = 1;
} finally {
  driver.kill();
}
