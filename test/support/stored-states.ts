/** Reads what a storage holds, by every way that it has, and compares states. */

import type { EncoderIdentity, StateSink, Storage, StoredState, StoredUtterance } from 'synaptoroute';

/** What is loaded; a storage that streams gives the same so, before and after. */
export async function loaded(storage: Storage, encoder: EncoderIdentity): Promise<StoredState> {
  const first = await streamed(storage, encoder);
  const state = await storage.load(encoder);
  if (first) {
    same(first, state, 'what is streamed first');
    same(await streamed(storage, encoder), state, 'what is streamed again');
  }
  return state;
}

async function streamed(storage: Storage, encoder: EncoderIdentity): Promise<StoredState | undefined> {
  if (!storage.stream) return undefined;
  let head: Parameters<StateSink['begin']>[0] | undefined;
  const vectors: Float32Array[] = [];
  let expected: number | undefined;
  const isWhole = await storage.stream(encoder, {
    expect(count) {
      if (expected !== undefined) throw new Error('a stream was expected twice');
      expected = count;
    },
    ready: () => undefined,
    begin(state) {
      if (head) throw new Error('a stream began twice');
      head = state;
      return true;
    },
    put(first, block) {
      const dimensions = head?.encoder.dimensions ?? NaN;
      for (let at = 0; at < block.length; at += dimensions) {
        vectors[first + at / dimensions] = block.slice(at, at + dimensions);
      }
      return true;
    },
  });
  if (!isWhole || !head) throw new Error('a stream of what is whole had not all of it');
  const { encoder: owner, routes, fit } = head;
  const count = routes.flatMap(({ utterances, negatives }) => [
    ...utterances.read(),
    ...(negatives?.read() ?? []),
  ]).length;
  if ((expected ?? count) !== count) throw new Error(`a stream of ${count} texts was said to be of ${expected}`);
  let number = 0;
  const embed = (text: string): StoredUtterance => ({ text, vector: vectors[number++] as Float32Array });
  return {
    encoder: owner,
    routes: routes.map(({ utterances, negatives, ...rest }) => ({
      ...rest,
      utterances: utterances.read().map(embed),
      ...(negatives && { negatives: negatives.read().map(embed) }),
    })),
    ...(fit && { fit }),
  };
}

/** Throws where two values differ, typed arrays by their kind and bytes. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [print(actual), print(expected)];
  if (got === wanted) return;
  let at = 0;
  while (got[at] === wanted[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 80), at + 80);
  throw new Error(`${what} differs: got …${around(got)}…; wanted …${around(wanted)}…`);
}

function print(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof Float32Array) return { float32: Array.from(item) };
    if (item instanceof Uint8Array)
      return { bytes: item.length, sum: item.reduce((sum, byte, i) => sum + byte * (i % 97), 0) };
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
