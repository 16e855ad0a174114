/** Owns which of some devices is the fastest for so many texts, by what each took for one and for a full batch. Pure. */

import type { DeviceReading } from '../core/types.ts';

export type DeviceTimes = Pick<DeviceReading, 'oneTextMs' | 'batchMs'>;

export const FULL_BATCH = 32;

/** What has the least to wait for; of equals the earlier. The first of the list where there are no others. */
export function fastest<T extends DeviceTimes>(devices: readonly [T, ...T[]], texts: number): T {
  return devices.reduce((best, each) => (runMs(each, texts) < runMs(best, texts) ? each : best));
}

/** Those that are the fastest for some size of batch. */
export function useful<T extends DeviceTimes>(devices: readonly [T, ...T[]]): ReadonlySet<T> {
  return new Set(Array.from({ length: FULL_BATCH }, (_, i) => fastest(devices, i + 1)));
}

export function leastOf(times: readonly [DeviceTimes, ...DeviceTimes[]]): DeviceTimes {
  return {
    oneTextMs: Math.min(...times.map(({ oneTextMs }) => oneTextMs)),
    batchMs: Math.min(...times.map(({ batchMs }) => batchMs)),
  };
}

/** The cost of a run grows by the text, so what lies between one text and a full batch lies on a line. */
function runMs({ oneTextMs, batchMs }: DeviceTimes, texts: number): number {
  return oneTextMs + (batchMs - oneTextMs) * Math.min(1, (texts - 1) / (FULL_BATCH - 1));
}
