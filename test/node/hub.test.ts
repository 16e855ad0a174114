/** Models of the hub: what is downloaded, kept, resumed and refused, against a server that plays the hub on this machine. */

import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clearModelCache,
  createEncoder,
  type LoadProgress,
  type NodeEncoderOptions,
  type RouterError,
} from 'synaptoroute/node';
import { createCachedReader } from '../../src/node/model-cache.ts';
import { HUB_CASES } from '../support/hub-contract.ts';
import { serveHub, type Hub } from '../support/hub.ts';
import { refusal } from '../support/promises.ts';
import { serveScriptedHub, sha256Of } from '../support/scripted-hub.ts';

const USE_LITE = fileURLToPath(new URL('../../models/use-lite', import.meta.url));
const MODEL = 'onnx/model_quantized.onnx';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'synaptoroute-cache-'));
});
afterEach(async () => {
  await rm(cacheFolder, { recursive: true });
});

function optionsFor(hub: Pick<Hub, 'url'>, options: NodeEncoderOptions = {}): NodeEncoderOptions {
  return {
    model: { repo: 'owner/name', baseUrl: hub.url, revision: COMMIT },
    dtype: 'q8',
    device: 'native',
    cacheFolder,
    download: { retryDelayMs: 0, maxSilenceMs: 2_000 },
    ...options,
  };
}

async function load(hub: Hub, options?: NodeEncoderOptions): Promise<string> {
  const encoder = await createEncoder(optionsFor(hub, options));
  expect((await encoder.encode(['hello'])).vectors).toHaveLength(512);
  await encoder.close?.();
  return encoder.id;
}

function refused(hub: Hub, options?: NodeEncoderOptions): Promise<RouterError> {
  return refusal(createEncoder(optionsFor(hub, options)));
}

async function keptFiles(): Promise<readonly string[]> {
  const entries = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

describe('the reader of Node', () => {
  test.each(HUB_CASES)('$name', async ({ run }) => {
    await using hub = await serveScriptedHub(USE_LITE);
    await run({
      hubUrl: hub.url,
      sha256: await sha256Of(join(USE_LITE, MODEL)),
      byteLength: 7_088_185,
      createReader: (options, clock) => createCachedReader({ ...options, cacheFolder }, clock),
    });
  });
});

describe('a model of the hub', () => {
  test('is downloaded through redirects once, with progress by file and in all, and kept under its name', async () => {
    await using hub = await serveHub(USE_LITE);
    const seen: LoadProgress[] = [];
    const id = await load(hub, { onProgress: (progress) => seen.push(progress) });
    const total = seen.at(-1)?.totalBytes;
    expect(seen.at(-1)?.loadedBytes).toBe(total);
    expect(new Set(seen.map(({ file }) => file?.name.split('/').at(-1)))).toEqual(
      new Set(['model_quantized.onnx', 'tokenizer.json']),
    );
    expect(seen.filter(({ file }) => file?.loadedBytes === file?.totalBytes).length).toBeGreaterThan(1);
    const requests = hub.requests.length;
    // Nothing is asked again: of a pinned revision even what is missing is known.
    expect(await load(hub)).toBe(id);
    expect(hub.requests).toHaveLength(requests);
    expect((await keptFiles()).filter((name) => !name.includes('~'))).toEqual([
      'config.json',
      'model_quantized.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  test('offline comes from the cache, or says which file is missing where, and asks nobody', async () => {
    await using hub = await serveHub(USE_LITE);
    const error = await refused(hub, { offline: true });
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toContain(cacheFolder);
    expect(error.message).toContain(hub.url);
    expect(hub.requests).toEqual([]);
    await load(hub);
    const requests = hub.requests.length;
    await load(hub, { offline: true });
    expect(hub.requests).toHaveLength(requests);
  });

  test('whose cache is cleared is downloaded again', async () => {
    await using hub = await serveHub(USE_LITE);
    await load(hub);
    await clearModelCache({ cacheFolder });
    expect(await keptFiles()).toEqual([]);
    await load(hub);
    expect(hub.hits(MODEL)).toBe(2);
  });

  test('whose branch is named is asked for missing files again, but not when nobody answers', async () => {
    const model = { repo: 'owner/name', baseUrl: '', revision: 'main' };
    const hub = await serveHub(USE_LITE);
    model.baseUrl = hub.url;
    await load(hub, { model });
    const modules = (): number => hub.requests.filter((path) => path === 'modules.json').length;
    expect(modules()).toBe(1);
    await load(hub, { model });
    expect(modules()).toBe(2);
    expect(hub.hits(MODEL)).toBe(1);
    await hub[Symbol.asyncDispose]();
    await load(hub, { model });
  });

  test('that answers 404 is refused at once, with the option that would name another file', async () => {
    await using hub = await serveHub(USE_LITE);
    const error = await refused(hub, { dtype: 'q4' });
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toMatch(/model_q4\.onnx.*404.*dtype/);
    expect(hub.requests.filter((path) => path.includes('q4'))).toHaveLength(1);
  });

  test('of a wrong hash is refused and not kept', async () => {
    await using hub = await serveHub(USE_LITE);
    const url = `${hub.url}owner/name/resolve/${COMMIT}`;
    const model = { location: `${url}/${MODEL}`, sha256: '0'.repeat(64) };
    const error = await refused(hub, { model, tokenizer: `${url}/tokenizer.json` });
    expect(error.message).toContain('0'.repeat(64));
    expect((await keptFiles()).filter((name) => name.startsWith('model'))).toEqual([]);
  });

  test.each(['config.json', 'tokenizer.json', MODEL])(
    'with an HTML page for %s is refused, naming it',
    async (wrong) => {
      await using hub = await serveHub(USE_LITE, ({ path }, response) => {
        if (path !== wrong) return false;
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
        return true;
      });
      const error = await refused(hub);
      expect(error.code).toBe('MODEL_LOAD_FAILED');
      expect(error.message).toMatch(/HTML/);
      expect(error.message).toContain(wrong);
      expect(await keptFiles()).not.toContain(wrong);
    },
  );

  test.each(['worker', 'caller'] as const)(
    'that cannot be read from the cache is MODEL_LOAD_FAILED with the URL and the folder, on the thread of the %s',
    async (thread) => {
      await using hub = await serveHub(USE_LITE);
      const url = `${hub.url}owner`;
      await mkdir(join(cacheFolder, 'models', new URL(url).host.replace(':', '_'), 'owner'), { recursive: true });
      const error = await refused(hub, { model: url, tokenizer: url, thread });
      expect(error.code).toBe('MODEL_LOAD_FAILED');
      expect(error.message).toContain(`${url} in ${cacheFolder}`);
    },
  );

  test('whose kept copy is damaged is downloaded again', async () => {
    await using hub = await serveHub(USE_LITE);
    const url = `${hub.url}owner/name/resolve/${COMMIT}`;
    const model = { location: `${url}/${MODEL}`, byteLength: 7_088_185 };
    const files = { model, tokenizer: `${url}/tokenizer.json` };
    await load(hub, files);
    const host = new URL(hub.url).host.replace(':', '_');
    await writeFile(join(cacheFolder, 'models', host, 'owner/name/resolve', COMMIT, MODEL), 'gone');
    await load(hub, files);
    expect(hub.hits(MODEL)).toBe(2);
  });
});

describe('a folder', () => {
  test('whose ONNX file says nothing of pooling is refused with the option that would', async () => {
    const folder = join(cacheFolder, 'bare');
    await mkdir(join(folder, 'onnx'), { recursive: true });
    await writeFile(join(folder, 'onnx/model.onnx'), await readFile(join(USE_LITE, MODEL)));
    const error = await refusal(createEncoder({ model: folder, device: 'native' }));
    expect(error.message).toMatch(/tokenizer\.json.*pass the `tokenizer`/);
  });

  test('with a module that ONNX exports lack, or pooling that we lack, is UNSUPPORTED and names it', async () => {
    const folder = join(cacheFolder, 'strange');
    await mkdir(join(folder, '1_Pooling'), { recursive: true });
    await writeFile(join(folder, 'modules.json'), moduleList('Transformer', 'Pooling', 'Dense'));
    const dense = await refusal(createEncoder({ model: folder }));
    expect([dense.code, dense.message]).toEqual(['UNSUPPORTED', expect.stringContaining('Dense')]);
    await writeFile(join(folder, 'modules.json'), moduleList('Transformer', 'Pooling'));
    await writeFile(join(folder, '1_Pooling/config.json'), '{"pooling_mode_max_tokens":true}');
    const max = await refusal(createEncoder({ model: folder }));
    expect([max.code, max.message]).toEqual(['UNSUPPORTED', expect.stringContaining('pooling_mode_max_tokens')]);
  });
});

function moduleList(...types: readonly string[]): string {
  return JSON.stringify(types.map((type) => ({ type: `sentence_transformers.models.${type}`, path: '1_Pooling' })));
}
