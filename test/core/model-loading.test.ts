/** How a model is found, read and verified: every way in which a file can be wrong has its code and names its place. */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  openRouter,
  type LoadProgress,
  type NodeEncoderOptions,
  type RouterError,
} from 'synaptoroute/node';
import { attempt, codeOf, refusal, uncaughtDuring } from '../support/promises.ts';
import { MODEL_URL, readModel, serve, TOKENIZER_URL } from '../support/model.ts';

let model: Uint8Array;
let tokenizer: Uint8Array;
let folder: string;

beforeAll(async () => {
  ({ model, tokenizer } = await readModel());
  folder = await mkdtemp(join(tmpdir(), 'synaptoroute-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** An encoder on native ONNX Runtime that works, closed again; gives its id. */
async function load(options: NodeEncoderOptions): Promise<string> {
  const encoder = await createEncoder({ device: 'native', cacheFolder: folder, ...options });
  expect((await encoder.encode(['hello'])).vectors).toHaveLength(encoder.dimensions);
  await encoder.close?.();
  return encoder.id;
}

function refused(options: NodeEncoderOptions): Promise<RouterError> {
  return refusal(
    attempt(() => createEncoder({ device: 'native', cacheFolder: folder, download: { retryDelayMs: 0 }, ...options })),
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a model', () => {
  test('may be given as URLs, paths, bytes, views into larger memory or shared memory, and is the same', async () => {
    const padded = new Uint8Array(model.length + 100);
    padded.set(model, 37);
    const shared = new Uint8Array(new SharedArrayBuffer(tokenizer.length));
    shared.set(tokenizer);
    const ids = [
      await load({}),
      await load({ model: MODEL_URL, tokenizer: TOKENIZER_URL }),
      await load({ model: MODEL_URL.href, tokenizer: fileURLToPath(TOKENIZER_URL) }),
      await load({ model: padded.subarray(37, 37 + model.length), tokenizer: shared }),
      await load({ model: model.slice().buffer, tokenizer: tokenizer.slice().buffer }),
      await load({ model: { location: MODEL_URL }, tokenizer: { location: tokenizer } }),
    ];
    expect(new Set(ids).size).toBe(1);
  });

  test('may have a vocabulary of 250,000 pieces, as those of a hundred languages do', async () => {
    const definition = JSON.parse(new TextDecoder().decode(tokenizer)) as { model: { vocab: [string, number][] } };
    for (let i = 0; definition.model.vocab.length < 250_000; i++) definition.model.vocab.push([`\u4e00${i}`, -100]);
    const encoded = new TextEncoder().encode(JSON.stringify(definition));
    await load({ model, tokenizer: encoded, thread: 'caller' });
  });

  test('has another id with other bytes, another tokenizer or another limit', async () => {
    // An unknown protobuf field at the end: other bytes, the same model.
    const other = new Uint8Array([...model, 0xc0, 0x3e, 0x01]);
    const spaced = new Uint8Array([...tokenizer, 0x20]);
    const ids = [
      await load({}),
      await load({ model: other, tokenizer }),
      await load({ model, tokenizer: spaced }),
      await load({ maxTokens: 64 }),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test('is loaded over HTTP, with progress that only grows and ends at the total', async () => {
    await using server = await serve((request, response) => {
      const bytes = request.url === '/model' ? model : tokenizer;
      response.setHeader('content-length', bytes.length);
      response.end(bytes);
    });
    const seen: LoadProgress[] = [];
    const id = await load({
      model: `${server.url}model`,
      tokenizer: new URL('tokenizer', server.url),
      onProgress: (progress) => seen.push(progress),
    });
    expect(id).toBe(await load({}));
    const total = model.length + tokenizer.length;
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toMatchObject({ loadedBytes: total, totalBytes: total });
    const loaded = seen.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    for (const { totalBytes } of seen) expect([undefined, total]).toContain(totalBytes);
  });

  test('from a server that does not say how long its files are still ends at the total', async () => {
    await using server = await serve((request, response) => {
      const bytes = request.url === '/model' ? model : tokenizer;
      response.write(bytes.subarray(0, 1000));
      response.end(bytes.subarray(1000));
    });
    const seen: LoadProgress[] = [];
    await load({ model: `${server.url}model`, tokenizer: `${server.url}tokenizer`, onProgress: (p) => seen.push(p) });
    const total = model.length + tokenizer.length;
    expect(seen.at(-1)).toMatchObject({ loadedBytes: total, totalBytes: total });
  });

  test('from disk and from bytes reports progress up to the total', async () => {
    for (const options of [{}, { model, tokenizer }]) {
      const seen: LoadProgress[] = [];
      await load({ ...options, onProgress: (progress) => seen.push(progress) });
      const total = model.length + tokenizer.length;
      expect(seen.at(-1)).toMatchObject({ loadedBytes: total, totalBytes: total });
    }
  });

  test('with the right length and hash is taken, whatever the hash’s case', async () => {
    const verified = { location: MODEL_URL, byteLength: model.length, sha256: sha256(model).toUpperCase() };
    await load({ model: verified, tokenizer: { location: tokenizer, sha256: sha256(tokenizer) } });
  });
});

describe('MODEL_LOAD_FAILED', () => {
  test('for a path where nothing is, with the path', async () => {
    for (const missing of [join(folder, 'no.onnx'), pathToFileURL(join(folder, 'no.onnx')), folder, '']) {
      const error = await refused({ model: missing, tokenizer });
      expect(error.code).toBe('MODEL_LOAD_FAILED');
      expect(error.message).toContain(String(missing));
    }
  });

  test.each([404, 500, 403])('for HTTP %i, with URL and status', async (status) => {
    await using server = await serve((_, response) => {
      response.statusCode = status;
      response.end('<html>no</html>');
    });
    const error = await refused({ model: `${server.url}model.onnx`, tokenizer });
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toContain(`${server.url}model.onnx`);
    expect(error.message).toContain(`${status}`);
  });

  test('for a server that is not there, hangs up, or sends less than it said, with the URL', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/short') {
        response.setHeader('content-length', model.length);
        response.write(model.subarray(0, 100_000), () => response.destroy());
      } else {
        request.socket.destroy();
      }
    });
    const gone = await serve((_, response) => void response.end());
    await gone[Symbol.asyncDispose]();
    for (const url of [`${server.url}short`, `${server.url}hangup`, gone.url, 'http://nowhere.invalid/x', 'nope://x']) {
      const error = await refused({ model: url, tokenizer });
      expect(error.code).toBe('MODEL_LOAD_FAILED');
      expect(error.message).toContain(url);
    }
  });

  test('for a tokenizer that is a web page, no JSON, or JSON of something else', async () => {
    const encoder = new TextEncoder();
    const texts = ['<!doctype html><title>Not found</title>', '', '{"model":', 'null', '7', '"text"', '[]', '{}'];
    const others = ['{"model":{}}', '{"model":{"type":"Unigram","vocab":[]}}', '{"model":{"type":"Unknown"}}'];
    for (const text of [...texts, ...others]) {
      const error = await refused({ model, tokenizer: encoder.encode(text) });
      expect([text, error.code]).toEqual([text, 'MODEL_LOAD_FAILED']);
    }
  });

  test('for a model that is cut off, empty, or something else, on both devices', async () => {
    const wrong = [model.subarray(0, model.length / 2), new Uint8Array(0), tokenizer, new Uint8Array(1000)];
    for (const device of ['native', 'wasm'] as const) {
      for (const bytes of wrong) {
        const error = await refused({ device, model: bytes, tokenizer });
        expect([device, bytes.length, error.code]).toEqual([device, bytes.length, 'MODEL_LOAD_FAILED']);
      }
    }
    // A failure must not leave the runtime unusable.
    await load({ device: 'wasm' });
  });

  test('for a file of another length or hash, saying both', async () => {
    const path = join(folder, 'cut.onnx');
    await writeFile(path, model.subarray(0, 1000));
    const short = await refused({ model: { location: path, byteLength: model.length }, tokenizer });
    expect(short.code).toBe('MODEL_LOAD_FAILED');
    expect(short.message).toMatch(new RegExp(`1000.*${model.length}`));
    const wanted = '0'.repeat(64);
    const hashed = await refused({ model, tokenizer: { location: TOKENIZER_URL, sha256: wanted } });
    expect(hashed.code).toBe('MODEL_LOAD_FAILED');
    expect(hashed.message).toContain(wanted);
    expect(hashed.message).toContain(sha256(tokenizer));
  });
});

describe('an abort while loading', () => {
  // On this thread, for another one's connections end with it.
  test('for HTTP 500 whose page never ends leaves no answer open', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await serve((_, response) => {
      closed.push(once(response, 'close'));
      response.writeHead(500).write('sorry, ');
    });
    const error = await refused({ model: `${server.url}model`, tokenizer, thread: 'caller' });
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(closed.length).toBeGreaterThan(1);
    await Promise.all(closed);
  });

  test('of a download that never ends rejects at once, and ends the download', async () => {
    let hungUp: (() => void) | undefined;
    const closed = new Promise<void>((resolve) => (hungUp = resolve));
    const abort = new AbortController();
    await using server = await serve((_, response) => {
      response.setHeader('content-length', model.length);
      response.write(model.subarray(0, 1000));
      response.on('close', () => hungUp?.());
    });
    const onProgress = ({ file }: LoadProgress): void => {
      if (file?.name === `${server.url}model`) abort.abort();
    };
    const options = { model: `${server.url}model`, tokenizer: TOKENIZER_URL, signal: abort.signal, onProgress };
    expect((await refused(options)).code).toBe('ABORTED');
    await closed;
  });

  test('says TIMEOUT for a signal that timed out', async () => {
    await using server = await serve(() => undefined);
    const abort = new AbortController();
    const loading = refused({ model: server.url, tokenizer, signal: abort.signal });
    abort.abort(new DOMException('late', 'TimeoutError'));
    expect((await loading).code).toBe('TIMEOUT');
  });

  test('with a signal that is aborted already loads nothing, from wherever', async () => {
    const signal = AbortSignal.abort();
    const seen: LoadProgress[] = [];
    const onProgress = (progress: LoadProgress): void => void seen.push(progress);
    expect((await refused({ signal, onProgress })).code).toBe('ABORTED');
    expect((await refused({ model, tokenizer, signal })).code).toBe('ABORTED');
    expect(await codeOf(openRouter({ signal }))).toBe('ABORTED');
    expect(seen).toEqual([]);
  });

  test('and failures of both files at once leave no rejection that nobody handles', async () => {
    const uncaught = await uncaughtDuring(async () => {
      await refused({ model: join(folder, 'no'), tokenizer: join(folder, 'neither') });
      await refused({ model: new Uint8Array(9), tokenizer: new Uint8Array(9) });
      await refused({ signal: AbortSignal.abort() });
    });
    expect(uncaught).toEqual([]);
  });
});

describe('INVALID_OPTION', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['a model’s bytes without its tokenizer', { model: new Uint8Array(9) }],
    ['a tokenizer without its model', { tokenizer: TOKENIZER_URL }],
    ['a model that is null', { model: null, tokenizer: null }],
    ['a model that is null, alone', { model: null }],
    ['a model that is a number', { model: 42, tokenizer: 42 }],
    ['a location that is no location', { model: { location: {} }, tokenizer: { location: null } }],
    ['an unknown device', { device: 'gpu' }],
    ['maxTokens of 0', { maxTokens: 0 }],
    ['negative maxTokens', { maxTokens: -5 }],
    ['maxTokens of NaN', { maxTokens: NaN }],
    ['half a token', { maxTokens: 1.5 }],
    ['maxTokens as a text', { maxTokens: '128' }],
    ['a default threshold of NaN', { defaultThreshold: NaN }],
    ['a default threshold of 2', { defaultThreshold: 2 }],
    ['a default threshold as a text', { defaultThreshold: '0.5' }],
    ['no threads', { threads: 0 }],
    ['negative threads', { threads: -1 }],
    ['half a thread', { threads: 1.5 }],
    ['threads as a text', { threads: '2' }],
  ];
  test.each(wrong)('for %s', async (_, options) => {
    const error = await refused(options as NodeEncoderOptions);
    expect(error.code).toBe('INVALID_OPTION');
  });
});
