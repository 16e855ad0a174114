/** Owns what a router is put together from: which methods an encoder and a storage have, and which options there are. */

import { guarded, show } from './guard.ts';
import { invalidOption, parseCosine, parseDimensions, parseObject } from './input.ts';
import type { Encoder, Router, Storage } from './types.ts';

export const parseEncoder: (encoder: unknown) => Encoder = guarded((encoder) => {
  const parsed = parsePart<Encoder>(encoder, 'encoder', ['encode']);
  const { id, dimensions, defaultThreshold } = parsed;
  if (typeof id !== 'string' || id === '')
    throw invalidOption(`Expected \`encoder.id\` to be a text, got ${show(id)}.`);
  // What is missing is no default here: a threshold of NaN lets nothing pass, in silence.
  parseDimensions(dimensions, 'encoder.dimensions');
  parseCosine(defaultThreshold ?? NaN, 'encoder.defaultThreshold', 0);
  return parsed;
});

export const parseStorage: (storage: unknown) => Storage = guarded((storage) =>
  parsePart<Storage>(storage, 'storage', ['load', 'apply', 'status', 'close']),
);

export const parseRouter: (router: unknown) => Router = guarded((router) =>
  parsePart<Router>(router, 'router', ['query', 'queryMany', 'addRoute', 'routes', 'status']),
);

export function parsePart<T extends object>(part: unknown, name: string, methods: readonly (string & keyof T)[]): T {
  if (
    typeof part === 'object' &&
    part !== null &&
    methods.every((method) => typeof (part as T)[method] === 'function')
  ) {
    return part as T;
  }
  const all = methods.map((method) => `${method}()`).join(', ');
  throw invalidOption(`Expected \`${name}\` to have ${all}, got ${show(part)}.`);
}

/** Refuses what is no option: a misspelt one would be its default in silence, and `storage` memory. */
export function parseOptionNames<T extends object>(options: T, known: Readonly<Record<keyof T, true>>): T {
  // A copy, so that a getter is read here and nowhere else.
  const read = guarded((given: T): T => ({ ...(parseObject(given, 'options') as T) }))(options);
  const unknown = Object.keys(read).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return read;
  throw invalidOption(
    `Got \`${unknown.slice(0, 40)}\`, which is no option; there are ${Object.keys(known).join(', ')}.`,
  );
}
