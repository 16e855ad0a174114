/** How the reader's cases ask a hub of the scripted server, each of its own, on a clock on which nothing waits. */

import type { Clock, RouterError } from 'synaptoroute';
import type { DownloadPolicy } from '../../src/encoder/download.ts';
import { readSource, type ReadFile, type SourceOptions } from '../../src/encoder/model-source.ts';

/** How a hub of the scripted server behaves. */
export type Behaviour =
  | 'good'
  | 'fails-twice'
  | 'fails-always'
  | 'refuses-access'
  | 'cut-once'
  | 'cut-without-ranges'
  | 'cut-and-changed'
  | 'cut-and-shortened'
  | 'announces-more'
  | 'cut-without-length'
  | 'falls-silent'
  | 'sends-html'
  | 'compresses';

export interface HubRequest {
  readonly path: string;
  readonly range?: string;
}

/** A runtime's reader, and the scripted hub with what it serves. */
export interface HubPlace {
  readonly hubUrl: string;
  /** The hub's model: 7 MB. */
  readonly sha256: string;
  readonly byteLength: number;
  /** Readers of one place keep their files in one cache, empty at first. */
  createReader(options: { readonly download?: DownloadPolicy; readonly offline?: boolean }, clock: Clock): ReadFile;
}

export const MODEL = 'onnx/model_quantized.onnx';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** The default. */
const MAX_SILENCE_MS = 30_000;

/** A clock on which pauses end at once and are noted, and a silence ends when a case says so. */
class CaseClock implements Clock {
  readonly pauses: number[] = [];
  readonly #silences = new Map<number, () => void>();
  #last = 0;

  now(): number {
    return 0;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    const handle = ++this.#last;
    if (delayMs === MAX_SILENCE_MS) {
      this.#silences.set(handle, callback);
    } else {
      this.pauses.push(delayMs);
      queueMicrotask(callback);
    }
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#silences.delete(handle as number);
  }

  soon(callback: () => void): void {
    queueMicrotask(callback);
  }

  /** As if so long nothing had come. */
  passSilence(): void {
    for (const callback of this.#silences.values()) callback();
  }

  /** Tries that wait for something to come. */
  get silences(): number {
    return this.#silences.size;
  }
}

let runs = 0;

/** One hub of a behaviour, asked by this case alone. */
export class Visit {
  readonly clock: CaseClock = new CaseClock();
  readonly base: string;
  readonly #place: HubPlace;
  readonly #run = `run-${Date.now()}-${++runs}`;

  constructor(place: HubPlace, behaviour: Behaviour) {
    this.#place = place;
    this.base = `${place.hubUrl}${behaviour}/${this.#run}/owner/name/resolve`;
  }

  async read(
    path: string,
    options: Partial<SourceOptions<unknown>> & {
      readonly download?: DownloadPolicy;
      readonly wanted?: { readonly byteLength?: number; readonly sha256?: string };
      readonly offline?: boolean;
      readonly revision?: string;
    } = {},
  ): Promise<Uint8Array> {
    const {
      wanted = {},
      offline = false,
      revision = COMMIT,
      download = {},
      parse = () => undefined,
      ...rest
    } = options;
    const readFile = this.#place.createReader({ offline, download }, this.clock);
    const source = { location: `${this.base}/${revision}/${path}`, ...wanted };
    return (await readSource(source, readFile, { parse, ...rest })).bytes;
  }

  /** The model, which must be whole. */
  async readWhole(options: Parameters<Visit['read']>[1] = {}): Promise<void> {
    const { sha256, byteLength } = this.#place;
    const bytes = await this.read(MODEL, { ...options, wanted: { sha256, byteLength } });
    same(bytes.byteLength, byteLength, 'the bytes read');
  }

  async refused(path: string, options?: Parameters<Visit['read']>[1]): Promise<RouterError> {
    const outcome = await this.read(path, options).then(
      ({ byteLength }) => new Error(`expected a refusal, got ${byteLength} bytes`),
      (error: unknown) => error as Error,
    );
    if (outcome.name !== 'RouterError') throw outcome;
    return outcome as RouterError;
  }

  async requests(path: string = MODEL): Promise<readonly HubRequest[]> {
    const response = await fetch(`${this.#place.hubUrl}log/${this.#run}`);
    return ((await response.json()) as HubRequest[]).filter((request) => request.path === path);
  }

  /** Where the `n`th request for the model began. */
  async startOf(n: number): Promise<number> {
    const range = (await this.requests())[n - 1]?.range;
    return range === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
  }

  async expectNotKept(path: string = MODEL): Promise<void> {
    const error = await this.refused(path, { offline: true });
    matches(error, 'MODEL_LOAD_FAILED', /offline|last asked for/);
  }
}

export function matches(error: RouterError, code: string, message: RegExp): void {
  if (error.code === code && message.test(error.message)) return;
  throw new Error(`expected ${code} and ${String(message)}, got ${error.code}: ${error.message}`);
}

export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${what} to be ${b}, got ${a}`);
}
