/** Owns what a caller may read of an exported file without a router. */

import { refuseUnsound } from './load-table.ts';
import { decodeRouterFile } from './router-file.ts';
import type { StoredState } from './stored.ts';

/**
 * Reads what `exportFile()` gave: the encoder's identity, and every route with the vectors of its utterances and
 * negatives, in order. The vectors are views of one copy of the file, each of unit length or all zeros.
 *
 * @example
 * const { encoder, routes } = readRouterFile(await router.exportFile());
 * const [first] = routes[0]?.utterances ?? []; // { text, vector }
 * @throws RouterError `STORAGE_CORRUPT` for bytes that are no whole export or whose content makes no sense,
 * `UNSUPPORTED` for a later release's form, `INVALID_OPTION` for what is no bytes
 */
export function readRouterFile(file: Uint8Array): StoredState {
  const state = decodeRouterFile(file);
  refuseUnsound(state.encoder, state);
  return state;
}
