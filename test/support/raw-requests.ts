/** Bytes that no HTTP client sends: odd request lines, headers, lengths and tokens, and what smuggles a second request. */

import { TOKEN } from './http.ts';
import { pick } from './schema-samples.ts';

type Random = () => number;

export interface RawRequest {
  readonly kind: string;
  readonly bytes: string;
}

const BODY = '{"text":"hello"}';
const UTTERANCES = '{"utterances":["smuggled words"]}';
const TARGETS = [
  '/route',
  '/route/batch',
  '/routes/billing',
  '/routes/raw',
  '/health',
  '/openapi.json',
  '*',
  '//',
  '/%',
  '/..',
  '/\u00e9',
  'http://x/route',
  '/routes/%2e%2e',
  '/route?x=1#y',
];
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'CONNECT',
  'post',
  'G E T',
  '',
  'M-SEARCH',
  '\u0000',
];

/** None of them is the token, or is sent as one may send it. */
const AUTHORIZATIONS = [
  '',
  'Bearer',
  'Bearer ',
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
  `Bearer x ${TOKEN}`,
  `Bearer "${TOKEN}"`,
  `Bearer ${TOKEN}, Bearer x`,
  `Basic ${TOKEN}`,
  `Token ${TOKEN}`,
  TOKEN,
  `Bearer${TOKEN}`,
  `Bearer ${TOKEN.toUpperCase()}`,
  `Bearer ${TOKEN} x`,
  `Digest ${TOKEN}`,
  `Bearer ${TOKEN.split('').toReversed().join('')}`,
  `Bearer ${TOKEN}${TOKEN}`,
  'Bearer null',
  'Bearer undefined',
  'Bearer *',
  `Bearer\t${TOKEN}x`,
  `Bearer\r\n ${TOKEN}`,
  `Bearer ${encodeURIComponent(TOKEN)}%20`,
  `Bearer\u00a0${TOKEN}`,
];

export function rawRequest(random: Random): RawRequest {
  const [kind, make] = pick(Object.entries(KINDS), random);
  return { kind, bytes: make(random) };
}

const KINDS: Readonly<Record<string, (random: Random) => string>> = {
  target: (random) => message(`${pick(METHODS, random)} ${pick(TARGETS, random)} HTTP/1.1`, [], ''),
  version: (random) => message(`GET /health HTTP/${pick(['0.9', '1.0', '2.0', '1.1.1', 'x', ''], random)}`, [], ''),
  token: (random) =>
    message(
      pick(
        ['PUT /routes/raw HTTP/1.1', 'DELETE /routes/billing HTTP/1.1', 'POST /routes/billing/utterances HTTP/1.1'],
        random,
      ),
      ['Content-Type: application/json', ...tokenHeaders(random)],
      UTTERANCES,
    ),
  length: (random) => {
    const length = pick(
      ['-1', '1e1', '0x10', '99999999999999999999', '+16', '16, 16', '16\r\nContent-Length: 17', ' ', '3'],
      random,
    );
    return `POST /route HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${BODY}`;
  },
  chunks: (random) => {
    const chunks = pick(
      [
        '10\r\n{"text":"hello"}\r\n0\r\n\r\n',
        'zz\r\n{"a"}\r\n0\r\n\r\n',
        '10\r\nshort',
        '-1\r\nx\r\n0\r\n\r\n',
        'fffffffff\r\nx',
        '10;a=b\r\n{"text":"hello"}\r\n0\r\nX: y\r\n\r\n',
      ],
      random,
    );
    return `POST /route HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: ${pick(['chunked', 'Chunked', 'gzip, chunked', 'chunked, identity', 'x'], random)}\r\n\r\n${chunks}`;
  },
  smuggling: (random) => {
    // Whole and allowed: it must not be taken for a request of its own.
    const second = `DELETE /routes/billing HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
    const both = pick(
      [
        'Content-Length: 4\r\nTransfer-Encoding: chunked',
        'Content-Length: 0\r\nContent-Length: 60',
        'Transfer-Encoding: xchunked\r\nContent-Length: 0',
        'Transfer-Encoding : chunked',
      ],
      random,
    );
    return `POST /route HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${both}\r\n\r\n0\r\n\r\n${second}`;
  },
  headers: (random) => {
    const odd = pick(
      [
        'X: a\r\n b',
        'X\u0000: a',
        ': a',
        'X:\u0001',
        `X: ${'y'.repeat(20_000)}`,
        'X a',
        'Host: y',
        `X: ${'\u00ff'.repeat(9)}`,
        'Expect: 100-continue',
        'Upgrade: websocket\r\nConnection: Upgrade',
        'Content-Encoding: gzip',
      ],
      random,
    );
    return message('POST /route HTTP/1.1', ['Content-Type: application/json', odd], BODY);
  },
  newlines: (random) =>
    message('POST /route HTTP/1.1', ['Content-Type: application/json'], BODY).replaceAll(
      '\r\n',
      pick(['\n', '\r', '\r\r\n', '\n\r'], random),
    ),
  pipeline: (random) =>
    Array.from(
      { length: 2 + Math.floor(random() * 8) },
      () => `GET ${pick(['/health', '/routes/billing', '/nothing'], random)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ).join('') + message('GET /health HTTP/1.1', [], ''),
  bytes: (random) => String.fromCharCode(...Array.from({ length: 40 }, () => Math.floor(random() * 256))) + '\r\n\r\n',
};

function tokenHeaders(random: Random): readonly string[] {
  const wrong = pick(AUTHORIZATIONS, random);
  const ways = [
    [`Authorization: ${wrong}`],
    [`Authorization: ${wrong}`, `Authorization: Bearer ${TOKEN}`],
    [`Cookie: token=${TOKEN}; Authorization=Bearer ${TOKEN}`],
    [`X-Authorization: Bearer ${TOKEN}`, `Proxy-Authorization: Bearer ${TOKEN}`],
    [],
  ];
  return pick(ways, random);
}

function message(line: string, headers: readonly string[], body: string): string {
  const all = ['Host: x', ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`]), 'Connection: close'];
  return `${line}\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}
