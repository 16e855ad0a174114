/** Owns what a Worker and a `RouterObject` say to each other: types, and the bounds of one message. */

import type { ErrorRecord } from '../core/errors.ts';
import type { EncoderIdentity, Mutation, StoredRoute } from '../core/types.ts';

/** workerd refuses a message of 32 MiB; half of it leaves room for what surrounds vectors and texts. */
export const MAX_MESSAGE_BYTES: number = 16 * 2 ** 20;

export interface SnapshotRequest {
  readonly encoder: EncoderIdentity;
  /** Number of the page, from 0. */
  readonly page: number;
}

/** One page of all that is stored; a route that is too long for one goes on in the next, under the same name. */
export interface SnapshotPage {
  readonly revision: number;
  readonly page: number;
  readonly pages: number;
  /** Whose vectors these are. */
  readonly encoder: EncoderIdentity;
  readonly routes: readonly StoredRoute[];
  /** On the first page alone. */
  readonly fit?: Uint8Array;
}

export interface ApplyRequest {
  /** Whose vectors the object had when it was last seen. */
  readonly encoder: EncoderIdentity;
  /** The revision that the mutations were made for. */
  readonly base: number;
  readonly mutations: readonly Mutation[];
}

/** `applied` is false where the object is at another revision than `base`; nothing is changed then. */
export interface ApplyAnswer {
  readonly applied: boolean;
  readonly revision: number;
}

/** The encoder whose vectors are stored once these changes are, where they change it. */
export function newOwner(mutations: readonly Mutation[]): EncoderIdentity | undefined {
  return mutations.findLast((mutation) => mutation.type === 'replace-all')?.encoder;
}

/** Errors travel as data, for a thrown one would lose its code. */
export type ObjectReply<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord };

/** A stub of a `RouterObject`, as its namespace gives it. */
export interface RouterObjectStub {
  revision(): PromiseLike<unknown>;
  snapshot(request: SnapshotRequest): PromiseLike<unknown>;
  apply(request: ApplyRequest): PromiseLike<unknown>;
}

/** The binding of the `RouterObject` class. */
export interface RouterObjectNamespace {
  getByName(name: string): RouterObjectStub;
}
