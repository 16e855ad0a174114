/** Model files are what they were meant to be, or refused: the embedded one, pinned ones, and what the cache kept. */

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEncoder, type NodeEncoderOptions, type RouterError } from 'synaptoroute/node';
import { createRandom } from '../../bench/measure.ts';
import { EMBEDDED_FILES } from '../../src/encoder/embedded-files.ts';
import { createFolder, type Folder } from '../support/folder.ts';
import { serveHub, type Hub } from '../support/hub.ts';
import { codeOf, refusal } from '../support/promises.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USE_LITE = join(ROOT, 'models/use-lite');
const MODEL = 'onnx/model_quantized.onnx';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let folder: Folder;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder[Symbol.dispose]());

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function optionsFor(hub: Hub, model: object = {}): NodeEncoderOptions {
  return {
    model: { repo: 'owner/name', baseUrl: hub.url, revision: COMMIT, ...model },
    dtype: 'q8',
    device: 'native',
    cacheFolder: folder.path('cache'),
    download: { retryDelayMs: 0 },
  };
}

async function load(options: NodeEncoderOptions): Promise<string> {
  const encoder = await createEncoder(options);
  await encoder.close?.();
  return encoder.id;
}

function keptPath(hub: Hub): string {
  const host = new URL(hub.url).host.replace(':', '_');
  return join(folder.path('cache'), 'models', host, 'owner/name/resolve', COMMIT, MODEL);
}

describe('the embedded model', () => {
  test('is pinned to what the build script builds', () => {
    for (const { path, byteLength, sha256 } of Object.values(EMBEDDED_FILES)) {
      expect(hashOf(join(USE_LITE, path))).toBe(sha256);
      expect(readFileSync(join(USE_LITE, path))).toHaveLength(byteLength);
    }
  });

  test('with one bit flipped or 4 KiB of noise, in the model or its tokenizer, is refused every time', async () => {
    // The sources beside a model of their own, for the real one is not to be touched.
    cpSync(join(ROOT, 'src'), folder.path('src'), { recursive: true });
    mkdirSync(folder.path('node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), folder.path(`node_modules/${name}`));
    }
    cpSync(USE_LITE, folder.path('models/use-lite'), { recursive: true });
    const entry = pathToFileURL(folder.path('src/node/index.ts')).href;
    const copy = (await import(entry)) as { readonly createEncoder: typeof createEncoder };
    const random = createRandom(1);
    const outcomes: string[] = [];
    for (const [path, tries] of [
      [MODEL, 12],
      ['tokenizer.json', 6],
    ] as const) {
      const good = readFileSync(join(USE_LITE, path));
      for (let i = 0; i < tries; i++) {
        const bytes = Buffer.from(good);
        const at = Math.floor(random() * (bytes.length - 4096));
        if (i % 3 < 2) bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
        else for (let k = 0; k < 4096; k++) bytes[at + k] = Math.floor(random() * 256);
        writeFileSync(folder.path(`models/use-lite/${path}`), bytes);
        // Its RouterError is another class than ours.
        const loading = copy.createEncoder({ thread: 'caller' });
        outcomes.push(await loading.then(String, (error: RouterError) => error.code));
      }
      writeFileSync(folder.path(`models/use-lite/${path}`), good);
    }
    expect(new Set(outcomes)).toEqual(new Set(['MODEL_LOAD_FAILED']));
    const encoder = await copy.createEncoder({ thread: 'caller' });
    await encoder.close?.();
  });
});

describe('a model of the hub', () => {
  test('whose kept file has rotted by a bit is downloaded again, once; offline it is refused and stays', async () => {
    await using hub = await serveHub(USE_LITE);
    const id = await load(optionsFor(hub));
    const bytes = readFileSync(keptPath(hub));
    bytes[5_000_000] = (bytes[5_000_000] as number) ^ 4;
    writeFileSync(keptPath(hub), bytes);
    const error = await refusal(createEncoder({ ...optionsFor(hub), offline: true }));
    expect([error.code, error.message]).toEqual(['MODEL_LOAD_FAILED', expect.stringMatching(/offline.*intact/)]);
    expect(readFileSync(keptPath(hub)).equals(bytes)).toBe(true);
    expect(await load(optionsFor(hub))).toBe(id);
    expect(hub.hits(MODEL)).toBe(2);
    expect(await load({ ...optionsFor(hub), offline: true })).toBe(id);
  });

  test('that was kept for another URL of the same path is not taken for this one', async () => {
    await using hub = await serveHub(USE_LITE);
    await load(optionsFor(hub));
    const record = `${keptPath(hub)}~sha256`;
    writeFileSync(record, readFileSync(record, 'utf8').replace('http://', 'https://'));
    await load(optionsFor(hub));
    expect(hub.hits(MODEL)).toBe(2);
  });

  test('may be pinned by the hashes of its files', async () => {
    await using hub = await serveHub(USE_LITE);
    const sha256 = {
      [MODEL]: hashOf(join(USE_LITE, MODEL)),
      'tokenizer.json': hashOf(join(USE_LITE, 'tokenizer.json')),
    };
    await load(optionsFor(hub, { sha256 }));
    const wrong = await refusal(createEncoder(optionsFor(hub, { sha256: { ...sha256, [MODEL]: '0'.repeat(64) } })));
    expect([wrong.code, wrong.message]).toEqual(['MODEL_LOAD_FAILED', expect.stringContaining('0'.repeat(64))]);
    for (const bad of [{ 'model.onnx': sha256[MODEL] }, { ...sha256, [MODEL]: 'abc' }, { ...sha256, [MODEL]: 7 }]) {
      expect(await codeOf(createEncoder(optionsFor(hub, { sha256: bad })))).toBe('INVALID_OPTION');
    }
  });

  test.each(['Xenova/all-MiniLM-L6-v2', 'Xenova/bge-small-en-v1.5', 'Xenova/multilingual-e5-small'])(
    'that is known as %s and is something else under its commit is refused',
    async (repo) => {
      await using hub = await serveHub(USE_LITE);
      const { revision: _, ...model } = optionsFor(hub).model as { readonly revision: string };
      const error = await refusal(createEncoder({ ...optionsFor(hub), model: { ...model, repo } as never }));
      expect([error.code, error.message]).toEqual(['MODEL_LOAD_FAILED', expect.stringMatching(/SHA-256.*expected/)]);
      // Another revision is the caller's own.
      await load(optionsFor(hub, { repo }));
    },
  );
});
