/**
 * What every runtime's reader of models must do with a hub that behaves, and with one that does not, as cases that Node
 * and a page can run. They import no test runner and no platform; a case that is not met throws. No case waits: the
 * clock is theirs.
 */

import type { Clock, RouterError } from 'synaptoroute';
import type { DownloadPolicy } from '../../src/encoder/download.ts';
import { readSource, sha256Hex, type ReadFile, type ReadOptions } from '../../src/encoder/model-source.ts';

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

export interface HubCase {
  readonly name: string;
  readonly run: (place: HubPlace) => Promise<void>;
}

const MODEL = 'onnx/model_quantized.onnx';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** The defaults. */
const MAX_TRIES = 5;
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
class Visit {
  readonly clock = new CaseClock();
  readonly base: string;
  readonly #place: HubPlace;
  readonly #run = `run-${Date.now()}-${++runs}`;

  constructor(place: HubPlace, behaviour: Behaviour) {
    this.#place = place;
    this.base = `${place.hubUrl}${behaviour}/${this.#run}/owner/name/resolve`;
  }

  read(
    path: string,
    options: ReadOptions & {
      readonly wanted?: { readonly byteLength?: number; readonly sha256?: string };
      readonly offline?: boolean;
      readonly revision?: string;
    } = {},
  ): Promise<Uint8Array> {
    const { wanted = {}, offline = false, revision = COMMIT, ...rest } = options;
    const readFile = this.#place.createReader({ offline }, this.clock);
    return readSource({ location: `${this.base}/${revision}/${path}`, ...wanted }, readFile, rest);
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

  async requests(path = MODEL): Promise<readonly HubRequest[]> {
    const response = await fetch(`${this.#place.hubUrl}log/${this.#run}`);
    return ((await response.json()) as HubRequest[]).filter((request) => request.path === path);
  }

  /** Where the `n`th request for the model began. */
  async startOf(n: number): Promise<number> {
    const range = (await this.requests())[n - 1]?.range;
    return range === undefined ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
  }

  async expectNotKept(path = MODEL): Promise<void> {
    const error = await this.refused(path, { offline: true });
    matches(error, 'MODEL_LOAD_FAILED', /offline|last asked for/);
  }
}

export const HUB_CASES: readonly HubCase[] = [
  {
    name: 'a file is read through a redirect, with progress, kept, and asked for once',
    async run(place) {
      const visit = new Visit(place, 'good');
      const seen: (number | undefined)[] = [];
      await visit.readWhole({ onProgress: (loaded, total) => seen.push(loaded, total) });
      same(seen.slice(-2), [place.byteLength, place.byteLength], 'the last progress');
      await visit.readWhole();
      await visit.readWhole({ offline: true });
      same((await visit.requests()).length, 1, 'requests');
      same(visit.clock.silences, 0, 'timers left');
    },
  },
  {
    name: 'a file that is missing is refused at once; of a commit it is not asked for again, of a branch it is',
    async run(place) {
      const visit = new Visit(place, 'good');
      for (const [revision, requests] of [
        [COMMIT, 1],
        ['main', 3],
      ] as const) {
        for (let i = 0; i < 2; i++) {
          matches(await visit.refused('onnx/model_q4.onnx', { revision }), 'MODEL_LOAD_FAILED', /model_q4\.onnx/);
        }
        same((await visit.requests('onnx/model_q4.onnx')).length, requests, `requests at ${revision}`);
      }
      same(visit.clock.pauses, [], 'pauses');
    },
  },
  {
    name: 'a refusal that another try would not mend is told at once',
    async run(place) {
      const visit = new Visit(place, 'refuses-access');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /HTTP status 403/);
      same((await visit.requests()).length, 1, 'requests');
    },
  },
  {
    name: 'a server that fails twice is asked a third time, after 0.5 s and 1 s',
    async run(place) {
      const visit = new Visit(place, 'fails-twice');
      await visit.readWhole();
      same(visit.clock.pauses, [500, 1000], 'pauses');
      same((await visit.requests()).length, 3, 'requests');
    },
  },
  {
    name: 'a server that always fails is given up after five tries, with its status',
    async run(place) {
      const visit = new Visit(place, 'fails-always');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /each of 5 tries.*503/);
      same(visit.clock.pauses, [500, 1000, 2000, 4000], 'pauses');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a download cut at half is resumed from where it was cut',
    async run(place) {
      const visit = new Visit(place, 'cut-once');
      await visit.readWhole();
      const from = await visit.startOf(2);
      if (!(from > 0 && from <= place.byteLength / 2)) throw new Error(`resumed from ${from}`);
      same((await visit.requests()).length, 2, 'requests');
    },
  },
  {
    name: 'a download cut at half begins anew where the server sends the whole, whatever it is asked for',
    async run(place) {
      const visit = new Visit(place, 'cut-without-ranges');
      await visit.readWhole();
      same((await visit.requests()).length, 2, 'requests');
    },
  },
  {
    name: 'a file that changes between a cut and its resumption is read from its beginning',
    async run(place) {
      const visit = new Visit(place, 'cut-and-changed');
      const bytes = await visit.read(MODEL);
      // Nothing of what was read before.
      same(await sha256Hex(new Uint8Array(bytes.slice('changed'.length))), place.sha256, 'the hash of the rest');
      same(await visit.startOf(3), 0, 'where the third request began');
    },
  },
  {
    name: 'a file that is shorter than what was read of it before is read from its beginning',
    async run(place) {
      const visit = new Visit(place, 'cut-and-shortened');
      same((await visit.read(MODEL)).byteLength, 1000, 'the bytes read');
      same(await visit.startOf(3), 0, 'where the third request began');
    },
  },
  {
    name: 'a server that announces more than it sends is given up, and nothing is kept',
    async run(place) {
      const visit = new Visit(place, 'announces-more');
      matches(await visit.refused(MODEL), 'MODEL_LOAD_FAILED', /each of 5 tries/);
      await visit.expectNotKept();
    },
  },
  {
    name: 'a file of another length than was said is refused with both, and not kept',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { wanted: { byteLength: 1000 } });
      matches(error, 'MODEL_LOAD_FAILED', new RegExp(`${place.byteLength} bytes.*expected 1000`));
      same((await visit.requests()).length, 1, 'requests');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a file of another hash than was said is refused with both, and not kept',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { wanted: { sha256: '0'.repeat(64) } });
      matches(error, 'MODEL_LOAD_FAILED', new RegExp(`${place.sha256}.*expected 0{64}`));
      same((await visit.requests()).length, 1, 'requests');
      await visit.expectNotKept();
    },
  },
  {
    name: 'a server that falls silent for 30 s is asked again for the rest, five times in all, and the time is told',
    async run(place) {
      const visit = new Visit(place, 'falls-silent');
      const error = await visit.refused(MODEL, { onProgress: () => visit.clock.passSilence() });
      matches(error, 'MODEL_LOAD_FAILED', /each of 5 tries.*nothing came for 30000 ms/);
      const starts = await Promise.all(Array.from({ length: MAX_TRIES }, (_, i) => visit.startOf(i + 1)));
      same(starts, [0, 1000, 2000, 3000, 4000], 'where the tries began');
      await visit.expectNotKept();
    },
  },
  {
    name: 'an HTML page in place of JSON, or of a model, is refused by name, and not kept',
    async run(place) {
      const visit = new Visit(place, 'sends-html');
      for (const path of ['config.json', MODEL]) {
        const error = await visit.refused(path);
        matches(error, 'MODEL_LOAD_FAILED', /HTML/);
        matches(error, 'MODEL_LOAD_FAILED', new RegExp(path));
        await visit.expectNotKept(path);
      }
    },
  },
  {
    name: 'a file that is sent compressed is read whole, though its length is not known before',
    async run(place) {
      const visit = new Visit(place, 'compresses');
      await visit.readWhole();
      same((await visit.requests()).length, 1, 'requests');
    },
  },
  {
    name: 'offline nothing is asked for, and what is missing is told by its URL',
    async run(place) {
      const visit = new Visit(place, 'good');
      const error = await visit.refused(MODEL, { offline: true });
      matches(error, 'MODEL_LOAD_FAILED', /offline: true/);
      if (!error.message.includes(visit.base)) throw new Error(`expected the URL in: ${error.message}`);
      same(await visit.requests(), [], 'requests');
    },
  },
  {
    name: 'an abort ends a download at once',
    async run(place) {
      const visit = new Visit(place, 'falls-silent');
      const abort = new AbortController();
      const error = await visit.refused(MODEL, { signal: abort.signal, onProgress: () => abort.abort() });
      matches(error, 'ABORTED', /./);
      same((await visit.requests()).length, 1, 'requests');
      same(visit.clock.silences, 0, 'timers left');
    },
  },
];

function matches(error: RouterError, code: string, message: RegExp): void {
  if (error.code === code && message.test(error.message)) return;
  throw new Error(`expected ${code} and ${String(message)}, got ${error.code}: ${error.message}`);
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${what} to be ${b}, got ${a}`);
}
