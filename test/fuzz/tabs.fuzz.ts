/**
 * Five tabs write, remove and ask while one after another is closed, crashed, killed, navigated away or stopped for a
 * while. What was acknowledged must be there, whole, in every tab and after a restart of the browser. One run is one end
 * or stop.
 */

import type { Page } from 'playwright';
import { createRandom } from '../../bench/measure.ts';
import { buildApp, createProfile, openIn, processOf, type Profile } from '../tabs/stage.ts';
import type { FuzzOptions, FuzzReport, FuzzSuite } from './suite.ts';

export const suite: FuzzSuite = { shortRuns: 6, longRuns: 60, run };

const TABS = 5;
const KINDS = ['opfs', 'indexeddb'] as const;
type Kind = (typeof KINDS)[number];

const ENDS = ['close', 'crash', 'kill', 'navigate', 'stop'] as const;
type End = (typeof ENDS)[number];

/** How calls may end when tabs do. */
const ALLOWED = new Set(['written', 'removed', 'answered', 'LEADER_CHANGED', 'TIMEOUT']);
/** Far more than any call takes; longer than the limit after which a silent leader is given up. */
const HUNG_MS = 60_000;
/** Longer than that limit. */
const LONG_STOP_MS = 13_000;

interface Tab {
  readonly page: Page;
  readonly prefix: string;
}

async function run({ seed, runs, log }: FuzzOptions): Promise<FuzzReport> {
  const random = createRandom(seed);
  const faults: string[] = [];
  const counts: Record<string, number> = { acknowledged: 0, removed: 0 };
  await using app = await buildApp();
  for (const [i, kind] of KINDS.entries()) {
    await using profile = createProfile(app.url);
    const round = new Round(profile, kind, { random, counts, faults, label: `seed ${seed}, ${kind}` });
    const ends = Math.floor((runs + i) / KINDS.length);
    await round.open();
    for (let done = 0; done < ends; done++) {
      const end = ENDS[Math.floor(random() * ENDS.length)] as End;
      await round.end(end);
      log(`${kind} ${done + 1} of ${ends}: ${end}, ${round.summary}`);
    }
    await round.check();
  }
  return { counts, faults };
}

interface Shared {
  readonly random: () => number;
  readonly counts: Record<string, number>;
  readonly faults: string[];
  readonly label: string;
}

/** Tabs over one storage, from the first to the restart. */
class Round {
  readonly #profile: Profile;
  readonly #kind: Kind;
  readonly #shared: Shared;
  readonly #tabs: Tab[] = [];
  readonly #added = new Set<string>();
  readonly #removing = new Set<string>();
  readonly #removed = new Set<string>();
  #opened = 0;
  #onAcknowledged: () => void = () => undefined;

  constructor(profile: Profile, kind: Kind, shared: Shared) {
    this.#profile = profile;
    this.#kind = kind;
    this.#shared = shared;
  }

  get summary(): string {
    return `${this.#added.size} added, ${this.#removed.size} removed`;
  }

  async open(): Promise<void> {
    const context = await this.#profile.context();
    await context.exposeFunction('acknowledge', (name: string, change: 'added' | 'removing' | 'removed') => {
      const names = { added: this.#added, removing: this.#removing, removed: this.#removed };
      names[change].add(name);
      this.#onAcknowledged();
    });
    while (this.#tabs.length < TABS) await this.#openTab();
  }

  /** Ends or stops one tab under load, more often the one that was opened first, and opens another for one that ended. */
  async end(end: End): Promise<void> {
    const { random, counts } = this.#shared;
    await this.#acknowledged(1 + Math.floor(random() * 30));
    const at = random() < 0.6 ? 0 : Math.floor(random() * this.#tabs.length);
    const tab = this.#tabs[at] as Tab;
    counts[end] = (counts[end] ?? 0) + 1;
    if (end === 'stop') return this.#stop(tab);
    this.#tabs.splice(at, 1);
    await endPage(tab.page, end);
    await this.#openTab();
  }

  /** Stops the load, compares the tabs with the journal, and once more after a restart. */
  async check(): Promise<void> {
    const { counts } = this.#shared;
    for (const { page, prefix } of this.#tabs) await this.#stopLoad(page, prefix);
    const stored = await Promise.all(this.#tabs.map(({ page }) => routesIn(page)));
    for (const routes of stored) this.#compare(routes, stored[0] ?? {}, 'of a tab');
    await this.#profile.quit();
    const page = await this.#profile.tab();
    await openIn(page, 'fuzz', this.#kind);
    this.#compare(await routesIn(page), stored[0] ?? {}, 'after a restart');
    counts['acknowledged'] = (counts['acknowledged'] ?? 0) + this.#added.size;
    counts['removed'] = (counts['removed'] ?? 0) + this.#removed.size;
  }

  async #openTab(): Promise<void> {
    const page = await this.#profile.tab();
    const prefix = `tab${this.#opened++}-`;
    page.on('pageerror', ({ message }) => this.#fault(`${prefix} had a page error: ${message}`));
    await openIn(page, 'fuzz', this.#kind);
    await page.evaluate((given) => window.stage.startLoad(given, { removeEvery: 4 }), prefix);
    this.#tabs.push({ page, prefix });
  }

  async #stop({ page }: Tab): Promise<void> {
    const { random, counts } = this.#shared;
    const isLong = random() < 0.15;
    if (isLong) counts['stop beyond the limit'] = (counts['stop beyond the limit'] ?? 0) + 1;
    const renderer = await processOf(page);
    process.kill(renderer, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, isLong ? LONG_STOP_MS : 300 + random() * 1_500));
    process.kill(renderer, 'SIGCONT');
  }

  /** Resolves when so many more changes are durable. */
  async #acknowledged(count: number): Promise<void> {
    const target = this.#added.size + count;
    const reached = new Promise<true>((resolve) => {
      this.#onAcknowledged = () => this.#added.size >= target && resolve(true);
    });
    if (!(await inTime(reached))) this.#fault(`nothing was written for ${HUNG_MS / 1000} s, ${this.summary}`);
  }

  async #stopLoad(page: Page, prefix: string): Promise<void> {
    const report = await inTime(page.evaluate(() => window.stage.load?.stop()));
    if (!report) return this.#fault(`calls of ${prefix} did not settle`);
    const { outcomes, started, settled } = report;
    if (started !== settled) this.#fault(`${prefix}: ${settled} of ${started} calls settled`);
    for (const outcome of Object.keys(outcomes)) {
      if (!ALLOWED.has(outcome)) this.#fault(`${prefix}: ${outcomes[outcome]} calls ended with ${outcome}`);
    }
  }

  #compare(routes: Stored, first: Stored, where: string): void {
    const lost = [...this.#added].filter((name) => !this.#removing.has(name) && !(name in routes));
    const back = [...this.#removed].filter((name) => name in routes);
    const half = Object.entries(routes).filter(([, utterances]) => utterances !== 2);
    if (lost.length > 0) this.#fault(`${lost.length} acknowledged routes are not in the routes ${where}: ${lost[0]}`);
    if (back.length > 0) this.#fault(`${back.length} removed routes are in the routes ${where}: ${back[0]}`);
    if (half.length > 0) this.#fault(`${half.length} routes ${where} are not whole: ${half[0]?.[0]}`);
    if (Object.keys(routes).toSorted().join() !== Object.keys(first).toSorted().join()) {
      this.#fault(`the routes ${where} are not those of the first tab`);
    }
  }

  #fault(what: string): void {
    this.#shared.faults.push(`${this.#shared.label}: ${what}`);
  }
}

async function endPage(page: Page, end: Exclude<End, 'stop'>): Promise<void> {
  if (end === 'close') return page.close();
  if (end === 'navigate') return void (await page.goto('about:blank'));
  if (end === 'kill') return void process.kill(await processOf(page), 'SIGKILL');
  const session = await page.context().newCDPSession(page);
  // Nothing is there to answer.
  void session.send('Page.crash').catch(() => undefined);
}

/** How many utterances each route has. */
type Stored = Readonly<Record<string, number>>;

function routesIn(page: Page): Promise<Stored> {
  return page.evaluate(async () =>
    Object.fromEntries(
      ((await window.stage.router?.routes()) ?? []).map(({ name, utterances }) => [name, utterances.length]),
    ),
  );
}

/** The value, or `undefined` where it takes longer than anything may. */
async function inTime<T>(value: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), HUNG_MS);
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}
