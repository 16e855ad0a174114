/** Owns what must be true of a route that comes from a storage. */

import { RouterError, toRouterError } from './errors.ts';
import { parseMetadata, parseName, parseThreshold } from './input.ts';
import { textOf, type Text } from './route-table.ts';
import type { EncoderIdentity, RouteTexts, StoredRoute } from './types.ts';

/** The route with metadata that are a frozen copy; what no router could have stored is `STORAGE_CORRUPT`. */
export function checkRoute(route: StoredRoute): StoredRoute {
  try {
    const { utterances, negatives = [] } = route;
    for (const list of [utterances, negatives]) {
      const { size } = new Set(list.map(textOf));
      if (size < list.length) {
        throw new RangeError(`"${route.name}" has ${list.length} utterances or negatives, ${size} of them distinct`);
      }
    }
    return checkTexts(route);
  } catch (cause) {
    throw damagedRoute(cause);
  }
}

/** As `checkRoute`, but for texts that a list has twice. Throws what it throws of itself. */
export function checkTexts<T extends StoredRoute | RouteTexts>(route: T): T {
  const { name, utterances, negatives = [], threshold, metadata } = route;
  parseName(name);
  if (utterances.length === 0) throw new RangeError(`"${name}" has no utterances`);
  for (const list of [utterances, negatives] as readonly (readonly Text[])[]) {
    for (const text of list) {
      if (typeof text === 'string') continue;
      const type = typeof textOf(text);
      if (type !== 'string') throw new TypeError(`"${name}" has an utterance that is a ${type}`);
    }
  }
  if (threshold !== undefined) parseThreshold(threshold, name);
  return metadata === undefined ? route : { ...route, metadata: parseMetadata(metadata, name) };
}

export function sameIdentity(a: EncoderIdentity, b: EncoderIdentity): boolean {
  return a.id === b.id && a.dimensions === b.dimensions;
}

/** `CAPACITY` as it is, anything else as `STORAGE_CORRUPT`. */
export function damagedRoute(cause: unknown): RouterError {
  if (cause instanceof RouterError && cause.code === 'CAPACITY') return cause;
  const { message } = toRouterError(cause, 'STORAGE_CORRUPT', 'Reading it');
  return new RouterError('STORAGE_CORRUPT', `Got a stored route that is damaged. ${message}`, { cause });
}
