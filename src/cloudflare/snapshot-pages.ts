/** Owns how a stored state is cut into pages that one message can carry, and put together again. */

import type { StoredRoute, StoredState, StoredUtterance } from '../core/types.ts';
import { MAX_MESSAGE_BYTES, type SnapshotPage } from './object-wire.ts';

type PageRoutes = readonly StoredRoute[];

/** What of a route is on one page. */
interface Part extends Omit<StoredRoute, 'utterances' | 'negatives'> {
  utterances: StoredUtterance[];
  negatives?: StoredUtterance[];
}

/** At least one page; each within `maxBytes`, or with one utterance or one route's head. */
export function cutIntoPages(
  routes: readonly StoredRoute[],
  maxBytes: number = MAX_MESSAGE_BYTES,
): readonly PageRoutes[] {
  const pages: Part[][] = [[]];
  let pageBytes = 0;

  /** Begins the next page where the last has no room. */
  function makeRoom(byteLength: number): boolean {
    const isFull = pageBytes > 0 && pageBytes + byteLength > maxBytes;
    if (isFull) pages.push([]);
    pageBytes = isFull ? byteLength : pageBytes + byteLength;
    return isFull;
  }

  for (const { utterances, negatives = [], ...head } of routes) {
    let part: Part = { ...head, utterances: [] };
    makeRoom(JSON.stringify(head).length);
    pages.at(-1)?.push(part);
    for (const [list, kind] of [[utterances, 'utterances'] as const, [negatives, 'negatives'] as const]) {
      for (const utterance of list) {
        if (makeRoom(bytesOf(utterance))) pages.at(-1)?.push((part = { name: head.name, utterances: [] }));
        (part[kind] ??= []).push(copy(utterance));
      }
    }
  }
  return pages;
}

export function joinPages(pages: readonly SnapshotPage[]): StoredState {
  const [first] = pages as readonly [SnapshotPage, ...SnapshotPage[]];
  const routes = new Map<string, Part>();
  for (const { utterances, negatives, ...head } of pages.flatMap((page) => page.routes)) {
    let route = routes.get(head.name);
    if (!route) routes.set(head.name, (route = { ...head, utterances: [] }));
    for (const utterance of utterances) route.utterances.push(utterance);
    for (const negative of negatives ?? []) (route.negatives ??= []).push(negative);
  }
  return { encoder: first.encoder, routes: [...routes.values()], ...(first.fit && { fit: first.fit }) };
}

/** With a vector of its own: a view would drag the whole buffer that it looks at over the wire. */
function copy(utterance: StoredUtterance): StoredUtterance {
  return { ...utterance, vector: utterance.vector.slice() };
}

function bytesOf({ text, vector }: StoredUtterance): number {
  return 2 * text.length + vector.byteLength + 64;
}
