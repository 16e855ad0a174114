/** Several processes and one cache folder: one downloads, the others wait; what a killed one leaves is resumed. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDeferred } from '../support/promises.ts';
import { serveHub, type Hub } from '../support/hub.ts';

const USE_LITE = fileURLToPath(new URL('../../models/use-lite', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../support/load-model.ts', import.meta.url));
const MODEL = 'onnx/model_quantized.onnx';
const HALF = 3_000_000;

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'synaptoroute-cache-'));
});
afterEach(async () => {
  await rm(cacheFolder, { recursive: true });
});

interface Loading {
  readonly child: ChildProcess;
  /** What it printed, once it has ended well. */
  readonly id: Promise<string>;
}

function startLoading(hub: Hub): Loading {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, hub.url, cacheFolder], { stdio: 'pipe' });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const id = ended.then(([out, err, [code]]) => {
    if (code !== 0) throw new Error(`ended with ${String(code)}: ${err}`);
    return out.trim().split('\n').at(-1) ?? '';
  });
  id.catch(() => undefined);
  return { child, id };
}

async function expectOneIntactCopy(): Promise<void> {
  const entries = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.includes('~'));
  expect(files.map(({ name }) => name).toSorted()).toEqual([
    'config.json',
    'model_quantized.onnx',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const model = files.find(({ name }) => name.endsWith('.onnx'));
  const kept = await readFile(join(model?.parentPath as string, 'model_quantized.onnx'));
  expect(kept.equals(await readFile(join(USE_LITE, MODEL)))).toBe(true);
}

test('two processes that want the same model at once download it once', async () => {
  await using hub = await serveHub(USE_LITE);
  const [a, b] = [startLoading(hub), startLoading(hub)];
  expect(await a.id).toBe(await b.id);
  expect(hub.hits(MODEL)).toBe(1);
  expect(hub.hits('tokenizer.json')).toBe(1);
  await expectOneIntactCopy();
});

test('a process killed in the middle leaves what another resumes, that waited for it or starts later', async () => {
  const halfSent = createDeferred<void>();
  await using hub = await serveHub(USE_LITE, ({ path, count }, response, bytes) => {
    if (path !== MODEL || count > 2) return false;
    const from = count === 1 ? 0 : HALF;
    response.writeHead(count === 1 ? 200 : 206, { etag: '"one"', 'content-length': bytes.length - from });
    // The first one hangs in the middle.
    if (count === 1) response.write(bytes.subarray(0, HALF), () => halfSent.resolve());
    else response.end(bytes.subarray(from));
    return true;
  });
  const first = startLoading(hub);
  await halfSent.promise;
  const waiting = startLoading(hub);
  await once(waiting.child.stdout as NodeJS.ReadableStream, 'data');
  await partOf(HALF);
  first.child.kill('SIGKILL');
  const id = await waiting.id;
  expect(hub.requests.filter((path) => path.startsWith(MODEL))).toEqual([MODEL, `${MODEL} bytes=${HALF}-`]);
  expect(await startLoading(hub).id).toBe(id);
  expect(hub.hits(MODEL)).toBe(2);
  expect(hub.hits('tokenizer.json')).toBe(1);
  await expectOneIntactCopy();
});

/** Resolves when the part of the model on disk has so many bytes: what was sent is not written yet. */
async function partOf(byteLength: number): Promise<void> {
  for (;;) {
    const entries = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
    const part = entries.find(({ name }) => /\.onnx~part-[^.]+$/.test(name));
    if (part && (await readFile(join(part.parentPath, part.name))).length === byteLength) return;
  }
}
