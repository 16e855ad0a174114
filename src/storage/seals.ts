import { RouterError } from '../core/errors.ts';
import { checksum } from '../core/kernel/checksum.ts';

/** Characters of a checksum behind a text: five bits each, and none that JSON escapes. */
const SEAL_LENGTH = 7;
const FIRST_CODE = 48;

let words = new Uint32Array(1024);

/** @param length of it, in front */
export function sumOfText(text: string, length: number = text.length): number {
  if (words.length < length) words = new Uint32Array(2 * length);
  for (let i = 0; i < length; i++) words[i] = text.charCodeAt(i);
  return checksum(words, 0, length, length);
}

/** A text with its checksum behind it; equal texts have equal ones, so that a column of them can be searched. */
export function sealText(text: string): string {
  const sum = sumOfText(text);
  const codes = Array.from({ length: SEAL_LENGTH }, (_, i) => FIRST_CODE + ((sum >>> (5 * i)) & 31));
  return text + String.fromCharCode(...codes);
}

/** Most routes have neither a threshold nor metadata. */
const SEALED_EMPTY = sealText('');

/** The text of a sealed one; `undefined` where it is none, or not what was sealed. */
export function openText(sealed: unknown): string | undefined {
  if (sealed === SEALED_EMPTY) return '';
  if (typeof sealed !== 'string' || sealed.length < SEAL_LENGTH) return undefined;
  const length = sealed.length - SEAL_LENGTH;
  const sum = sumOfText(sealed, length);
  for (let i = 0; i < SEAL_LENGTH; i++) {
    if (sealed.charCodeAt(length + i) !== FIRST_CODE + ((sum >>> (5 * i)) & 31)) return undefined;
  }
  return sealed.slice(0, length);
}

export function sumOfBytes(bytes: Uint8Array, seed: number): number {
  return checksum(new Uint32Array(bytes), 0, bytes.length, seed);
}

/**
 * What a pair adds to a sum of many. Both factors are odd: another `a` or another `b` always gives another product. A
 * trigger of the SQL schema says the same.
 */
export function sumOfPair(a: number, b: number): number {
  return Math.imul(2 * a + 1, 2 * b + 1) >>> 0;
}

/** What each revision adds to the sum of all rows. */
export const REVISION_SUM = 65_537;

/** @param what is damaged, and where it lies */
export function damaged(what: string): RouterError {
  return new RouterError('STORAGE_CORRUPT', `Got ${what}; restore the database from a copy or an export.`);
}
