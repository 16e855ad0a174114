/** Owns what must be true of a route that comes from a storage. */

import { RouterError, toRouterError } from './errors.ts';
import { parseMetadata, parseName, parseThreshold } from './input.ts';
import type { EncoderIdentity, RouteTexts, StoredRoute } from './types.ts';

/** The route with metadata that are a frozen copy; what no router could have stored is `STORAGE_CORRUPT`. */
export function checkRoute(route: StoredRoute): StoredRoute {
  try {
    const { name, utterances, negatives = [] } = route;
    for (const list of [utterances, negatives]) {
      const texts = new Set<string>();
      for (const { text } of list) {
        if (typeof text !== 'string') throw new TypeError(`"${name}" has an utterance that is a ${typeof text}`);
        texts.add(text);
      }
      if (texts.size < list.length) {
        throw new RangeError(`"${name}" has ${list.length} utterances or negatives, ${texts.size} of them distinct`);
      }
    }
    return checkHead(route);
  } catch (cause) {
    throw damagedRoute(cause);
  }
}

/** As `checkRoute`, but for the texts. Throws what it throws of itself. */
export function checkHead<T extends StoredRoute | RouteTexts>(route: T): T {
  const { name, utterances, threshold, metadata } = route;
  parseName(name);
  if (utterances.length === 0) throw new RangeError(`"${name}" has no utterances`);
  if (threshold !== undefined) parseThreshold(threshold, name);
  return metadata === undefined ? route : { ...route, metadata: parseMetadata(metadata, name) };
}

export function sameIdentity(a: EncoderIdentity, b: EncoderIdentity): boolean {
  return a.id === b.id && a.dimensions === b.dimensions;
}

/** What has a code that fits as it is, anything else as `STORAGE_CORRUPT`. */
export function damagedRoute(cause: unknown): RouterError {
  if (cause instanceof RouterError && ['CAPACITY', 'STORAGE_CORRUPT'].includes(cause.code)) return cause;
  const { message } = toRouterError(cause, 'STORAGE_CORRUPT', 'Reading it');
  return new RouterError('STORAGE_CORRUPT', `Got a stored route that is damaged. ${message}`, { cause });
}
