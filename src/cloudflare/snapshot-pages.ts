/** Owns how a stored state is cut into pages that one message can carry, and put together again. */

import type { StoredRoute, StoredState, StoredUtterance } from '../core/types.ts';
import { MAX_MESSAGE_BYTES, type SnapshotPage } from './object-wire.ts';

type PageRoutes = readonly StoredRoute[];

/** At least one page; each within `maxBytes`, or with one utterance. */
export function cutIntoPages(
  routes: readonly StoredRoute[],
  maxBytes: number = MAX_MESSAGE_BYTES,
): readonly PageRoutes[] {
  const pages: StoredRoute[][] = [[]];
  let pageBytes = 0;
  for (const { utterances, negatives = [], ...rest } of routes) {
    let head: Omit<StoredRoute, 'utterances'> = {
      ...rest,
      ...(negatives.length > 0 && { negatives: negatives.map(copy) }),
    };
    let part: StoredUtterance[] = [];
    pageBytes += JSON.stringify(rest).length + negatives.reduce((bytes, negative) => bytes + bytesOf(negative), 0);
    for (const utterance of utterances) {
      if (pageBytes + bytesOf(utterance) > maxBytes && (part.length > 0 || pages.at(-1)?.length !== 0)) {
        if (part.length > 0) pages.at(-1)?.push({ ...head, utterances: part });
        // What goes on has been headed.
        if (part.length > 0) head = { name: rest.name };
        part = [];
        pages.push([]);
        pageBytes = 0;
      }
      part.push(copy(utterance));
      pageBytes += bytesOf(utterance);
    }
    pages.at(-1)?.push({ ...head, utterances: part });
  }
  return pages;
}

export function joinPages(pages: readonly SnapshotPage[]): StoredState {
  const [first] = pages as readonly [SnapshotPage, ...SnapshotPage[]];
  const routes = new Map<string, StoredRoute & { readonly utterances: StoredUtterance[] }>();
  for (const route of pages.flatMap((page) => page.routes)) {
    const known = routes.get(route.name);
    if (known) known.utterances.push(...route.utterances);
    else routes.set(route.name, { ...route, utterances: [...route.utterances] });
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
