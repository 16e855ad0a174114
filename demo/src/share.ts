/** Owns routes in a URL's fragment: compressed, bounded on both sides, and trusted no more than any other text. */

import { RouterError, parseRoutes } from 'synaptoroute';
import type { Route } from 'synaptoroute/browser';

/** What a link brings: routes, and the sentence that was typed. */
export interface Shared {
  readonly routes: readonly Route[];
  readonly text: string;
}

const PREFIX = '#share=';
/** Longer links are cut by mail programs and messengers. */
export const LONGEST_FRAGMENT = 16_000;
/** What so short a fragment may become; a hostile one of zeros would become a thousand times itself. */
const MOST_BYTES = 512 * 1024;
const MOST_ROUTES = 500;
const LONGEST_TEXT = 2_000;

/** The fragment, with its `#`. Rejects with `INVALID_OPTION` where it would be too long. */
export async function toFragment({ routes, text }: Shared): Promise<string> {
  const json = JSON.stringify({ routes, ...(text !== '' && { text: text.slice(0, LONGEST_TEXT) }) });
  const packed = await collect(pipe(new Blob([json]), new CompressionStream('deflate-raw')), Infinity);
  const fragment = PREFIX + toBase64Url(packed);
  if (fragment.length > LONGEST_FRAGMENT) {
    throw new RouterError(
      'INVALID_OPTION',
      `These routes make a link of ${fragment.length.toLocaleString('en')} characters, more than the ${LONGEST_FRAGMENT.toLocaleString('en')} that links survive; export them as a file in the Storage tab instead.`,
    );
  }
  return fragment;
}

/** Rejects with `INVALID_ROUTE` or `INVALID_OPTION`, and a sentence for people. */
export async function fromFragment(fragment: string): Promise<Shared> {
  if (fragment.length > LONGEST_FRAGMENT) {
    throw new RouterError(
      'INVALID_OPTION',
      `This link carries ${fragment.length.toLocaleString('en')} characters, more than the ${LONGEST_FRAGMENT.toLocaleString('en')} that this page reads; ask for the routes as a file.`,
    );
  }
  const value = await unpack(fragment.slice(PREFIX.length));
  const routes = parseRoutes(value);
  if (routes.length > MOST_ROUTES) {
    throw new RouterError(
      'INVALID_OPTION',
      `This link carries ${routes.length} routes; this page takes ${MOST_ROUTES}.`,
    );
  }
  const text = typeof value === 'object' && value !== null && 'text' in value ? value.text : '';
  return { routes, text: typeof text === 'string' ? text.slice(0, LONGEST_TEXT) : '' };
}

async function unpack(encoded: string): Promise<unknown> {
  try {
    const packed = fromBase64Url(encoded);
    const bytes = await collect(
      pipe(new Blob([packed as BlobPart]), new DecompressionStream('deflate-raw')),
      MOST_BYTES,
    );
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RouterError(
      'INVALID_OPTION',
      'This link is damaged or was cut short, and its routes cannot be read; ask for it again. Your routes are as they were.',
      { cause },
    );
  }
}

function pipe(blob: Blob, through: CompressionStream | DecompressionStream): ReadableStream<Uint8Array> {
  return blob.stream().pipeThrough(through);
}

/** Stops reading at the first byte too many. */
async function collect(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.byteLength;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes`);
    }
    chunks.push(next.value);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCodePoint(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.codePointAt(0) ?? 0);
}
