/** Random histories of one router on a database, beside a router in memory that knows nothing of closing and reloading. */

import { createSqliteStorage, openRouter, type LocalRouter } from 'synaptoroute/node';
import { createHashEncoder } from './encoders.ts';

const WORDS = 'money parcel address plan invoice password refund car table tea rain order cancel change where'.split(
  ' ',
);
const encoder = createHashEncoder({ dimensions: 16 });

export interface HistoryCounts {
  steps: number;
  answers: number;
}

type Act = (router: LocalRouter, options?: { readonly signal: AbortSignal }) => Promise<unknown>;

/** One history of that many steps; a fault is a sentence. */
export class History {
  readonly #path: string;
  readonly #random: () => number;
  readonly #counts: HistoryCounts;
  readonly #names: string[] = [];
  #router!: LocalRouter;
  #twin!: LocalRouter;
  #text = 0;

  constructor(path: string, random: () => number, counts: HistoryCounts) {
    this.#path = path;
    this.#random = random;
    this.#counts = counts;
  }

  async run(steps: number): Promise<string | undefined> {
    this.#twin = await openRouter({ encoder });
    this.#router = await openRouter({ encoder, storage: this.#path });
    const done: string[] = [];
    try {
      for (let i = 0; i < steps; i++) {
        done.push(await this.#step());
        this.#counts.steps++;
        const fault = i % 5 === 4 || i === steps - 1 ? await this.#compare() : undefined;
        if (fault) return `after ${done.slice(-12).join(', ')}: ${fault}`;
      }
      return undefined;
    } finally {
      await this.#router.close();
      await this.#twin.close();
    }
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #sentence(): string {
    const words = Array.from({ length: 1 + this.#below(5) }, () => WORDS[this.#below(WORDS.length)]);
    return `${words.join(' ')} ${this.#text++}`;
  }

  #name(): string {
    // Sometimes one that is not there: both refuse it.
    return this.#names[this.#below(this.#names.length + 1)] ?? 'nobody';
  }

  async #step(): Promise<string> {
    const kind = this.#below(20);
    if (kind === 0) return this.#reopen();
    if (kind === 1) return this.#reload();
    if (kind === 2) return this.#exchange();
    if (kind === 3 && this.#names.length > 1) return this.#fit();
    if (kind <= 6) return this.#abort();
    return this.#change();
  }

  async #reopen(): Promise<string> {
    await this.#router.close();
    this.#router = await openRouter({ encoder, storage: this.#path });
    return 'reopen';
  }

  async #reload(): Promise<string> {
    await this.#router.reload();
    return 'reload';
  }

  /** An export and its import, of both into themselves or of the one into the other. */
  async #exchange(): Promise<string> {
    const bytes = await this.#router.exportFile();
    const target = this.#below(2) === 0 ? this.#router : this.#twin;
    await target.importFile(bytes);
    return target === this.#router ? 'import of its own' : 'import by the twin';
  }

  async #fit(): Promise<string> {
    try {
      await this.#router.fit();
    } catch {
      // Too few texts.
      return 'no fit';
    }
    await this.#twin.importFile(await this.#router.exportFile());
    return 'fit';
  }

  /** A change whose signal ends it before or while it is under way; it happened where it resolved. */
  async #abort(): Promise<string> {
    const { what, act } = this.#draw();
    const signal = this.#below(2) === 0 ? AbortSignal.abort() : AbortSignal.timeout(this.#below(3));
    const error = await outcome(act(this.#router, { signal }));
    if (error === undefined || !['ABORTED', 'TIMEOUT'].includes(error)) await this.#same(act, error);
    return `${what} with a signal (${error ?? 'done'})`;
  }

  async #change(): Promise<string> {
    const { what, act } = this.#draw();
    await this.#same(act, await outcome(act(this.#router)));
    return what;
  }

  async #same(act: Act, error: string | undefined): Promise<void> {
    const expected = await outcome(act(this.#twin));
    if (error !== expected) throw new Error(`the router says ${error}, its twin ${expected}`);
  }

  #draw(): { readonly what: string; readonly act: Act } {
    const name = this.#name();
    const texts = Array.from({ length: 1 + this.#below(4) }, () => this.#sentence());
    switch (this.#below(this.#names.length < 3 ? 2 : 8)) {
      case 0:
      case 1: {
        const added = `r${this.#text++}`;
        this.#names.push(added);
        const route = {
          name: added,
          utterances: texts,
          ...(this.#below(2) === 0 && { negatives: [this.#sentence()] }),
          ...(this.#below(2) === 0 && { threshold: this.#random() }),
          ...(this.#below(2) === 0 && { metadata: { text: texts[0] as string } }),
        };
        return { what: `add ${added}`, act: (router, options) => router.addRoute(route, options) };
      }
      case 2:
        return { what: `remove ${name}`, act: (router) => router.removeRoute(name) };
      case 3:
        return {
          what: `add negatives of ${name}`,
          act: (router, options) => router.addNegatives(name, texts, options),
        };
      case 4: {
        const threshold = this.#below(3) === 0 ? undefined : this.#random();
        return {
          what: `threshold of ${name}`,
          act: (router) => router.setThreshold(name, threshold),
        };
      }
      case 5: {
        const at = this.#random();
        return {
          what: `remove one of ${name}`,
          act: async (router) => {
            const utterances = (await router.routes()).find((route) => route.name === name)?.utterances ?? ['none'];
            return router.removeUtterances(name, [utterances[Math.floor(at * utterances.length)] as string]);
          },
        };
      }
      default:
        return { what: `add to ${name}`, act: (router, options) => router.addUtterances(name, texts, options) };
    }
  }

  /** What both hold, and what routers answer that are opened on it now: statistics follow changes after some. */
  async #compare(): Promise<string | undefined> {
    const texts = Array.from({ length: 10 }, () => this.#sentence());
    await this.#router.flush();
    const live = [await describeRoutes(this.#router), await describeRoutes(this.#twin)] as const;
    if (live[0] !== live[1]) return `the router holds ${live[0]}, its twin ${live[1]}`;
    const stored = await openRouter({
      encoder,
      storage: await createSqliteStorage({ path: this.#path, access: 'read' }),
    });
    const fresh = await openRouter({ encoder });
    await fresh.importFile(await this.#twin.exportFile());
    const [ours, theirs] = [await describeAnswers(stored, texts), await describeAnswers(fresh, texts)];
    await stored.close();
    await fresh.close();
    this.#counts.answers += texts.length;
    for (const [i, text] of ours.entries()) {
      if (text !== theirs[i]) return `the database gives ${text.slice(0, 400)}, its twin ${theirs[i]?.slice(0, 400)}`;
    }
    return undefined;
  }
}

/** Without thresholds that come from statistics. */
async function describeRoutes(router: LocalRouter): Promise<string> {
  return JSON.stringify((await router.routes()).map((route) => ({ ...route, threshold: null })));
}

/** Sums over the same texts in another order differ in the last digits. */
async function describeAnswers(router: LocalRouter, texts: readonly string[]): Promise<readonly string[]> {
  const values = [...(await router.routes()), ...(await router.queryMany(texts))];
  return values.map((value) =>
    JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' ? Math.round(item * 1e4) / 1e4 : item)),
  );
}

async function outcome(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    async (receipt) => {
      await (receipt as { readonly durable?: Promise<void> }).durable;
      return undefined;
    },
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );
}
