/** Owns what hangs on one encoder: the routes' vectors, decisions and queues. A router lives through as many as it has encoders. */

import { Decider, type DeciderOptions } from './decider.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { RouteTable } from './route-table.ts';
import type { BatchOptions, Clock, Encoder } from './types.ts';

export interface Engine extends Lanes {
  readonly encoder: Encoder;
  readonly table: RouteTable;
  readonly decider: Decider;
}

export interface EngineSettings {
  readonly deciding: Omit<DeciderOptions, 'clock'>;
  readonly limits: Required<BatchOptions>;
  readonly clock: Clock;
}

export function createEngine(encoder: Encoder, table: RouteTable, { deciding, limits, clock }: EngineSettings): Engine {
  const decider = new Decider(encoder, table, { ...deciding, clock });
  return { encoder, table, decider, ...createLanes(encoder, decider, limits, clock) };
}
