/** Owns how a router returns to what is stored, and how all of it leaves and enters as one file. */

import { withDeadline } from './deadline.ts';
import type { Engine } from './engine.ts';
import { RouterError, abortError } from './errors.ts';
import { guarded } from './guard.ts';
import { parseCallOptions, parseChoice } from './input.ts';
import { loadState, loadTable, refuseUnsound, replacement, tableOf, type LoadOptions } from './load-table.ts';
import { decodeRouterFile, encodeRouterFile } from './router-file.ts';
import type { Turns } from './turns.ts';
import type { Clock, Encoder, ImportOptions, MutationReceipt, Router, Storage } from './types.ts';
import type { WriteQueue } from './write-queue.ts';

export interface TransferParts {
  /** Others with another encoder. */
  readonly current: () => Pick<Engine, 'encoder' | 'table' | 'decider'>;
  readonly storage: Storage;
  readonly writes: WriteQueue;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly loading: LoadOptions;
  readonly checkOpen: () => void;
}

/** Showing what is stored is no occasion to change it. */
const NO_RECOVERY = { onMismatch: 'fail', onCorrupt: 'fail', signal: undefined } as const;

type TransferVerbs = Pick<Router, 'flush' | 'reload' | 'exportFile' | 'importFile'>;

export function createTransfer(parts: TransferParts): TransferVerbs {
  const { current, storage, writes, turns, clock, loading, checkOpen } = parts;
  return {
    async flush() {
      checkOpen();
      await turns.settled();
      await writes.flush();
    },
    async reload() {
      checkOpen();
      await turns.take(async () => {
        await writes.idle();
        const { encoder, table, decider } = current();
        const loaded = await loadTable(encoder, storage, { ...loading, ...NO_RECOVERY });
        await decider.preparation.settled();
        table.adopt(loaded);
        writes.forgive();
      });
    },
    async exportFile() {
      checkOpen();
      return turns.take(async () => {
        await writes.flush();
        const { encoder } = current();
        const state = await loadState(storage, encoder);
        refuseUnsound(encoder, state);
        return encodeRouterFile(state);
      });
    },
    async importFile(file, options) {
      checkOpen();
      const onMismatch = parseOnMismatch(options);
      return withDeadline(parseCallOptions(options), clock, (signal) =>
        importState(parts, file, { onMismatch, signal }),
      );
    },
  };
}

const parseOnMismatch = guarded((options?: ImportOptions): 'fail' | 'reencode' =>
  parseChoice(options?.onMismatch, 'onMismatch', ['fail', 'reencode']),
);

/** Everything that may fail comes before the turn; the change itself is one step, and one transaction. */
async function importState(
  { current, writes, turns, loading }: TransferParts,
  file: Uint8Array,
  options: Pick<LoadOptions, 'onMismatch' | 'signal'>,
): Promise<MutationReceipt> {
  const { encoder } = current();
  const preparing = tableOf(encoder, decodeRouterFile(file), { ...loading, onCorrupt: 'fail', ...options });
  return turns.take(
    async () => {
      const { table: imported, state } = await preparing;
      await current().decider.preparation.settled(options.signal);
      if (options.signal?.aborted) throw abortError(options.signal);
      if (current().encoder !== encoder) throw encoderChanged(encoder);
      // Not the table of before: the same encoder may have been set anew.
      current().table.adopt(imported);
      let receipt: ReturnType<typeof writes.push> | undefined;
      for (const mutation of replacement(state)) receipt = writes.push(mutation);
      return { ...(receipt as ReturnType<typeof writes.push>), truncated: [] };
    },
    { ready: preparing, signal: options.signal },
  );
}

function encoderChanged({ id }: Encoder): RouterError {
  return new RouterError(
    'ENCODER_MISMATCH',
    `Got another encoder while a file was read for ${id}; nothing was imported, so import it again.`,
  );
}
