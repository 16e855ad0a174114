/** Owns every change that a person makes: one after another through the router, whether it is saved, and the way back. */

import type { MutationReceipt, Router } from 'synaptoroute/browser';
import { isFatal, toFailure, type Failure } from './engine.ts';

/** One change that a person asks for. */
export interface Edit {
  /** What it does, as a person says it: "Remove billing". */
  readonly label: string;
  readonly make: (router: Router) => Promise<MadeEdit>;
}

export interface MadeEdit {
  readonly receipts: readonly MutationReceipt[];
  /** Makes it undone; absent: it changed nothing. */
  readonly undo?: (router: Router) => Promise<readonly MutationReceipt[]>;
}

/** One edit, and whether it is on disk. */
export interface EditRecord {
  readonly label: string;
  readonly state: 'making' | 'saving' | 'saved' | 'not-saved';
  /** Of the last of its mutations. */
  readonly revision?: number;
  /** From the call until it was in memory, and until it was on disk. */
  readonly madeMs?: number;
  readonly savedMs?: number;
  readonly problem?: string;
}

export interface Edits {
  /** Makes an edit when those before are made. Resolves to what went wrong, or nothing. */
  readonly make: (edit: Edit) => Promise<Failure | undefined>;
  readonly undo: () => Promise<Failure | undefined>;
  /** What `undo` would undo; `undefined`: nothing. */
  readonly undoable: () => string | undefined;
  /** The latest first. */
  readonly records: () => readonly EditRecord[];
  /** One is under way: what the router has is neither what was nor what will be. */
  readonly isMaking: () => boolean;
  readonly listen: (listener: () => void) => void;
  /** Another router is in force, and the ways back of the last one lead nowhere. */
  readonly forget: () => void;
}

export interface EditsOptions {
  readonly router: () => Router | undefined;
  /** Routes were changed. */
  readonly onMade: (label: string) => Promise<void>;
  readonly onFatal: (error: unknown) => void;
}

const KEPT_RECORDS = 12;
const KEPT_UNDOS = 20;
const NO_ROUTER: Failure = { code: 'NOT_READY', message: 'The router is not ready yet; try again in a moment.' };

export function createEdits({ router, onMade, onFatal }: EditsOptions): Edits {
  const listeners: (() => void)[] = [];
  let records: readonly EditRecord[] = [];
  let undos: readonly { readonly label: string; readonly undo: NonNullable<MadeEdit['undo']> }[] = [];
  let last: Promise<unknown> = Promise.resolve();

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function record(first: EditRecord): (change: Partial<EditRecord>) => void {
    let own = first;
    records = [own, ...records].slice(0, KEPT_RECORDS);
    tell();
    return (change) => {
      const next = { ...own, ...change };
      records = records.map((each) => (each === own ? next : each));
      own = next;
      tell();
    };
  }

  async function run({ label, make: makeIt }: Edit): Promise<Failure | undefined> {
    const target = router();
    if (!target) return NO_ROUTER;
    const startedAt = performance.now();
    const update = record({ label, state: 'making' });
    try {
      const { receipts, undo } = await makeIt(target);
      const revision = receipts.at(-1)?.revision;
      const madeMs = performance.now() - startedAt;
      const settled = settle(receipts, startedAt);
      if (undo) undos = [{ label, undo }, ...undos].slice(0, KEPT_UNDOS);
      // Nothing is called saved that is not yet shown.
      await onMade(label);
      update({ state: 'saving', madeMs, ...(revision !== undefined && { revision }) });
      void settled.then(update);
      return undefined;
    } catch (error) {
      if (isFatal(error)) onFatal(error);
      const failure = toFailure(error);
      update({ state: 'not-saved', problem: failure.message });
      return failure;
    }
  }

  function make(edit: Edit): Promise<Failure | undefined> {
    const made = last.then(() => run(edit));
    last = made;
    return made;
  }

  return {
    make,
    async undo() {
      const [newest, ...rest] = undos;
      if (!newest) return undefined;
      undos = rest;
      return make({
        label: `Undo: ${newest.label}`,
        make: async (target) => ({ receipts: await newest.undo(target) }),
      });
    },
    undoable: () => undos[0]?.label,
    records: () => records,
    isMaking: () => records.some(({ state }) => state === 'making'),
    listen: (listener) => void listeners.push(listener),
    forget() {
      undos = [];
      records = [];
      tell();
    },
  };
}

async function settle(receipts: readonly MutationReceipt[], startedAt: number): Promise<Partial<EditRecord>> {
  try {
    await Promise.all(receipts.map(({ durable }) => durable));
    return { state: 'saved', savedMs: performance.now() - startedAt };
  } catch (error) {
    return { state: 'not-saved', problem: toFailure(error).message };
  }
}
