/** Owns a fit as it is kept: what was learnt, its form as bytes, and whether the routes are still those it was learnt from. */

import { RouterError } from '../errors.ts';
import { decodeHead, encodeHead, type Head } from '../head/head.ts';
import type { LogisticModel } from '../logistic.ts';

export interface Fit {
  /** Names of the head's classes. */
  readonly routes: readonly string[];
  readonly head: Head;
  /** What words weigh beside the head's log-probability. */
  readonly lexicalWeight: number;
  /** Where thresholds lie between own and foreign scores; see calibration.ts. */
  readonly towards: number;
  readonly minConfidence: number;
  readonly confidence: LogisticModel;
  /** Hash of every utterance, ascending. */
  readonly utterances: Int32Array;
}

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean },
) => { decode(bytes: Uint8Array): string };

/** So large a share of the utterances may change before a fit is outdated. */
const MOST_CHANGED = 0.1;
const MAGIC = 'SRFT';
const VERSION = 1;

type Facts = Omit<Fit, 'head' | 'utterances'> & { readonly version: number; readonly utteranceCount: number };

/** Magic, length of the facts, the facts as JSON padded to 4 bytes, utterance hashes, head; all little-endian. */
export function encodeFit({ head, utterances, ...rest }: Fit): Uint8Array {
  const facts: Facts = { ...rest, version: VERSION, utteranceCount: utterances.length };
  const json = new TextEncoder().encode(JSON.stringify(facts));
  const padded = Math.ceil(json.length / 4) * 4;
  const headBytes = encodeHead(head);
  const bytes = new Uint8Array(8 + padded + utterances.length * 4 + headBytes.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint32(4, json.length, true);
  bytes.fill(32, 8, 8 + padded);
  bytes.set(json, 8);
  for (const [i, hash] of utterances.entries()) view.setInt32(8 + padded + i * 4, hash, true);
  bytes.set(headBytes, 8 + padded + utterances.length * 4);
  return bytes;
}

/** Throws `STORAGE_CORRUPT` for bytes that `encodeFit` did not make. */
export function decodeFit(bytes: Uint8Array): Fit {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const magic = String.fromCharCode(...bytes.subarray(0, 4));
    const jsonLength = view.getUint32(4, true);
    const facts = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + jsonLength)),
    ) as Facts;
    if (magic !== MAGIC || facts.version !== VERSION) throw new RangeError(`it begins with ${magic} ${facts.version}`);
    const start = 8 + Math.ceil(jsonLength / 4) * 4;
    const { utteranceCount, version: _, ...rest } = facts;
    const utterances = Int32Array.from({ length: utteranceCount }, (__, i) => view.getInt32(start + i * 4, true));
    const head = decodeHead(bytes.subarray(start + utteranceCount * 4));
    if (!isSound(rest) || rest.routes.length !== head.labelCount)
      throw new RangeError('its parts do not fit each other');
    return { ...rest, utterances, head };
  } catch (cause) {
    if (cause instanceof RouterError) throw cause;
    throw new RouterError(
      'STORAGE_CORRUPT',
      `Got a stored fit that is damaged: ${(cause as Error).message}; fit the router again.`,
      { cause },
    );
  }
}

function isSound({
  routes,
  lexicalWeight,
  towards,
  minConfidence,
  confidence,
}: Omit<Fit, 'head' | 'utterances'>): boolean {
  return (
    Array.isArray(routes) &&
    [lexicalWeight, towards, minConfidence, ...confidence].every(Number.isFinite) &&
    confidence.length === CONFIDENCE_FEATURES + 1
  );
}

/** Score, margin between scores, lead of the preference. */
export const CONFIDENCE_FEATURES = 3;

/** Whether a fit speaks of these routes. */
export function isOfRoutes(fit: Fit, routes: readonly { readonly name: string }[]): boolean {
  const names = new Set(fit.routes);
  return routes.length === names.size && routes.every(({ name }) => names.has(name));
}

/** So many utterances may differ from those that were learnt. */
export function mostChanged(fit: Fit): number {
  return fit.utterances.length * MOST_CHANGED;
}

/** Hashes of texts, ascending: a fit's memory of what it was learnt from. */
export function hashTexts(texts: Iterable<string>): Int32Array {
  return Int32Array.from(texts, hashText).toSorted();
}

/** How many hashes are in one list and not in the other. */
export function countDifferent(a: Int32Array, b: Int32Array): number {
  let [i, j, common] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const difference = (a[i] as number) - (b[j] as number);
    if (difference === 0) common++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return a.length + b.length - 2 * common;
}

function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
