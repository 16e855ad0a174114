/**
 * Owns the form of a whole router as one file, and the trust in such files.
 *
 * All numbers are little-endian, every section is padded with zeros to a multiple of 4 bytes:
 *
 *     bytes  0  8  "SYNROUTE"
 *            8  4  version of this form: 1
 *           12  4  dimensions
 *           16  4  count of vectors
 *           20  4  bytes of the text
 *           24  4  bytes of the fit, 0xffffffff for none
 *           28  4  checksum of the text, 32 of the fit, 36 of the vectors, 40 of bytes 0 to 39 (checksum.ts)
 *           44     the text: JSON {encoder, routes: [{name, threshold?, metadata?, utterances, negatives?}]}
 *                  the fit
 *                  the vectors: float32, row-major, in the order of the utterances and then the negatives of each route
 */

import { checksum } from './kernel/checksum.ts';
import { RouterError, messageOf } from './errors.ts';
import type { Metadata, StoredRoute, StoredState } from './stored.ts';

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (label: string, options: { fatal: boolean }) => { decode(bytes: Uint8Array): string };

const MAGIC = [0x52_4e_59_53, 0x45_54_55_4f];
const VERSION = 1;
const HEADER_BYTES = 44;
const NO_FIT = 0xff_ff_ff_ff;

interface RouteRecord {
  readonly name: string;
  readonly threshold?: number;
  readonly metadata?: Metadata;
  readonly utterances: readonly string[];
  readonly negatives?: readonly string[];
}

interface FileText {
  readonly encoder: string;
  readonly routes: readonly RouteRecord[];
}

/** Of a state without damage. */
export function encodeRouterFile({ encoder, routes, fit }: StoredState): Uint8Array {
  const { dimensions } = encoder;
  const records = routes.map(({ utterances, negatives, ...rest }) => ({
    ...rest,
    utterances: utterances.map(({ text }) => text),
    ...(negatives && { negatives: negatives.map(({ text }) => text) }),
  }));
  const vectors = routes.flatMap(({ utterances, negatives = [] }) =>
    [...utterances, ...negatives].map(({ vector }) => vector),
  );
  const text = new TextEncoder().encode(JSON.stringify({ encoder: encoder.id, routes: records } satisfies FileText));
  const sections = sectionsOf(text.length, fit?.length ?? 0, vectors.length * dimensions * 4);
  const file = new Uint8Array(sections.end);
  const words = new Uint32Array(file.buffer);
  file.set(text, sections.text);
  if (fit) file.set(fit, sections.fit);
  const floats = new Float32Array(file.buffer, sections.vectors);
  for (const [i, vector] of vectors.entries()) floats.set(vector, i * dimensions);
  const sums = sumsOf(words, sections);
  words.set([...MAGIC, VERSION, dimensions, vectors.length, text.length, fit ? fit.length : NO_FIT, ...sums]);
  words[10] = checksum(words, 0, 10, 0);
  return file;
}

/**
 * @throws RouterError `STORAGE_CORRUPT` for a file that is none or is damaged, `UNSUPPORTED` for
 * one of a later release, `INVALID_OPTION` for what is no bytes
 */
export function decodeRouterFile(given: Uint8Array): StoredState {
  // By its tag, for bytes may be of another realm; any object may have that tag, but only an array is a view.
  if (!ArrayBuffer.isView(given) || Object.prototype.toString.call(given) !== '[object Uint8Array]') {
    throw new RouterError(
      'INVALID_OPTION',
      'Expected `file` to be a Uint8Array; pass the bytes that exportFile() gave.',
    );
  }
  try {
    return decode(given);
  } catch (error) {
    if (error instanceof RouterError) throw error;
    // Whole bytes of another shape than ours.
    throw noFile(messageOf(error));
  }
}

function decode(given: Uint8Array): StoredState {
  // A copy, aligned, and the caller's own to change; slice() of Node's Buffer would be a view.
  const file = new Uint8Array(given);
  if (file.length < HEADER_BYTES || file.length % 4 !== 0) throw noFile(`${file.length} bytes`);
  const words = new Uint32Array(file.buffer);
  const [first, second, version, dimensions, count, textLength, fitLength, ...sums] = words.slice(
    0,
    11,
  ) as unknown as Header;
  if (first !== MAGIC[0] || second !== MAGIC[1]) throw noFile('other first bytes');
  if (version > VERSION) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got a router file of version ${version}, where this release reads up to ${VERSION}; use a later release of synaptoroute.`,
    );
  }
  const sections = sectionsOf(textLength, fitLength === NO_FIT ? 0 : fitLength, count * dimensions * 4);
  if (checksum(words, 0, 10, 0) !== sums[3] || sections.end !== file.length) throw noFile('a torn header or a cut end');
  if (sumsOf(words, sections).some((sum, i) => sum !== sums[i])) throw noFile('torn content');
  const { encoder, routes } = textOf(file.subarray(sections.text, sections.text + textLength));
  const vectors = new Float32Array(file.buffer, sections.vectors);
  let row = 0;
  const embed = (text: string): { text: string; vector: Float32Array } => ({
    text,
    vector: vectors.subarray(row * dimensions, ++row * dimensions),
  });
  const stored = routes.map(({ utterances, negatives, ...rest }): StoredRoute => ({
    ...rest,
    utterances: utterances.map(embed),
    ...(negatives && { negatives: negatives.map(embed) }),
  }));
  if (row !== count) throw noFile(`${count} vectors for ${row} texts`);
  const fit = fitLength === NO_FIT ? undefined : file.slice(sections.fit, sections.fit + fitLength);
  return { encoder: { id: encoder, dimensions }, routes: stored, ...(fit && { fit }) };
}

type Header = readonly [number, number, number, number, number, number, number, ...number[]];

interface Sections {
  readonly text: number;
  readonly fit: number;
  readonly vectors: number;
  readonly end: number;
}

/** Where each begins, in bytes. */
function sectionsOf(textLength: number, fitLength: number, vectorsLength: number): Sections {
  const fit = HEADER_BYTES + Math.ceil(textLength / 4) * 4;
  const vectors = fit + Math.ceil(fitLength / 4) * 4;
  return { text: HEADER_BYTES, fit, vectors, end: vectors + vectorsLength };
}

function sumsOf(words: Uint32Array, { text, fit, vectors, end }: Sections): readonly number[] {
  return [
    checksum(words, text / 4, fit / 4, 1),
    checksum(words, fit / 4, vectors / 4, 2),
    checksum(words, vectors / 4, end / 4, 3),
  ];
}

function textOf(bytes: Uint8Array): FileText {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as FileText;
  } catch (error) {
    throw noFile(messageOf(error));
  }
}

function noFile(what: string): RouterError {
  return new RouterError(
    'STORAGE_CORRUPT',
    `Got a file that is no whole export of a router (${what}); pass what exportFile() gave, every byte of it.`,
  );
}
