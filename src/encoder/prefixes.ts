import { RouterError } from '../core/errors.ts';
import type { TextKind } from '../core/types.ts';

/** What a model wants before each text, by its kind. */
export type Prefixes = Readonly<Partial<Record<TextKind, string>>>;

/** Throws `INVALID_OPTION`. */
export function parsePrefixes(prefixes: Prefixes = {}): Prefixes {
  const texts = Object.entries(prefixes);
  if (texts.every(([kind, text]) => ['query', 'utterance'].includes(kind) && typeof text === 'string')) return prefixes;
  throw new RouterError('INVALID_OPTION', 'Expected `prefixes` to be {query?, utterance?} of strings.');
}
