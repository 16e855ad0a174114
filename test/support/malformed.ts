/** Requests that are wrong, each in one way at least, seeded, and what must come of them on every platform that serves the HTTP API. */

import { expect } from 'vitest';
import { createPicker, createRandom } from '../../bench/measure.ts';
import { TOKEN, type Reply } from './http.ts';

const COUNT = 2000;

export interface MalformedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

const JSON_TYPE = 'application/json';
const AUTHORIZED = { 'content-type': JSON_TYPE, authorization: `Bearer ${TOKEN}` };

/** Endpoints that read a body, with a body that each would take. */
const WRITABLE = [
  { method: 'POST', path: '/route', body: { text: 'hello' }, isWrite: false },
  { method: 'POST', path: '/route/batch', body: { texts: ['hello', 'there'] }, isWrite: false },
  {
    method: 'PUT',
    path: '/routes/fuzz',
    body: { utterances: ['hello'], threshold: 0.5, metadata: { a: 1 } },
    isWrite: true,
  },
  { method: 'POST', path: '/routes/billing/utterances', body: { utterances: ['hello'] }, isWrite: true },
] as const;

type Random = () => number;
type Target = (typeof WRITABLE)[number];

export type AskMalformed = (request: MalformedRequest) => Promise<Reply>;

/** Asks 2,000 and expects a JSON error of 4xx of each, and the state as it was. */
export async function expectRefusals(ask: AskMalformed, state: () => Promise<unknown>, seed = 1): Promise<void> {
  const before = await state();
  const counts: Record<number, number> = {};
  for (const request of malformedRequests(seed, COUNT)) {
    const about = JSON.stringify({ ...request, body: String(request.body).slice(0, 200) });
    const { status, headers, body } = await ask(request).catch((cause: unknown) => {
      throw new Error(`no answer to ${about}`, { cause });
    });
    counts[status] = (counts[status] ?? 0) + 1;
    expect(status, about).toBeGreaterThanOrEqual(400);
    expect(status, about).toBeLessThan(500);
    expect(headers.get('content-type'), about).toBe('application/json; charset=utf-8');
    expect(body, about).toEqual({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    });
    expect(JSON.stringify(body), about).not.toMatch(/\n|\.ts|\.js\b|    at /);
  }
  // Every kind of refusal was met.
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['400', '401', '404', '405', '413', '415', '422']));
  expect(await state()).toEqual(before);
}

/** The same requests for the same seed. */
export function malformedRequests(seed: number, count: number): readonly MalformedRequest[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const target = WRITABLE[Math.floor(random() * WRITABLE.length)] as Target;
    return (WAYS[i % WAYS.length] as Way)(target, random);
  });
}

type Way = (target: Target, random: Random) => MalformedRequest;

const WAYS: readonly Way[] = [
  // A field of another type.
  ({ method, path, body }, random) => {
    const fields = Object.keys(body).filter((field) => field !== 'metadata');
    const field = fields[Math.floor(random() * fields.length)] as string;
    return { method, path, headers: AUTHORIZED, body: JSON.stringify({ ...body, [field]: wrongValue(random, 3) }) };
  },
  // A field that is missing, or one too many.
  ({ method, path, body }, random) => {
    const [first, ...rest] = Object.entries(body);
    const fields = random() < 0.5 ? rest : [first, ...rest, [word(random) + '_', wrongValue(random, 2)]];
    return {
      method,
      path,
      headers: AUTHORIZED,
      body: JSON.stringify(Object.fromEntries(fields as [string, unknown][])),
    };
  },
  // Another value in place of the object.
  ({ method, path }, random) => ({
    method,
    path,
    headers: AUTHORIZED,
    body: JSON.stringify(random() < 0.5 ? [wrongValue(random, 4)] : word(random)),
  }),
  // JSON that breaks off, or has a byte too many.
  ({ method, path, body }, random) => {
    const text = JSON.stringify(body);
    const cut = Math.floor(random() * text.length);
    return { method, path, headers: AUTHORIZED, body: random() < 0.5 ? text.slice(0, cut) : `${text}${word(random)}` };
  },
  // Bytes that are no UTF-8, or UTF-16.
  ({ method, path, body }, random) => {
    const text = JSON.stringify(body);
    const bytes = new TextEncoder().encode(text);
    bytes[Math.floor(random() * bytes.length)] = 0x80 + Math.floor(random() * 64);
    const utf16 = new Uint8Array(Uint16Array.from(text, (character) => character.charCodeAt(0)).buffer);
    return { method, path, headers: AUTHORIZED, body: random() < 0.7 ? bytes : utf16 };
  },
  // Deep, long or many.
  ({ method, path, body }, random) => {
    const depth = 1000 + Math.floor(random() * 20_000);
    const huge = [
      `${'['.repeat(depth)}${']'.repeat(depth)}`,
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      JSON.stringify({ ...body, [Object.keys(body)[0] as string]: 'x'.repeat(10_001 + depth) }),
      JSON.stringify({ ...body, [Object.keys(body)[0] as string]: Array.from({ length: 1001 }, () => 'x') }),
    ];
    // Rare, for each is a megabyte.
    if (random() < 0.05) return { method, path, headers: AUTHORIZED, body: ' '.repeat(1_048_577) };
    return { method, path, headers: AUTHORIZED, body: huge[Math.floor(random() * huge.length)] as string };
  },
  // Announced as something else.
  ({ method, path, body }, random) => {
    const types = [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      '',
      `${JSON_TYPE}; charset=utf-16`,
    ];
    const encodings = ['gzip', 'br', 'deflate', 'x-unknown'];
    const wrong: Readonly<Record<string, string>> =
      random() < 0.6
        ? { 'content-type': types[Math.floor(random() * types.length)] as string }
        : { 'content-encoding': encodings[Math.floor(random() * encodings.length)] as string };
    return { method, path, headers: { ...AUTHORIZED, ...wrong }, body: JSON.stringify(body) };
  },
  // Another method.
  ({ path }, random) => {
    const pick = createPicker(random);
    const method = pick(
      path === '/routes/fuzz' ? 'PATCH|POST|OPTIONS|PROPFIND|LOCK' : 'PATCH|DELETE|PUT|OPTIONS|PROPFIND|LOCK',
    );
    return { method, path, headers: AUTHORIZED };
  },
  // A path that is not served, or a name that is none.
  (_, random) => {
    const pick = createPicker(random);
    const name = pick('%00|%E0%A4%A|a%2Fb|..%2F..|%F0%9F%98%80|a b|nobody|' + 'n'.repeat(65));
    const path = pick(`/|/route/|/routes|/routes/|/Route|/routes/${name}|/routes/${name}/x|/.env|/admin|/routes//`);
    return { method: pick('GET|DELETE'), path, headers: AUTHORIZED };
  },
  // A write without the token.
  (_, random) => {
    const writes = WRITABLE.filter(({ isWrite }) => isWrite);
    const { method, path, body } = writes[Math.floor(random() * writes.length)] as Target;
    const wrong = [
      '',
      'Bearer',
      `Bearer ${encodeURIComponent(word(random))}`,
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN.slice(1)}`,
      TOKEN,
    ];
    const authorization = wrong[Math.floor(random() * wrong.length)] as string;
    const isDelete = random() < 0.3;
    return {
      method: isDelete ? 'DELETE' : method,
      path: isDelete ? '/routes/billing' : path,
      headers: { 'content-type': JSON_TYPE, ...(random() < 0.8 && { authorization }) },
      ...(!isDelete && { body: JSON.stringify(body) }),
    };
  },
  // A number out of its bounds.
  (_, random) => {
    const pick = createPicker(random);
    return random() < 0.5
      ? {
          method: 'POST',
          path: '/route',
          headers: AUTHORIZED,
          body: `{"text":"hello","maxCandidates":${pick('-1|101|1.5|1e9|1e400|"5"|null|true')}}`,
        }
      : {
          method: 'PUT',
          path: '/routes/fuzz',
          headers: AUTHORIZED,
          body: `{"utterances":["hello"],"threshold":${pick('-1.01|1.01|2|1e400|"0.5"|null|true|[]')}}`,
        };
  },
];

/** No string, and no list of strings: of no field's type. */
function wrongValue(random: Random, depth: number): unknown {
  switch (Math.floor(random() * (depth > 0 ? 7 : 4))) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.floor(random() * 2000 + 2) * (random() < 0.5 ? 1 : -1);
    case 3:
      return {};
    case 4:
      return [wrongValue(random, depth - 1)];
    case 5:
      return { [word(random)]: wrongValue(random, depth - 1) };
    default:
      return ['hello', wrongValue(random, depth - 1)];
  }
}

function word(random: Random): string {
  return createPicker(random)('text|__proto__|constructor|name|hello|\u{1F600}|\u0000|🙈 é|toString|id').normalize();
}
