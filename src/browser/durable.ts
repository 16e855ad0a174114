/** Owns a router whose routes are kept: one for all tabs of a name, on the storage that this browser has. */

import { RouterError } from '../core/errors.ts';
import { parseChoice, parseDecisionOptions, parseName, parseObject, parseRecovery } from '../core/input.ts';
import type { ModelRouter, Storage } from '../core/types.ts';
import type { OpenRequest } from '../rpc/server.ts';
import { canTakeOver, describeRoom, openStorage, prepareStorage } from './choose-storage.ts';
import type { ModelChoice } from '../encoder/model-choice.ts';
import type { NamedStorage, WorkerConfig } from './config.ts';
import { openTabRouter } from './tabs/tab-router.ts';

type OpenHere = (
  config: WorkerConfig,
  request: Omit<OpenRequest, 'config'>,
  openStorage: () => Promise<Storage>,
) => Promise<ModelRouter>;

/** What can be loaded of an encoder before its model is. */
type PrepareEncoder = (config: WorkerConfig, signal: AbortSignal) => Promise<void>;

/**
 * Rejects with `INVALID_OPTION`, `UNSUPPORTED` where the page is not secure, `STORAGE_FAILED`, `STORAGE_CORRUPT`, and
 * what opening a model and a router rejects with.
 */
export async function openDurable(
  config: WorkerConfig,
  request: OpenRequest,
  { openHere, prepareEncoder }: { readonly openHere: OpenHere; readonly prepareEncoder: PrepareEncoder },
): Promise<ModelRouter> {
  const choice = parseStorage(config.storage);
  parseRecovery(config);
  if (!isSecureContext) throw insecure();
  // Opened for all tabs, so that it does not end with what this one asked for.
  const { signal } = new AbortController();
  const router = await openTabRouter(
    {
      name: choice.name,
      model: modelOf(config),
      deciding: parseDecisionOptions(config),
      open: (model, listener) =>
        openHere({ ...config, ...modelOf(model) }, { ...listener, signal }, () => openStorage(choice)),
      listener: { onProgress: request.onProgress, onReencode: request.onReencode },
      async prepare(each) {
        await Promise.all([prepareEncoder(config, each), prepareStorage(choice)]);
      },
      canTakeOver: () => canTakeOver(choice),
    },
    request.signal,
  );
  return {
    ...router,
    async status() {
      const status = await router.status();
      return { ...status, storage: { ...status.storage, ...(await describeRoom()) } };
    },
  };
}

/** What decides about vectors and scores, and so must be alike in every tab. */
function modelOf(config: ModelChoice): ModelChoice {
  const { model, tokenizer, dtype, pooling, prefixes, maxTokens, defaultThreshold } = config;
  return { model, tokenizer, dtype, pooling, prefixes, maxTokens, defaultThreshold } as ModelChoice;
}

function parseStorage(input: unknown): Required<Pick<NamedStorage, 'name' | 'kind'>> {
  const { name, kind, persist } = parseObject(input, 'storage') as NamedStorage;
  parseChoice(persist, 'storage.persist', ['leave', 'request']);
  try {
    return { name: parseName(name), kind: parseChoice(kind, 'storage.kind', ['auto', 'opfs', 'indexeddb']) };
  } catch (cause) {
    const why = cause instanceof RouterError && cause.code === 'INVALID_OPTION' ? cause.message : undefined;
    throw new RouterError('INVALID_OPTION', why ?? 'Expected `storage.name` to be 1 to 64 of A-Z a-z 0-9 _ -.', {
      cause,
    });
  }
}

function insecure(): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    "Got a page that is not secure, where browsers keep no files and have no locks; serve it over https or from localhost, or pass storage: 'memory'.",
  );
}
