/** What callers give may be anything, and may throw when it is looked at. */

import { RouterError, toRouterError, type RouterErrorCode } from './errors.ts';

/** Items of one list: a length is only a claim, which an empty array or a proxy makes for nothing. */
const MAX_ITEMS = 1_000_000;

/**
 * The same function for what callers give: their getters, traps and callbacks may throw anything, which becomes a
 * `RouterError` with it as the cause.
 */
export function guarded<A extends readonly unknown[], T>(
  read: (...given: A) => T,
  code: RouterErrorCode = 'INVALID_OPTION',
): (...given: A) => T {
  return (...given) => {
    try {
      return read(...given);
    } catch (error) {
      throw toRouterError(error, code, 'Reading what was passed, which must be plain data,');
    }
  };
}

/** The items of an array, each read once; not of one that is too long, or has holes. */
export function readItems(list: readonly unknown[], what: string, code: RouterErrorCode): readonly unknown[] {
  const { length } = list;
  if (!(length <= MAX_ITEMS)) {
    throw new RouterError(code, `Got ${length} ${what}; pass at most ${MAX_ITEMS}.`);
  }
  return Array.from({ length }, (_, i) => {
    if (i in list) return list[i];
    throw new RouterError(code, `Got ${what} with a hole at position ${i}.`);
  });
}

/** A value for an error message, short whatever it is. */
export function show(value: unknown): string {
  try {
    if (typeof value === 'string') return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
    if (Array.isArray(value)) return `an array of ${value.length}`;
    if (value instanceof Promise) return 'a promise; await it';
    if (typeof value === 'object' && value !== null) return 'an object';
    return typeof value === 'function' ? 'a function' : String(value);
  } catch {
    // A proxy whose traps throw, or one that is revoked.
    return 'an object';
  }
}
