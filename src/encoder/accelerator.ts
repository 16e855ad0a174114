/**
 * Owns the choice between devices for one model: has them measured, uses the fastest for each size of batch, and goes on
 * with the others when one fails. No text is lost to that: its run is done again.
 */

import { RouterError, messageOf } from '../core/errors.ts';
import type { DeviceReading } from '../core/types.ts';
import { holdContest, startDevice, type Contest, type Trial, type Winner } from './device-measuring.ts';
import { FULL_BATCH, fastest, type DeviceTimes } from './device-times.ts';
import type { FragileRunner } from './fragile-runner.ts';
import type { RunnerStatus, SessionSettings, TokenRunner } from './onnx-session.ts';

/** A device beside the first one. */
export interface OtherDevice extends Pick<DeviceReading, 'device' | 'threads'> {
  /** In notes. */
  readonly name: string;
  /** Names the hardware. Rejects with `UNSUPPORTED` where there is none. */
  adapter(): Promise<string>;
  start(model: Uint8Array, settings: SessionSettings): Promise<FragileRunner>;
}

export type Accelerator =
  | {
      /** In the background, and each only for what it does faster than all others. */
      readonly use: 'measured';
      readonly devices: readonly OtherDevice[];
      /** Where verdicts are remembered. Default: nowhere. */
      readonly verdicts?: VerdictStore;
    }
  | {
      /** From the start, for everything. */
      readonly use: 'preferred';
      readonly device: OtherDevice;
    };

export interface VerdictStore {
  get(key: string): Promise<Verdict | undefined>;
  set(key: string, verdict: Verdict): Promise<void>;
}

/** What the first device and another took side by side, for one text and for a full batch. */
export interface Verdict {
  readonly first: DeviceTimes;
  readonly second: DeviceTimes;
}

export interface AccelerateOptions extends Omit<Trial, 'first' | 'signal'> {
  readonly accelerator: Accelerator;
  /** Names the model in remembered verdicts. */
  readonly key: string;
}

/** With `preferred`, rejects with `UNSUPPORTED` where the device cannot start or answers otherwise than the first. */
export async function accelerate(first: TokenRunner, options: AccelerateOptions): Promise<TokenRunner> {
  const set = new DeviceSet(first);
  const { accelerator, key, ...rest } = options;
  const trial = { ...rest, first, signal: set.signal };
  if (accelerator.use === 'measured') {
    const { devices, verdicts } = accelerator;
    set.measure(devices, () => holdContest(trial, devices, key, verdicts));
  } else {
    const { device } = accelerator;
    set.prefer(device, await startPreferred(trial, device));
  }
  return set;
}

async function startPreferred(trial: Trial, device: OtherDevice): Promise<FragileRunner> {
  try {
    return await startDevice(trial, device);
  } catch (error) {
    throw new RouterError('UNSUPPORTED', `\`${device.name}\` was asked for and cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The first device, and the others that are in force beside it. */
class DeviceSet implements TokenRunner {
  readonly #first: TokenRunner;
  #others: readonly Winner[] = [];
  #measured: Contest['measured'] = [];
  #notes: readonly string[] = [];
  readonly #closing = new AbortController();

  constructor(first: TokenRunner) {
    this.#first = first;
  }

  /** Aborts when it is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  async run(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    const other = this.#choose(texts.length);
    if (!other) return this.#first.run(texts);
    try {
      return await other.runner.run(texts);
    } catch (error) {
      await this.#giveUp(other, messageOf(error));
      return this.run(texts);
    }
  }

  status(): RunnerStatus {
    const first = this.#first.status();
    const one = this.#choose(1)?.runner.status() ?? first;
    const batch = this.#choose(FULL_BATCH)?.runner.status() ?? first;
    const note = [first.note, ...this.#notes].filter(Boolean).join('; ');
    const { note: _, ...rest } = one;
    return {
      ...rest,
      batchDevice: batch.device,
      batchThreads: batch.threads,
      ...(note && { note }),
      ...(this.#measured.length > 0 && { measured: this.#measured }),
    };
  }

  /** Waits for no measurement: one that is under way ends with its run, and lets go of what it holds. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#others.map(({ runner }) => runner.close()));
    await this.#first.close();
  }

  prefer(device: OtherDevice, runner: FragileRunner): void {
    this.#use([{ device, runner, oneTextMs: 0, batchMs: 0 }]);
  }

  measure(devices: readonly OtherDevice[], hold: () => Promise<Contest>): void {
    this.#notes = devices.map(({ name }) => `${name} is being measured`);
    void this.#decide(hold).catch((error: unknown) => {
      this.#notes = [messageOf(error)];
    });
  }

  async #decide(hold: () => Promise<Contest>): Promise<void> {
    const { winners, measured, notes } = await hold();
    this.#notes = notes;
    this.#measured = measured;
    this.#use(winners);
  }

  #use(others: readonly Winner[]): void {
    this.#others = others;
    for (const other of others) void other.runner.lost.then((reason) => this.#giveUp(other, reason));
    if (this.signal.aborted) for (const { runner } of others) void runner.close().catch(() => undefined);
  }

  async #giveUp(other: Winner, reason: string): Promise<void> {
    if (!this.#others.includes(other)) return;
    this.#others = this.#others.filter((each) => each !== other);
    this.#notes = [...this.#notes, `${other.device.name} was given up: ${reason}`];
    // A lost device may have nothing left to release.
    await other.runner.close().catch(() => undefined);
  }

  /** `undefined` for the first. */
  #choose(texts: number): Winner | undefined {
    const [first] = this.#measured;
    // Unmeasured, it is preferred.
    if (!first) return this.#others[0];
    const best = fastest<DeviceTimes>([first, ...this.#others], texts);
    return this.#others.find((other) => other === best);
  }
}
