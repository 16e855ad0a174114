/** A repository, mirror or cache folder made by somebody who means harm: nothing outside the cache is touched or told. */

import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clearModelCache, createEncoder, type NodeEncoderOptions, type RouterError } from 'synaptoroute/node';
import { createFolder, type Folder } from '../support/folder.ts';
import { serve, type LocalServer } from '../support/model.ts';
import { attempt, refusal } from '../support/promises.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SECRET = 'Sentinel-4711';
/** JSON, and no more: a model is read beside it. */
const NO_TOKENIZER = new TextEncoder().encode('{}');

let folder: Folder;
let cacheFolder: string;
beforeEach(() => {
  folder = createFolder();
  cacheFolder = folder.path('home/.cache/synaptoroute');
  write('home/secret.txt', SECRET);
  write('home/page.xml', `<${SECRET}>`);
});
afterEach(() => folder[Symbol.dispose]());

function write(name: string, text: string): void {
  mkdirSync(dirname(folder.path(name)), { recursive: true });
  writeFileSync(folder.path(name), text);
}

/** Every file below the home but the cache's, with what it says. */
function outside(): readonly string[] {
  return readdirSync(folder.path('home'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(cacheFolder))
    .map(({ parentPath, name }) => `${join(parentPath, name)}: ${readFileSync(join(parentPath, name), 'utf8')}`)
    .toSorted();
}

/** A hub that, as the real one, looks at the path alone. */
function serveFiles(files: Readonly<Record<string, string>>): Promise<LocalServer> {
  return serve((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const text = files[pathname.replace(/^\/owner\/name\/resolve\/[^/]+\//, '')];
    if (text === undefined) response.writeHead(404).end();
    else response.end(text);
  });
}

function refused(hub: LocalServer, options: NodeEncoderOptions = {}): Promise<RouterError> {
  const model = { repo: 'owner/name', baseUrl: hub.url, revision: COMMIT };
  return refusal(
    attempt(() =>
      createEncoder({ model, cacheFolder, thread: 'caller', download: { retryDelayMs: 0, maxRetries: 0 }, ...options }),
    ),
  );
}

const UP = '/..'.repeat(9);

describe('a repository whose modules.json names its pooling module by a way out', () => {
  test.each([
    ['writes no new file', 'payload.txt?', 'home/.ssh/authorized_keys#'],
    ['replaces no file that looks like a page', 'payload.txt?', 'home/page.xml#'],
    ['has no file read', 'payload.txt?', 'home/secret.txt#'],
    ['leaves no mark of a missing file', 'missing.txt?', 'home/secret.txt#'],
    ['has no folder made', 'payload.txt?', 'home/.ssh'],
  ])('%s', async (_, asked, target) => {
    // As many ways up as it takes, and down again by the whole path.
    const path = `${asked}${UP}${UP}${folder.path(target)}`;
    await using hub = await serveFiles({
      'modules.json': JSON.stringify([{ type: 'a.Pooling', path }]),
      'payload.txt': 'payload',
    });
    const before = outside();
    const error = await refused(hub);
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toMatch(/modules\.json.*pooling/);
    expect(error.message).not.toMatch(/Sentinel|secret|page\.xml|ssh/);
    expect(outside()).toEqual(before);
  });

  test('is refused as a folder on disk too', async () => {
    write('model/modules.json', '[{"type":"a.Pooling","path":"../home/stolen"}]');
    write('home/stolen/config.json', `{"pooling_mode":"${SECRET}"}`);
    const error = await refusal(createEncoder({ model: folder.path('model'), cacheFolder, thread: 'caller' }));
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).not.toContain(SECRET);
  });

  test.each<unknown>([
    null,
    [null],
    [{ type: { toString: 1 }, path: 'x' }],
    [{ type: 'Pooling' }],
    [{ type: 'Pooling', path: { toString: 1 } }],
    [{ type: 'Pooling', path: '' }],
    [{ type: 'Pooling', path: 'C:\\x' }],
    [{ type: 'Pooling', path: 'a/./b' }],
    [{ type: 'Pooling', path: 'a%2e%2e/b' }],
    [{ type: 'Pooling', path: 'a\u0000b' }],
  ])('or has %j in it is refused by a code', async (modules) => {
    await using hub = await serveFiles({ 'modules.json': JSON.stringify(modules) });
    expect(['MODEL_LOAD_FAILED', 'UNSUPPORTED']).toContain((await refused(hub)).code);
  });
});

test.each([
  ['file', 'payload.txt?/../../../../../../../../home/secret.txt#'],
  ['file', '../../../x'],
  ['file', 'onnx\\model.onnx'],
  ['file', '%2e%2e/model.onnx'],
  ['file', ''],
  ['revision', '..'],
  ['revision', 'main#'],
  ['repo', 'owner/..'],
])('a %s of a model that is %j is INVALID_OPTION, and nothing is asked', async (name, text) => {
  let requests = 0;
  await using hub = await serve((_, response) => {
    requests++;
    response.writeHead(404).end();
  });
  const model = { repo: 'owner/name', baseUrl: hub.url, [name]: text };
  const error = await refused(hub, { model });
  expect([error.code, requests]).toEqual(['INVALID_OPTION', 0]);
  expect(error.message).toContain(`model.${name}`);
});

test('a URL with a query is kept inside the cache, apart from the same one with another', async () => {
  await using hub = await serveFiles({ payload: '{}' });
  const before = outside();
  for (const query of [`?${UP}${UP}${folder.path('home/new.txt')}`, '?a', '?b']) {
    const url = `${hub.url}payload${query}`;
    expect((await refused(hub, { model: url, tokenizer: url })).code).toBe('MODEL_LOAD_FAILED');
  }
  expect(outside()).toEqual(before);
});

/** Where the cache keeps the repository's files. */
function place(hub: LocalServer, revision = COMMIT): string {
  const host = new URL(hub.url).host.replace(':', '_');
  return join(cacheFolder, 'models', host, 'owner/name/resolve', revision);
}

describe('a cache folder that others may write to', () => {
  test('has links in it that lead out: none is followed, emptied or written through', async () => {
    await using hub = await serveFiles({ 'config.json': '{}' });
    mkdirSync(place(hub, 'main'), { recursive: true });
    for (const mark of ['~absent', '.absent', '~sha256', '~lock-x', '~part-x', '.part-x']) {
      symlinkSync(folder.path('home/secret.txt'), join(place(hub, 'main'), `modules.json${mark}`));
    }
    const before = outside();
    const model = { repo: 'owner/name', baseUrl: hub.url, revision: 'main' };
    expect((await refused(hub, { model })).code).toBe('MODEL_LOAD_FAILED');
    expect(outside()).toEqual(before);
  });

  test('has a link in place of a folder or a file: refused by its own name, and nothing made behind it', async () => {
    await using hub = await serveFiles({ 'config.json': '{}' });
    mkdirSync(dirname(place(hub)), { recursive: true });
    mkdirSync(folder.path('home/elsewhere'));
    symlinkSync(folder.path('home/elsewhere'), place(hub));
    const error = await refused(hub);
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toContain(place(hub));
    expect(error.message).not.toContain('elsewhere');
    expect(readdirSync(folder.path('home/elsewhere'))).toEqual([]);
  });

  test('has files that the cache did not write: they stay, whatever is in them, and when the cache is cleared', async () => {
    await using hub = await serveFiles({ 'config.json': '{}' });
    mkdirSync(place(hub), { recursive: true });
    writeFileSync(join(place(hub), 'config.json'), `<${SECRET}>`);
    writeFileSync(join(cacheFolder, 'models', 'notes.txt'), 'mine');
    const error = await refused(hub);
    expect(error.code).toBe('MODEL_LOAD_FAILED');
    expect(error.message).toMatch(/config\.json was not put there by the cache.*remove it/);
    expect(error.message).not.toContain(SECRET);
    // The files beside it may be on their way still.
    await vi.waitFor(async () => {
      await clearModelCache({ cacheFolder });
      expect(readdirSync(place(hub))).toEqual(['config.json']);
    });
    expect(readFileSync(join(place(hub), 'config.json'), 'utf8')).toBe(`<${SECRET}>`);
    expect(readFileSync(join(cacheFolder, 'models', 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('has a lock that names nobody: it is waited for, not fought for', async () => {
    await using hub = await serveFiles({ 'config.json': '{}' });
    mkdirSync(join(place(hub), 'config.json~lock'), { recursive: true });
    const signal = AbortSignal.timeout(500);
    expect((await refused(hub, { signal })).code).toBe('TIMEOUT');
  });
});

describe('a redirect', () => {
  test.each([
    ['data:', 'data:application/json,{}'],
    ['file:', 'file:///etc/passwd'],
    ['ftp:', 'ftp://127.0.0.1/x'],
  ])('to %s is refused at once', async (scheme, location) => {
    let requests = 0;
    await using hub = await serve((_, response) => {
      requests++;
      response.writeHead(302, { location }).end();
    });
    const url = `${hub.url}model.onnx`;
    const error = await refused(hub, { model: url, tokenizer: NO_TOKENIZER, download: { retryDelayMs: 0 } });
    expect([error.code, requests]).toEqual(['MODEL_LOAD_FAILED', 1]);
    expect(error.message).toContain(`led to ${scheme}`);
  });

  test('to a host that is not listed is not followed', async () => {
    let requests = 0;
    await using other = await serve((_, response) => {
      requests++;
      response.end('{}');
    });
    await using hub = await serve((_, response) => void response.writeHead(307, { location: other.url }).end());
    const { host } = new URL(hub.url);
    const url = `${hub.url}model.onnx`;
    const options = { model: url, tokenizer: NO_TOKENIZER };
    const error = await refused(hub, { ...options, download: { allowedHosts: [host] } });
    expect([error.code, requests]).toEqual(['MODEL_LOAD_FAILED', 0]);
    expect(error.message).toMatch(/allowedHosts/);
    await refused(hub, { ...options, download: { allowedHosts: ['127.0.0.1'] } });
    expect(requests).toBe(1);
  });

  test('that never ends is given up', async () => {
    let requests = 0;
    await using hub = await serve((_, response) => {
      requests++;
      response.writeHead(302, { location: `/${requests}` }).end();
    });
    const error = await refused(hub, { model: `${hub.url}x`, tokenizer: NO_TOKENIZER, download: {} });
    expect([error.code, requests]).toEqual(['MODEL_LOAD_FAILED', 21]);
  });

  test.each([{ allowedHosts: 'huggingface.co' }, { allowedHosts: [7] }, { maxFileBytes: 0 }, { maxFileBytes: 1.5 }])(
    'is judged by %j: INVALID_OPTION',
    async (download) => {
      await using hub = await serveFiles({});
      expect((await refused(hub, { download: download as object })).code).toBe('INVALID_OPTION');
    },
  );
});
