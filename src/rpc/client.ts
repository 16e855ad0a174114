/** Owns a `Router` that lives behind a port, as if it were here: arguments are checked on this side, by the same rules. */

import { makeDisposable } from '../core/disposable.ts';
import { guarded } from '../core/guard.ts';
import {
  parseFitOptions,
  parseName,
  parseQueries,
  parseQuery,
  parseRoute,
  parseTextKind,
  parseThreshold,
  parseUtterances,
} from '../core/input.ts';
import { parseCandidateCount, parseEvaluated, parseProgress } from '../core/report-input.ts';
import type { ModelRouter } from '../core/types.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import type { RouterPort } from './wire.ts';

/**
 * Connects to a router that `serveRouter` serves at the port's other end, and has it opened.
 *
 * Rejects with what opening rejected with there. From the moment that the other side is known to be
 * gone, every pending and every later call rejects with `WORKER_LOST`.
 */
export async function connectRouter(port: RouterPort, connectOptions: ConnectOptions = {}): Promise<ModelRouter> {
  const connection = guarded(() => new Connection(port, connectOptions))();
  await connection.opened;
  return makeDisposable<ModelRouter>({
    addRoute: async (route, options) => connection.mutate({ method: 'addRoute', args: [parseRoute(route)] }, options),
    removeRoute: async (name) => connection.mutate({ method: 'removeRoute', args: [parseName(name)] }),
    addUtterances: async (name, texts, options) =>
      connection.mutate({ method: 'addUtterances', args: [parseName(name), parseUtterances(texts, name)] }, options),
    removeUtterances: async (name, texts) =>
      connection.mutate({ method: 'removeUtterances', args: [parseName(name), parseUtterances(texts, name)] }),
    addNegatives: async (name, texts, options) =>
      connection.mutate({ method: 'addNegatives', args: [parseName(name), parseUtterances(texts, name)] }, options),
    removeNegatives: async (name, texts) =>
      connection.mutate({ method: 'removeNegatives', args: [parseName(name), parseUtterances(texts, name)] }),
    fit: async (options) => {
      const { samples, maxErrorRate, folds, seed } = parseFitOptions(options);
      const args = [{ samples, folds, seed, ...(maxErrorRate !== undefined && { maxErrorRate }) }] as const;
      return connection.mutate({ method: 'fit', args }, options);
    },
    dropFit: async () => connection.mutate({ method: 'dropFit', args: [] }),
    setThreshold: async (name, value) => {
      const threshold = value === undefined ? undefined : parseThreshold(value, name);
      return connection.mutate({ method: 'setThreshold', args: [parseName(name), threshold] });
    },
    query: async (text, options) => connection.call({ method: 'query', args: [parseQuery(text)] }, options),
    queryMany: async (texts, options) => connection.call({ method: 'queryMany', args: [parseQueries(texts)] }, options),
    encode: async (texts, options) =>
      connection.call({ method: 'encode', args: [parseQueries(texts), parseTextKind(options)] }, options),
    explain: async (text, options) =>
      connection.call({ method: 'explain', args: [parseQuery(text), parseCandidateCount(options)] }, options),
    replay: async (texts, changes, options) =>
      connection.call({ method: 'replay', args: [parseQueries(texts), changes] }, options),
    lint: async (options) => connection.call({ method: 'lint', args: [] }, options),
    evaluate: async (samples, options) => {
      const tell = parseProgress(options);
      const args = [parseEvaluated(samples), tell && 'told'] as const;
      return connection.call({ method: 'evaluate', args }, options, tell);
    },
    routes: () => connection.call({ method: 'routes', args: [] }),
    flush: () => connection.call<undefined>({ method: 'flush', args: [] }),
    reload: () => connection.call<undefined>({ method: 'reload', args: [] }),
    exportFile: () => connection.call({ method: 'exportFile', args: [] }),
    importFile: async (file, options) =>
      connection.mutate({ method: 'importFile', args: [file, guarded(() => options?.onMismatch)()] }, options),
    setModel: async (choice, options) => connection.mutate({ method: 'setModel', args: [choice] }, options),
    status: () => connection.call({ method: 'status', args: [] }),
    close: (options) => connection.close(options),
  });
}
