/** What the cases of the storage contract are made of. */

import type { EncoderIdentity, Mutation, Storage, StoredRoute, StoredUtterance } from 'synaptoroute';

/** One place where routes are kept, empty at first. */
export interface StoragePlace {
  /** Opens what is kept there; the storage before was closed. */
  open(): Promise<Storage>;
  /**
   * Puts other letters of the same number in place of those, wherever they are stored, as rot would; no storage is open.
   * Absent: nobody can.
   */
  alter?(from: string, to: string): Promise<void> | void;
}

export interface ContractCase {
  readonly name: string;
  readonly run: (place: StoragePlace) => Promise<void>;
}

export const IDENTITY: EncoderIdentity = { id: 'contract', dimensions: 4 };
export const OTHER: EncoderIdentity = { id: 'other', dimensions: 2 };

/** A unit vector that no other number of this suite gives. */
export function vectorOf(seed: number, dimensions = 4): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, (_, i) => Math.sin(seed * 7.3 + i * 1.7 + 1));
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

export function utterancesOf(from: number, count: number, dimensions = 4): StoredUtterance[] {
  return Array.from({ length: count }, (_, i) => ({
    text: `text ${from + i}`,
    vector: vectorOf(from + i, dimensions),
  }));
}

export function routeOf(name: string, from: number, count: number): StoredRoute {
  return { name, utterances: utterancesOf(from, count) };
}

export const addRoute = (route: StoredRoute): Mutation => ({ type: 'add-route', route });
