/** Owns how a request's body becomes checked values: media type, size, UTF-8, JSON, fields. Knows no endpoint. */

import type { HttpLimits } from './limits.ts';
import { Refusal } from './refusal.ts';

/** A sender that is slower than this with what nobody wants does not hold the answer any longer. */
const DISCARD_MS = 1000;

/** A JSON object's own fields, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** The body as an object without other fields than `known`; refuses with 400, 413, 415 or 422. */
export async function readFields(
  request: Request,
  known: readonly string[],
  { maxBodyBytes }: Required<HttpLimits>,
): Promise<Fields> {
  checkMediaType(request);
  const value = parseJson(await readBytes(request, maxBodyBytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidBody(`Got ${kindOf(value)} as the body; send an object with ${known.join(', ')}.`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw invalidBody(`Got a field ${JSON.stringify(unknown.slice(0, 40))}; send ${known.join(', ')} and no other.`);
  }
  return value as Fields;
}

export function readText(value: unknown, field: string, { maxTextLength }: Required<HttpLimits>): string {
  if (typeof value !== 'string') throw invalidBody(`Got ${kindOf(value)} as \`${field}\`; send a string.`);
  if (value.length <= maxTextLength) return value;
  throw invalidBody(`Got ${value.length} characters as \`${field}\`; send at most ${maxTextLength}.`);
}

export function readTexts(value: unknown, field: string, limits: Required<HttpLimits>): readonly string[] {
  if (!Array.isArray(value)) throw invalidBody(`Got ${kindOf(value)} as \`${field}\`; send an array of strings.`);
  if (value.length === 0 || value.length > limits.maxTexts) {
    throw invalidBody(`Got ${value.length} texts as \`${field}\`; send 1 to ${limits.maxTexts}.`);
  }
  return value.map((text, i) => readText(text, `${field}[${i}]`, limits));
}

export function readInteger(value: unknown, field: string, fallback: number, most: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number;
  throw invalidBody(`Got ${kindOf(value)} as \`${field}\`; send an integer from 0 to ${most}.`);
}

function checkMediaType({ headers }: Request): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const isJson = type.trim() === 'application/json';
  const isUtf8 = parameters.every((parameter) => /^\s*(charset="?utf-8"?)?\s*$/.test(parameter));
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (isJson && isUtf8 && encoding.toLowerCase() === 'identity') return;
  throw new Refusal(
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    'Got a body that is not plain JSON; send Content-Type: application/json in UTF-8, without a Content-Encoding.',
  );
}

/** Stops reading at the first byte too many, whatever the length that was announced. */
async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (Number(announced ?? 0) > most) throw tooLarge(most);
  // A server ends a body at its announced length, so that it need not be counted on the way.
  if (announced !== null) return checkLength(new Uint8Array(await request.arrayBuffer().catch(brokeOff)), most);
  const { body } = request;
  if (!body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(brokeOff);
    if (done) break;
    length += value.byteLength;
    if (length > most) {
      // The refusal does not wait for a sender that goes on.
      void reader.cancel().catch(() => undefined);
      throw tooLarge(most);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/**
 * Takes in and drops what nobody read: a server that closes a connection with bytes still to come resets it, and the
 * client loses the answer, or its next request. At most so many bytes, and one second; what is left then is left.
 */
export async function discardBody(request: Request, most: number): Promise<void> {
  const body = request.bodyUsed ? null : request.body;
  if (!body) return;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), DISCARD_MS);
  });
  for (let left = most; left > 0;) {
    // One that broke off has nothing more to come.
    const part = await Promise.race([reader.read().catch(() => undefined), late]);
    if (!part || part.done) break;
    left -= part.value.byteLength;
  }
  clearTimeout(timer);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Refusal(400, 'INVALID_JSON', `Got ${bytes.byteLength} bytes that are no JSON in UTF-8; send an object.`);
  }
}

/** A request that no server read may have announced another length. */
function checkLength(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.byteLength > most) throw tooLarge(most);
  return bytes;
}

function brokeOff(): never {
  throw new Refusal(400, 'INVALID_JSON', 'Got a body that broke off; send it whole.');
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, 'BODY_TOO_LARGE', `Got a body of more than ${most} bytes; send less at once.`);
}

function invalidBody(message: string): Refusal {
  return new Refusal(422, 'INVALID_BODY', message);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
