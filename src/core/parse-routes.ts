/** Owns the reading of routes that other programs wrote down, as far as they say what a route of ours says. */

import { RouterError, messageOf } from './errors.ts';
import { guarded, readItems } from './guard.ts';
import { parseRoute } from './input.ts';
import type { Route } from './types.ts';

/**
 * Routes from JSON text, or from what a YAML parser made of a file: a list of routes, or an object with `routes`.
 *
 * Reads what `JSON.stringify(await router.routes())` gives (a threshold that was learnt is left to be learnt anew), and the configuration of aurelio's semantic-router (its
 * `score_threshold` is `threshold`; a `description` becomes metadata; encoder, function schemas and `llm` are left
 * out, for a route of ours has none). Vectors are made when the routes are added.
 *
 * @example
 * for (const route of parseRoutes(await readFile('layer.json', 'utf8'))) await router.addRoute(route);
 * @throws RouterError `INVALID_ROUTE`, naming the route
 */
export const parseRoutes: (source: unknown) => readonly Route[] = guarded((source) => {
  const value = typeof source === 'string' ? parseJson(source) : source;
  const list = isObject(value) && 'routes' in value ? value['routes'] : value;
  if (!Array.isArray(list)) {
    throw new RouterError('INVALID_ROUTE', 'Got no list of routes; pass a list, or an object with one as `routes`.');
  }
  return readItems(list, 'routes', 'INVALID_ROUTE').map(toRoute);
}, 'INVALID_ROUTE');

function toRoute(value: unknown, index: number): Route {
  if (!isObject(value)) {
    throw new RouterError(
      'INVALID_ROUTE',
      `Got entry ${index} of the routes, which is no object; pass {name, utterances}.`,
    );
  }
  const { name, utterances, negatives, metadata, description } = value;
  const isLearnt = 'thresholdFrom' in value && value['thresholdFrom'] !== 'route';
  const threshold = isLearnt ? undefined : (value['threshold'] ?? value['score_threshold'] ?? undefined);
  const described = {
    ...(isObject(metadata) ? metadata : {}),
    ...(typeof description === 'string' && { description }),
  };
  const route: unknown = {
    name,
    utterances,
    ...(Array.isArray(negatives) && negatives.length > 0 && { negatives }),
    ...(threshold !== undefined && { threshold }),
    ...(Object.keys(described).length > 0 && { metadata: described }),
  };
  return parseRoute(route as Route);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RouterError(
      'INVALID_ROUTE',
      `Got text that is no JSON (${messageOf(cause)}); parse YAML first, and pass what the parser gives.`,
      { cause },
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
