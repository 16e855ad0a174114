/** Owns the trust in storages: what was stored becomes the routes in memory, is mended, or is refused by name. */

import { unlessAborted } from './abort-listeners.ts';
import { embed } from './embed.ts';
import { RouterError, abortError, toRouterError } from './errors.ts';
import { RouteTable } from './route-table.ts';
import { checkRoute, damagedRoute, sameIdentity } from './stored-checks.ts';
import { streamTable, type StreamOptions } from './stream-table.ts';
import type {
  AbortSignalLike,
  Encoder,
  EncoderIdentity,
  KernelChoice,
  Mutation,
  RecoveryOptions,
  Storage,
  StoredRoute,
  StoredState,
  StoredUtterance,
} from './types.ts';
import { isFloat32Array, isUnitOrZero, lengthOf } from './vectors.ts';

export interface LoadOptions extends StreamOptions, Required<Pick<RecoveryOptions, 'onMismatch' | 'onCorrupt'>> {
  readonly onReencode: RecoveryOptions['onReencode'];
  readonly signal: AbortSignalLike | undefined;
  /** Texts in one encoder run. */
  readonly maxBatchSize: number;
}

/**
 * Rejects with `STORAGE_FAILED` where loading fails, `ENCODER_MISMATCH` and `STORAGE_CORRUPT` where the options say so,
 * and `ABORTED` or `TIMEOUT`; nothing stored is changed then.
 */
export async function loadTable(encoder: Encoder, storage: Storage, options: LoadOptions): Promise<RouteTable> {
  const streamed = await streamTable(encoder, storage, options);
  if (streamed) return streamed;
  const { table, state, reencodedTexts } = await tableOf(encoder, await loadState(storage, encoder), options);
  if (reencodedTexts === undefined) return table;
  try {
    await storage.apply(replacement(state));
  } catch (error) {
    throw toRouterError(error, 'STORAGE_FAILED', `Storing ${reencodedTexts} texts encoded anew`);
  }
  return table;
}

export interface Loaded {
  readonly table: RouteTable;
  /** What the table holds, of this encoder. */
  readonly state: StoredState;
  /** Absent where everything could be used as it was. */
  readonly reencodedTexts: number | undefined;
}

/** A table of what was stored or exported, with what cannot be used made anew, or refused. */
export async function tableOf(encoder: Encoder, given: StoredState, options: LoadOptions): Promise<Loaded> {
  const state = { ...given, routes: given.routes.map(checkRoute) };
  if (sameIdentity(state.encoder, encoder)) {
    const table = fillIfSound(encoder, state.routes, options.kernel);
    if (table) return { table: withFit(table, state.fit), state, reencodedTexts: undefined };
    const damages = damagesOf(state.routes, encoder.dimensions);
    if (options.onCorrupt === 'fail') throw damagedVectors([...damages.values()]);
    return reencode({ encoder, state, isStale: (utterance) => damages.has(utterance), options });
  }
  if (options.onMismatch === 'fail') throw mismatch(encoder, state.encoder);
  return reencode({ encoder, state, isStale: () => true, options });
}

/** Throws `ENCODER_MISMATCH` or `STORAGE_CORRUPT` for a state that is not whole and this encoder's. */
export function refuseUnsound(encoder: EncoderIdentity, state: StoredState): void {
  for (const route of state.routes) checkRoute(route);
  if (!sameIdentity(state.encoder, encoder)) throw mismatch(encoder, state.encoder);
  const damages = damagesOf(state.routes, encoder.dimensions);
  if (damages.size > 0) throw damagedVectors([...damages.values()]);
}

/** The changes that put a state in place of everything stored. */
export function replacement({ encoder: { id, dimensions }, routes, fit }: StoredState): readonly Mutation[] {
  const replaceAll = { type: 'replace-all', encoder: { id, dimensions }, routes } as const;
  return fit ? [replaceAll, { type: 'set-fit', fit }] : [replaceAll];
}

/** Opening it is all that one can do with it: a state that is no state is refused, whatever the options. */
export async function loadState(storage: Storage, { id, dimensions }: EncoderIdentity): Promise<StoredState> {
  try {
    const state = (await storage.load({ id, dimensions })) as Partial<StoredState> | null | undefined;
    const { routes, encoder, fit } = state ?? {};
    if (Array.isArray(routes) && typeof encoder?.id === 'string') return { routes, encoder, ...(fit && { fit }) };
  } catch (error) {
    throw toRouterError(error, 'STORAGE_FAILED', 'Loading the routes');
  }
  throw new RouterError(
    'STORAGE_CORRUPT',
    'Got no encoder and list of routes from the storage; it must resolve to {encoder, routes}.',
  );
}

/** `undefined` where a vector cannot be used. The index measures as it copies, in a tenth of the time that it takes here. */
function fillIfSound(
  encoder: Encoder,
  routes: readonly StoredRoute[],
  kernel: KernelChoice | undefined,
): RouteTable | undefined {
  const { dimensions } = encoder;
  const isWhole = routes.every(({ utterances, negatives = [] }) =>
    [utterances, negatives].every((list) => list.every((utterance) => fits(utterance, dimensions))),
  );
  const table = isWhole ? fill(encoder, routes, kernel) : undefined;
  return table?.hasSoundVectors() ? table : undefined;
}

function fits({ vector, damage }: StoredUtterance, dimensions: number): boolean {
  return damage === undefined && isFloat32Array(vector) && vector.length === dimensions;
}

function isSound(utterance: StoredUtterance, dimensions: number): boolean {
  return fits(utterance, dimensions) && isUnitOrZero(lengthOf(utterance.vector));
}

/** Why the vector of an utterance cannot be used, for each of which it cannot. */
function damagesOf(routes: readonly StoredRoute[], dimensions: number): Map<StoredUtterance, string> {
  const damages = new Map<StoredUtterance, string>();
  for (const { name, utterances, negatives = [] } of routes) {
    for (const list of [utterances, negatives]) {
      for (const utterance of list) {
        if (isSound(utterance, dimensions)) continue;
        const { vector, damage } = utterance;
        const what = damage ?? `it has ${vector?.length} numbers, or is no unit vector`;
        damages.set(utterance, `the vector of "${utterance.text.slice(0, 60)}" of "${name}": ${what}`);
      }
    }
  }
  return damages;
}

/** Throws `STORAGE_CORRUPT` for routes that contradict each other. */
export function fill(encoder: Encoder, routes: readonly StoredRoute[], kernel: KernelChoice | undefined): RouteTable {
  const table = new RouteTable(encoder.dimensions, kernel);
  try {
    table.reserve(
      routes.reduce((sum, { utterances, negatives }) => sum + utterances.length + (negatives?.length ?? 0), 0),
    );
    for (const route of routes) table.apply({ type: 'add-route', route });
  } catch (cause) {
    throw damagedRoute(cause);
  }
  return table;
}

interface Reencoding {
  readonly encoder: Encoder;
  readonly state: StoredState;
  readonly isStale: (utterance: StoredUtterance) => boolean;
  readonly options: LoadOptions;
}

/** Makes stale vectors anew; stores nothing. */
async function reencode({ encoder, state, isStale, options }: Reencoding): Promise<Loaded> {
  const texts = state.routes.flatMap(({ utterances, negatives = [] }) =>
    [...utterances, ...negatives].filter(isStale).map(({ text }) => text),
  );
  const vectors = await encodeAll(encoder, [...new Set(texts)], options);
  const mend = (list: readonly StoredUtterance[]): readonly StoredUtterance[] =>
    list.map((utterance) =>
      isStale(utterance) ? { text: utterance.text, vector: vectors.get(utterance.text) as Float32Array } : utterance,
    );
  const routes = state.routes.map(({ utterances, negatives, ...rest }) => ({
    ...rest,
    utterances: mend(utterances),
    ...(negatives && { negatives: mend(negatives) }),
  }));
  const { id, dimensions } = encoder;
  // What was learnt from the vectors of another encoder means nothing for these.
  const fit = sameIdentity(state.encoder, encoder) ? state.fit : undefined;
  return {
    table: withFit(fill(encoder, routes, options.kernel), fit),
    state: { encoder: { id, dimensions }, routes, ...(fit && { fit }) },
    reencodedTexts: texts.length,
  };
}

function withFit(table: RouteTable, fit: Uint8Array | undefined): RouteTable {
  if (fit) table.apply({ type: 'set-fit', fit });
  return table;
}

/** Each text's vector, as an utterance. Rejects with `ENCODER_FAILED`, `ABORTED`, `TIMEOUT`. */
export async function encodeAll(
  encoder: Encoder,
  texts: readonly string[],
  { signal, onReencode, maxBatchSize }: Pick<LoadOptions, 'signal' | 'onReencode' | 'maxBatchSize'>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  for (let i = 0; i < texts.length; i += maxBatchSize) {
    const batch = texts.slice(i, i + maxBatchSize);
    if (signal?.aborted) throw abortError(signal);
    // An encoder may hang, or not know the signal.
    const embeddings = await unlessAborted(embed(encoder, batch, { kind: 'utterance', signal }), signal);
    for (const [j, text] of batch.entries()) vectors.set(text, (embeddings[j] as { vector: Float32Array }).vector);
    onReencode?.({ encodedTexts: vectors.size, totalTexts: texts.length });
  }
  if (signal?.aborted) throw abortError(signal);
  return vectors;
}

function mismatch(encoder: EncoderIdentity, stored: EncoderIdentity): RouterError {
  return new RouterError(
    'ENCODER_MISMATCH',
    `Got encoder ${encoder.id} (${encoder.dimensions} dimensions) for routes that ${stored.id} (${stored.dimensions}) encoded; open them with that encoder, or pass onMismatch: 'reencode' to encode their texts anew.`,
  );
}

function damagedVectors(damages: readonly string[]): RouterError {
  return new RouterError(
    'STORAGE_CORRUPT',
    `Got ${damages.length} stored vectors that are damaged, first ${damages[0]}; pass onCorrupt: 'reencode' to make them again from their texts.`,
  );
}
