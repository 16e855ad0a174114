/** Owns who may write: a bearer token, compared in constant time; without a configured one, nobody. */

import { RouterError } from '../core/errors.ts';
import { Refusal } from './refusal.ts';

const LEAST_LENGTH = 16;
/** What a header can bring whole. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Throws `INVALID_OPTION` for a token that is too short, or that no request could bring; `undefined` and '' are none. */
export function createGuard(token: string | undefined): (request: Request) => Promise<void> {
  if (token === undefined || token === '') return refuseAll;
  if (typeof token !== 'string' || token.length < LEAST_LENGTH || !PRINTABLE.test(token)) {
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`token\` to be at least ${LEAST_LENGTH} characters of ASCII without blanks; make one with \`openssl rand -hex 32\`.`,
    );
  }
  return async ({ headers }) => {
    const [, given] = /^Bearer +([^\s]+)$/i.exec(headers.get('authorization') ?? '') ?? [];
    if (given !== undefined && (await isSame(given, token))) return;
    throw new Refusal(401, 'UNAUTHORIZED', 'Got no valid token; send Authorization: Bearer and the token for writes.', {
      'WWW-Authenticate': 'Bearer realm="synaptoroute"',
    });
  };
}

async function refuseAll(): Promise<void> {
  throw new Refusal(403, 'WRITES_OFF', 'Writes are off, for no token is configured; the operator has to set one.');
}

/** Hashes of equal length are compared, so that time tells neither length nor prefix. */
async function isSame(given: string, token: string): Promise<boolean> {
  const [a, b] = await Promise.all([hash(given), hash(token)]);
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] as number);
  return difference === 0;
}

async function hash(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
