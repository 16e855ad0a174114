/** Owns the edits of routes, each with its way back. Makes none itself. */

import type { MutationReceipt, Route, RouteSnapshot, Router } from 'synaptoroute/browser';
import type { Edit } from './edits.ts';

/** Which sentences of a route. */
export type SentenceKind = 'utterances' | 'negatives';

/** A route as it was written: a threshold that was learnt is none of its own. */
export function toRoute({ name, utterances, negatives, threshold, thresholdFrom, metadata }: RouteSnapshot): Route {
  return {
    name,
    utterances,
    ...(negatives && { negatives }),
    ...(thresholdFrom === 'route' && { threshold }),
    ...(metadata && { metadata }),
  };
}

export function addRoute(route: Route): Edit {
  return {
    label: `Add ${route.name}`,
    make: async (router) => ({
      receipts: [await router.addRoute(route)],
      undo: async (then) => [await then.removeRoute(route.name)],
    }),
  };
}

export function removeRoute(snapshot: RouteSnapshot): Edit {
  return {
    label: `Remove ${snapshot.name}`,
    make: async (router) => ({
      receipts: [await router.removeRoute(snapshot.name)],
      undo: async (then) => [await then.addRoute(toRoute(snapshot))],
    }),
  };
}

export function renameRoute(snapshot: RouteSnapshot, name: string): Edit {
  const route = toRoute(snapshot);
  return {
    label: `Rename ${snapshot.name} to ${name}`,
    make: async (router) => ({
      receipts: await replaceRoute(router, snapshot.name, { ...route, name }),
      undo: (then) => replaceRoute(then, name, route),
    }),
  };
}

/** The new one first: where it is refused, the old one is still there. */
async function replaceRoute(router: Router, name: string, route: Route): Promise<readonly MutationReceipt[]> {
  const added = await router.addRoute(route);
  return [added, await router.removeRoute(name)];
}

export function addSentences({ name, ...route }: RouteSnapshot, kind: SentenceKind, texts: readonly string[]): Edit {
  const known = new Set(route[kind]);
  const added = [...new Set(texts)].filter((text) => !known.has(text));
  const noun = kind === 'utterances' ? 'sentence' : 'negative';
  return {
    label: `Add ${added.length} ${noun}${added.length === 1 ? '' : 's'} to ${name}`,
    async make(router) {
      if (added.length === 0) return { receipts: [] };
      return {
        receipts: [await add(router, kind, name, added)],
        undo: async (then) => [await remove(then, kind, name, added)],
      };
    },
  };
}

export function removeSentence({ name }: RouteSnapshot, kind: SentenceKind, text: string): Edit {
  return {
    label: `Remove “${shorten(text)}” from ${name}`,
    make: async (router) => ({
      receipts: [await remove(router, kind, name, [text])],
      undo: async (then) => [await add(then, kind, name, [text])],
    }),
  };
}

function add(router: Router, kind: SentenceKind, name: string, texts: readonly string[]): Promise<MutationReceipt> {
  return kind === 'utterances' ? router.addUtterances(name, texts) : router.addNegatives(name, texts);
}

function remove(router: Router, kind: SentenceKind, name: string, texts: readonly string[]): Promise<MutationReceipt> {
  return kind === 'utterances' ? router.removeUtterances(name, texts) : router.removeNegatives(name, texts);
}

/** `before`: what was set; `undefined`: it was learnt. */
export function setThreshold(name: string, to: number | undefined, before: number | undefined): Edit {
  return {
    label: to === undefined ? `Let ${name} learn its threshold` : `Set the threshold of ${name} to ${to.toFixed(2)}`,
    make: async (router) => ({
      receipts: [await router.setThreshold(name, to)],
      undo: async (then) => [await then.setThreshold(name, before)],
    }),
  };
}

/** What a user says is right; the router makes of it an utterance, a negative, or both. */
export function teach(text: string, expected: string | null): Edit {
  return {
    label: `Teach that “${shorten(text)}” is ${expected ?? 'of no route'}`,
    async make(router) {
      const feedback = await router.feedback(text, { expected });
      const { receipts } = feedback;
      return { receipts, ...(receipts.length > 0 && { undo: () => feedback.undo() }) };
    },
  };
}

/** These in place of all; where one is refused, all is as it was. */
export function replaceAll(label: string, routes: readonly Route[]): Edit {
  return {
    label,
    async make(router) {
      const before = await router.exportFile();
      const old = await router.routes();
      try {
        const removed = old.map(({ name }) => router.removeRoute(name));
        const added = routes.map((route) => router.addRoute(route));
        // All have settled before anything is put back.
        const results = await Promise.allSettled([...removed, ...added]);
        const receipts = results.map((result) => {
          if (result.status === 'rejected') throw result.reason;
          return result.value;
        });
        return { receipts, undo: async (then) => [await then.importFile(before)] };
      } catch (error) {
        await router.importFile(before);
        throw error;
      }
    },
  };
}

export function importAll(label: string, file: Uint8Array): Edit {
  return {
    label,
    async make(router) {
      const before = await router.exportFile();
      const receipt = await router.importFile(file, { onMismatch: 'reencode' });
      return { receipts: [receipt], undo: async (then) => [await then.importFile(before)] };
    },
  };
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
