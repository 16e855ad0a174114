/**
 * Owns the choice between two devices for one model: measures both, uses the faster one for each size of batch, and
 * goes on with the first one when the second fails. No text is lost to that: its run is done again.
 */

import { RouterError, closedError, messageOf } from '../core/errors.ts';
import type { Turns } from '../core/turns.ts';
import type { DeviceReading } from '../core/types.ts';
import type { RunnerStatus, TokenRunner } from './onnx-session.ts';
import type { Pooling } from './pooling.ts';

/** A runner whose device may go away. */
export interface FragileRunner extends TokenRunner {
  /** Resolves to the reason when the device is lost. */
  readonly lost: Promise<string>;
}

export interface Accelerator {
  /** `measured`: in the background, and only for what it does faster. `preferred`: from the start, for everything. */
  readonly use: 'measured' | 'preferred';
  /** Names the hardware. Rejects with `UNSUPPORTED` where there is none. */
  adapter(): Promise<string>;
  start(model: Uint8Array, pooling: Pooling): Promise<FragileRunner>;
  /** Where verdicts are remembered. Default: nowhere. */
  readonly verdicts?: VerdictStore;
}

export interface VerdictStore {
  get(key: string): Promise<Verdict | undefined>;
  set(key: string, verdict: Verdict): Promise<void>;
}

/** What both devices took, for one text and for a full batch. */
export interface Verdict {
  readonly first: DeviceTimes;
  readonly second: DeviceTimes;
}

type DeviceTimes = Pick<DeviceReading, 'oneTextMs' | 'batchMs'>;

export interface AccelerateOptions {
  readonly accelerator: Accelerator;
  readonly model: Uint8Array;
  readonly pooling: Pooling;
  /** The tokens of a text of usual length. */
  readonly sample: readonly number[];
  /** Names the model in remembered verdicts. */
  readonly key: string;
  /** Of the first device. */
  readonly turns: Turns;
}

const FULL_BATCH = 32;
const MEASURED_RUNS = 5;
/** Milliseconds after which no further run is measured: what is slow needs no precision. */
const MEASURED_MS = 1_000;
/** What the same text's vectors on two devices may differ by in any number. */
const TOLERANCE = 1e-2;

/** With `preferred`, rejects with `UNSUPPORTED` where the second device cannot start or answers otherwise than the first. */
export async function accelerate(first: TokenRunner, options: AccelerateOptions): Promise<TokenRunner> {
  const pair = new DevicePair(first, options);
  if (options.accelerator.use === 'preferred') await pair.prefer();
  else pair.probe();
  return pair;
}

class DevicePair implements TokenRunner {
  readonly #first: TokenRunner;
  readonly #options: AccelerateOptions;
  #second: FragileRunner | undefined;
  #verdict: Verdict | undefined;
  #note: string | undefined;
  #isClosed = false;

  constructor(first: TokenRunner, options: AccelerateOptions) {
    this.#first = first;
    this.#options = options;
  }

  async run(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    const second = this.#second;
    if (!second || !this.#prefersSecond(texts.length)) return this.#first.run(texts);
    try {
      return await second.run(texts);
    } catch (error) {
      await this.#giveUp(messageOf(error));
      return this.#first.run(texts);
    }
  }

  status(): RunnerStatus {
    const first = this.#first.status();
    const second = this.#second?.status();
    const one = second && this.#prefersSecond(1) ? second : first;
    const batch = second && this.#prefersSecond(FULL_BATCH) ? second : first;
    const verdict = this.#verdict;
    const note = [first.note, this.#note].filter(Boolean).join('; ');
    return {
      ...one,
      batchDevice: batch.device,
      ...(note && { note }),
      ...(verdict && {
        measured: [
          { device: first.device, ...verdict.first },
          { device: 'webgpu', ...verdict.second },
        ],
      }),
    };
  }

  /** Waits for no measurement: one that is under way ends with its run, and lets go of what it holds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#second?.close();
    await this.#first.close();
  }

  async prefer(): Promise<void> {
    try {
      this.#second = await this.#start();
    } catch (error) {
      throw new RouterError('UNSUPPORTED', `WebGPU was asked for and cannot be used: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  probe(): void {
    this.#note = 'webgpu is being measured';
    void this.#measure().catch((error: unknown) => {
      this.#note = `webgpu: ${messageOf(error)}`;
    });
  }

  async #measure(): Promise<void> {
    const { accelerator, key } = this.#options;
    const fullKey = `${key} ${await accelerator.adapter()}`;
    const remembered = await accelerator.verdicts?.get(fullKey);
    if (remembered && !isWorthIt(remembered)) return this.#settle(remembered);
    if (this.#isClosed) return;
    const second = await this.#start();
    try {
      const verdict = remembered ?? (await this.#compare(second));
      if (!isWorthIt(verdict) || this.#isClosed) await second.close();
      else this.#second = second;
      this.#settle(verdict);
      if (!remembered) await accelerator.verdicts?.set(fullKey, verdict);
    } catch (error) {
      await second.close();
      throw error;
    }
  }

  #settle(verdict: Verdict): void {
    this.#verdict = verdict;
    this.#note = undefined;
  }

  /** Starts the second device; rejects where its answers are not the first one's. */
  async #start(): Promise<FragileRunner> {
    const { accelerator, model, pooling, sample, turns } = this.#options;
    await accelerator.adapter();
    const second = endingWithDevice(await accelerator.start(model, pooling));
    try {
      const expected = await turns.take(() => this.#runFirst([sample]));
      // Twice: some sessions fail on their second run only.
      for (let i = 0; i < 2; i++) {
        const worst = largestDifference(expected, await this.#trySecond(second, [sample]));
        if (!(worst < TOLERANCE)) throw new Error(`its answers differ from WASM's by ${worst}`);
      }
    } catch (error) {
      await second.close();
      throw error;
    }
    void second.lost.then((reason) => this.#giveUp(reason));
    return second;
  }

  /** The first device's runs take turns with the callers'; the second one's wait for nobody. */
  async #compare(second: FragileRunner): Promise<Verdict> {
    const { sample, turns } = this.#options;
    const batch = Array.from({ length: FULL_BATCH }, () => sample);
    const onFirst = (texts: readonly (readonly number[])[]): Promise<number> =>
      leastMs((time) => turns.take(() => time(() => this.#runFirst(texts))));
    const onSecond = (texts: readonly (readonly number[])[]): Promise<number> =>
      leastMs((time) => time(() => this.#trySecond(second, texts)));
    return {
      first: { oneTextMs: await onFirst([sample]), batchMs: await onFirst(batch) },
      second: { oneTextMs: await onSecond([sample]), batchMs: await onSecond(batch) },
    };
  }

  /** For measuring, as the next: what is closed needs no further run. */
  async #runFirst(texts: readonly (readonly number[])[]): Promise<Float32Array> {
    if (this.#isClosed) throw closedError();
    return this.#first.run(texts);
  }

  async #trySecond(second: FragileRunner, texts: readonly (readonly number[])[]): Promise<Float32Array> {
    if (this.#isClosed) throw closedError();
    return second.run(texts);
  }

  async #giveUp(reason: string): Promise<void> {
    const second = this.#second;
    if (!second) return;
    this.#second = undefined;
    this.#note = `webgpu was given up: ${reason}`;
    // A lost device may have nothing left to release.
    await second.close().catch(() => undefined);
  }

  /** The cost of a run grows by the text, so what lies between one text and a full batch lies on a line. */
  #prefersSecond(texts: number): boolean {
    if (this.#options.accelerator.use === 'preferred') return true;
    if (!this.#verdict) return false;
    const { first, second } = this.#verdict;
    const one = second.oneTextMs - first.oneTextMs;
    const full = second.batchMs - first.batchMs;
    const share = Math.min(1, (texts - 1) / (FULL_BATCH - 1));
    return one + (full - one) * share < 0;
  }
}

function isWorthIt({ first, second }: Verdict): boolean {
  return second.oneTextMs < first.oneTextMs || second.batchMs < first.batchMs;
}

/**
 * The runner with runs that fail when its device is lost, for a run on a lost device may never end. One listener for all
 * runs: one each would stay, and with it the run's vectors, for as long as the device does.
 */
function endingWithDevice(runner: FragileRunner): FragileRunner {
  const ends = new Set<(error: Error) => void>();
  let loss: Error | undefined;
  const lose = (reason: string): void => {
    loss = new Error(reason);
    for (const end of ends) end(loss);
  };
  void runner.lost.then(lose);
  return {
    lost: runner.lost,
    status: () => runner.status(),
    close: () => runner.close(),
    async run(texts) {
      if (loss) throw loss;
      const vectors = await new Promise<Float32Array>((resolve, reject) => {
        ends.add(reject);
        void runner
          .run(texts)
          .then(resolve, reject)
          .finally(() => ends.delete(reject));
      });
      if (!vectors.every(Number.isFinite)) throw new Error('it answered with numbers that are not finite');
      return vectors;
    },
  };
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
