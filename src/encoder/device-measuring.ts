/** Owns the contest of devices for one model: starts each, compares it with the first one, remembers what it took. */

import { closedError, messageOf } from '../core/errors.ts';
import type { AbortSignalLike, DeviceReading } from '../core/types.ts';
import type { Turns } from '../core/turns.ts';
import type { OtherDevice, Verdict, VerdictStore } from './accelerator.ts';
import { FULL_BATCH, leastOf, useful, type DeviceTimes } from './device-times.ts';
import { endingWithDevice, type FragileRunner } from './fragile-runner.ts';
import type { SessionSettings, TokenRunner } from './onnx-session.ts';

export interface Trial {
  readonly first: TokenRunner;
  readonly model: Uint8Array;
  readonly settings: SessionSettings;
  /** The tokens of a text of usual length. */
  readonly sample: readonly number[];
  /** Of the first device. */
  readonly turns: Turns;
  /** What is closed needs no further run. */
  readonly signal: AbortSignalLike;
}

export interface Contest {
  /** Those that are faster than all others for some size of batch, started. */
  readonly winners: readonly Winner[];
  /** The first device's and the others'; nothing where no other could be measured. */
  readonly measured: readonly DeviceReading[];
  /** Why a device is not used that could not be measured. */
  readonly notes: readonly string[];
}

export interface Winner extends DeviceTimes {
  readonly device: OtherDevice;
  readonly runner: FragileRunner;
}

interface Contestant extends DeviceTimes {
  readonly device: OtherDevice;
  readonly first: DeviceTimes;
  runner?: FragileRunner | undefined;
}

const MEASURED_RUNS = 5;
/** Milliseconds after which no further run is measured: what is slow needs no precision. */
const MEASURED_MS = 1_000;
/** What the same text's vectors on two devices may differ by in any number. */
const TOLERANCE = 1e-2;

/** One device after the other, so that none is measured beside another's runs. @param key names the model in remembered verdicts */
export async function holdContest(
  trial: Trial,
  devices: readonly OtherDevice[],
  key: string,
  verdicts?: VerdictStore,
): Promise<Contest> {
  const notes: string[] = [];
  const contestants: Contestant[] = [];
  for (const device of devices) {
    try {
      contestants.push(await judge(trial, device, key, verdicts));
    } catch (error) {
      notes.push(`${device.name}: ${messageOf(error)}`);
    }
  }
  const [one, ...more] = contestants.map(({ first }) => first);
  if (!one) return { winners: [], measured: [], notes };
  const first = leastOf([one, ...more]);
  const measured = [toReading(trial.first.status(), first), ...contestants.map((each) => toReading(each.device, each))];
  return { winners: await startWinners(trial, first, contestants, notes), measured, notes };
}

/** Starts a device; rejects where its answers are not the first one's. */
export async function startDevice(
  { first, model, settings, sample, turns, signal }: Trial,
  device: OtherDevice,
): Promise<FragileRunner> {
  await device.adapter();
  const other = endingWithDevice(await device.start(model, settings));
  try {
    const expected = await turns.take(() => runUnlessClosed(first, [sample], signal));
    // Twice: some sessions fail on their second run only.
    for (let i = 0; i < 2; i++) {
      const worst = largestDifference(expected, await runUnlessClosed(other, [sample], signal));
      if (!(worst < TOLERANCE)) throw new Error(`its answers differ from the first device's by ${worst}`);
    }
  } catch (error) {
    await other.close();
    throw error;
  }
  return other;
}

/** What is remembered of it, or what it takes now. Only what may win is left running. */
async function judge(trial: Trial, device: OtherDevice, key: string, verdicts?: VerdictStore): Promise<Contestant> {
  const fullKey = `${key} ${await device.adapter()}`;
  const remembered = await verdicts?.get(fullKey);
  if (remembered) return { device, first: remembered.first, ...remembered.second };
  if (trial.signal.aborted) throw closedError();
  const runner = await startDevice(trial, device);
  try {
    const { first, second } = await compare(trial, runner);
    await verdicts?.set(fullKey, { first, second });
    if (useful([first, second]).has(second)) return { device, first, ...second, runner };
    await runner.close();
    return { device, first, ...second };
  } catch (error) {
    await runner.close();
    throw error;
  }
}

/** Of what cannot be started, the next best. */
async function startWinners(
  trial: Trial,
  first: DeviceTimes,
  contestants: readonly Contestant[],
  notes: string[],
): Promise<readonly Winner[]> {
  const chosen = useful<DeviceTimes>([first, ...contestants]);
  const winners: Winner[] = [];
  for (const each of contestants) {
    if (!chosen.has(each)) {
      await each.runner?.close();
      each.runner = undefined;
      continue;
    }
    try {
      each.runner ??= await startDevice(trial, each.device);
      winners.push({ ...each, runner: each.runner });
    } catch (error) {
      notes.push(`${each.device.name}: ${messageOf(error)}`);
      const rest = contestants.filter((other) => other !== each);
      return startWinners(trial, first, rest, notes);
    }
  }
  return winners;
}

function toReading(
  { device, threads }: Pick<DeviceReading, 'device' | 'threads'>,
  { oneTextMs, batchMs }: DeviceTimes,
): DeviceReading {
  return { device, threads, oneTextMs, batchMs };
}

/** The first device's runs take turns with the callers'; the second one's wait for nobody. */
async function compare({ first, sample, turns, signal }: Trial, second: FragileRunner): Promise<Verdict> {
  const batch = Array.from({ length: FULL_BATCH }, () => sample);
  const onFirst = (texts: readonly (readonly number[])[]): Promise<number> =>
    leastMs((time) => turns.take(() => time(() => runUnlessClosed(first, texts, signal))));
  const onSecond = (texts: readonly (readonly number[])[]): Promise<number> =>
    leastMs((time) => time(() => runUnlessClosed(second, texts, signal)));
  return {
    first: { oneTextMs: await onFirst([sample]), batchMs: await onFirst(batch) },
    second: { oneTextMs: await onSecond([sample]), batchMs: await onSecond(batch) },
  };
}

async function runUnlessClosed(
  runner: TokenRunner,
  texts: readonly (readonly number[])[],
  signal: AbortSignalLike,
): Promise<Float32Array> {
  if (signal.aborted) throw closedError();
  return runner.run(texts);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}

type Timed = (step: () => Promise<unknown>) => Promise<number>;

async function timed(step: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await step();
  return performance.now() - start;
}

/** The least of some runs, after one that is not counted. */
async function leastMs(run: (time: Timed) => Promise<number>): Promise<number> {
  await run(timed);
  const times: number[] = [];
  for (let spent = 0; times.length < MEASURED_RUNS && spent < MEASURED_MS; spent += times.at(-1) ?? 0) {
    times.push(await run(timed));
  }
  return Math.min(...times);
}
