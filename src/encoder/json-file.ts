import { loadError } from './load-errors.ts';

/** Throws `MODEL_LOAD_FAILED`, without a word of what is there instead. */
export function parseJson(bytes: Uint8Array, name: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // As below.
  }
  throw loadError(`Got no JSON object from ${name}; check that the file is whole and what its URL answers.`);
}
