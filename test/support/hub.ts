/** A local server that plays the hub: redirects to where the bytes lie, ETag, Range; and is told how to misbehave. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { serve, type LocalServer } from './model.ts';

/** What becomes of one request for a file; `undefined`: it is answered as it should be. */
export type Misbehave = (
  request: { readonly path: string; readonly count: number; readonly range: string | undefined },
  response: ServerResponse,
  bytes: Buffer,
) => boolean;

export interface Hub extends LocalServer {
  /** `METHOD path range` of every request for bytes, in order. */
  readonly requests: readonly string[];
  /** Requests whose answer is another than 404. */
  readonly hits: (path: string) => number;
}

/** Serves a folder as `owner/name` at every revision. */
export async function serveHub(folder: string, misbehave: Misbehave = () => false): Promise<Hub> {
  const requests: string[] = [];
  const counts = new Map<string, number>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const resolved = /^\/[^/]+\/[^/]+\/resolve\/[^/]+\/(.*)$/.exec(url)?.[1];
    if (resolved !== undefined) return void response.writeHead(302, { location: `/bytes/${resolved}` }).end();
    const path = url.replace('/bytes/', '');
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    const range = request.headers.range;
    requests.push(`${path} ${range ?? ''}`.trim());
    if (!bytes) return void response.writeHead(404).end('no such file');
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    if (misbehave({ path, count, range }, response, bytes)) return;
    sendBytes(response, bytes, range);
  }

  const server = await serve((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'ETag, Content-Range');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    void answer(request, response);
  });
  return { ...server, requests, hits: (path) => counts.get(path) ?? 0 };
}

/** The file, or the part that was asked for. */
export function sendBytes(response: ServerResponse, bytes: Buffer, range: string | undefined): void {
  const etag = etagOf(bytes);
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (from >= bytes.length && bytes.length > 0) return void response.writeHead(416).end();
  const part = bytes.subarray(from);
  response.writeHead(range ? 206 : 200, {
    etag,
    'accept-ranges': 'bytes',
    'content-length': part.length,
    ...(range && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(part);
}

/** Announces the whole and ends the connection after a half of it. */
export function sendHalf(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { etag: etagOf(bytes), 'accept-ranges': 'bytes', 'content-length': bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex')}"`;
}
