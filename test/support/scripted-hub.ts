/**
 * A hub whose misbehaviour is named in its URLs, so that a browser can ask for it: `BEHAVIOUR/RUN/` is a hub of its own,
 * and `log/RUN` tells what that one was asked for.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Behaviour, HubRequest } from './hub-visit.ts';
import { etagOf, sendBytes, sendHalf } from './hub.ts';
import { serve, type LocalServer } from './model.ts';

interface Asked {
  readonly response: ServerResponse;
  readonly bytes: Buffer;
  readonly range: string | undefined;
  /** Of requests for this file, from 1. */
  readonly count: number;
}

const BEHAVIOURS: Readonly<Record<Behaviour, (asked: Asked) => void>> = {
  good: ({ response, bytes, range }) => sendBytes(response, bytes, range),
  'fails-twice': ({ response, bytes, range, count }) =>
    count > 2 ? sendBytes(response, bytes, range) : void response.writeHead(500).end(),
  'fails-always': ({ response }) => void response.writeHead(503).end(),
  'refuses-access': ({ response }) => void response.writeHead(403).end(),
  'cut-once': ({ response, bytes, range, count }) =>
    count > 1 ? sendBytes(response, bytes, range) : sendHalf(response, bytes),
  'cut-without-ranges': ({ response, bytes, count }) =>
    count > 1 ? sendBytes(response, bytes, undefined) : sendHalf(response, bytes),
  'cut-and-changed': ({ response, bytes, range, count }) => {
    const changed = Buffer.concat([Buffer.from('changed'), bytes]);
    if (count === 1) sendHalf(response, bytes);
    else sendBytes(response, changed, range);
  },
  'cut-and-shortened': ({ response, bytes, range, count }) =>
    count === 1 ? sendHalf(response, bytes) : sendBytes(response, bytes.subarray(0, 1000), range),
  'announces-more': ({ response, bytes }) => {
    response.writeHead(200, { 'content-length': bytes.length + 10 });
    response.write(bytes, () => response.destroy());
  },
  'cut-without-length': ({ response, bytes, range, count }) => {
    if (count > 1) return sendBytes(response, bytes, range);
    // Neither a length nor chunks: the file ends where the connection does.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200).end(bytes.subarray(0, bytes.length / 2));
  },
  'falls-silent': ({ response, bytes, range }) => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(range ? 206 : 200, { etag: etagOf(bytes), 'content-length': bytes.length - from });
    response.write(bytes.subarray(from, from + 2000));
    // A browser that has all of it uses the connection again.
    if (from + 2000 >= bytes.length) response.end();
  },
  'sends-html': ({ response }) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>'),
  compresses: ({ response, bytes }) =>
    void response.writeHead(200, { 'content-encoding': 'gzip', etag: etagOf(bytes) }).end(gzipSync(bytes)),
};

/** Serves a folder as `owner/name` at every revision, in every way there is. */
export async function serveScriptedHub(folder: string): Promise<LocalServer> {
  const logs = new Map<string, HubRequest[]>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const [, first = '', run = '', ...rest] = pathname.split('/');
    if (first === 'log') return void response.end(JSON.stringify(logs.get(run) ?? []));
    const path = rest.join('/');
    const resolved = /^[^/]+\/[^/]+\/resolve\/[^/]+\/(.*)$/.exec(path)?.[1];
    if (resolved !== undefined) return void response.writeHead(302, { location: `/${first}/${run}/${resolved}` }).end();
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    const { range } = request.headers;
    const log = logs.get(run) ?? [];
    logs.set(run, [...log, { path, ...(range !== undefined && { range }) }]);
    if (!bytes) return void response.writeHead(404).end('no such file');
    const count = log.filter((each) => each.path === path).length + 1;
    BEHAVIOURS[first as Behaviour]({ response, bytes, range, count });
  }

  return serve((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'ETag, Content-Range');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    void answer(request, response);
  });
}

/** The SHA-256 of a file, as `VerifiedFile` has it. */
export async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
