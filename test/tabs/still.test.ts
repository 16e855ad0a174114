/** A tab that leads and stands still, as a suspended process does, or whose lock was taken from it while it lives. */

import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildApp, createProfile, openIn, processOf, type BuiltApp, type Profile } from './stage.ts';

let app: BuiltApp;
let profile: Profile;

beforeAll(async () => {
  app = await buildApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
});
beforeEach(() => {
  profile = createProfile(app.url);
});
afterEach(async () => {
  await profile[Symbol.asyncDispose]();
});

type Kind = 'opfs' | 'indexeddb';

async function openTabs(count: number, kind: Kind): Promise<Page[]> {
  const pages: Page[] = [];
  for (let i = 0; i < count; i++) {
    const page = await profile.tab();
    await openIn(page, 'app', kind);
    pages.push(page);
  }
  return pages;
}

/** How a call on a tab's router ends: `done`, or the error's code. */
function outcomeOf(page: Page, call: 'query' | 'write' | 'close' | 'open', kind: Kind = 'opfs'): Promise<string> {
  return page.evaluate(
    async ([what, of]) => {
      const { router } = window.stage;
      const acts = {
        query: () => router?.query('Give me a refund'),
        write: async () => (await router?.addRoute({ name: 'late', utterances: ['too late for this'] }))?.durable,
        close: () => router?.close(),
        open: async () => {
          window.stage.router = await window.stage.openRouter({ storage: { name: 'app', kind: of } });
        },
      };
      return Promise.resolve(acts[what]()).then(
        () => 'done',
        ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
      );
    },
    [call, kind] as const,
  );
}

function roleOf(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => (await window.stage.router?.status())?.tab);
}

function namesIn(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => ((await window.stage.router?.routes()) ?? []).map(({ name }) => name));
}

describe('a leader that stands still', () => {
  test('with its files in OPFS is named by every call of the others, which go on when it does', async () => {
    const [leader, asking, closing] = (await openTabs(3, 'opfs')) as [Page, Page, Page];
    const opening = await profile.tab();
    await leader.evaluate(() => window.stage.router?.addRoute({ name: 'billing', utterances: ['I need a refund'] }));
    const renderer = await processOf(leader);
    process.kill(renderer, 'SIGSTOP');
    try {
      const outcomes = await Promise.all([
        outcomeOf(asking, 'query'),
        outcomeOf(asking, 'write'),
        outcomeOf(opening, 'open'),
        outcomeOf(closing, 'close'),
      ]);
      expect(outcomes).toEqual([
        expect.stringMatching(/^TIMEOUT: .*suspended/),
        expect.stringMatching(/^LEADER_CHANGED: .*stands still/),
        expect.stringMatching(/^TIMEOUT: .*suspended/),
        'done',
      ]);
    } finally {
      process.kill(renderer, 'SIGCONT');
    }
    expect(await outcomeOf(asking, 'query')).toBe('done');
    expect(await outcomeOf(opening, 'open')).toBe('done');
    expect([await roleOf(leader), await roleOf(asking), await roleOf(opening)]).toEqual([
      'leader',
      'follower',
      'follower',
    ]);
  });

  test('with its database in IndexedDB is deposed, and writes nothing when it wakes', async () => {
    const [leader, next, other] = (await openTabs(3, 'indexeddb')) as [Page, Page, Page];
    await leader.evaluate(() => window.stage.startLoad('old-'));
    await expect
      .poll(() => leader.evaluate(() => window.stage.load?.acknowledged().length), { timeout: 30_000 })
      .toBeGreaterThan(5);
    const renderer = await processOf(leader);
    process.kill(renderer, 'SIGSTOP');
    try {
      expect(await Promise.all([next, other].map((page) => outcomeOf(page, 'query')))).toEqual(['done', 'done']);
      expect([await roleOf(next), await roleOf(other)]).toEqual(['leader', 'follower']);
      expect(await outcomeOf(other, 'write')).toBe('done');
    } finally {
      process.kill(renderer, 'SIGCONT');
    }
    await expect.poll(() => roleOf(leader), { timeout: 30_000 }).toBe('follower');
    const report = await leader.evaluate(() => window.stage.load?.stop());
    expect(Object.keys(report?.outcomes ?? {})).toEqual(expect.arrayContaining(['written']));
    expect(
      Object.keys(report?.outcomes ?? {}).filter((key) => !['written', 'answered', 'LEADER_CHANGED'].includes(key)),
    ).toEqual([]);
    const names = await namesIn(next);
    expect(names).toContain('late');
    expect(report?.acknowledged.filter((name) => !names.includes(name))).toEqual([]);
    expect(await namesIn(leader)).toEqual(names);
    await profile.quit();
    const page = await profile.tab();
    await openIn(page, 'app', 'indexeddb');
    expect((await namesIn(page)).toSorted()).toEqual(names.toSorted());
  });
});

describe.each<Kind>(['opfs', 'indexeddb'])('with routes in %s', (kind) => {
  test('a leader whose lock is stolen resigns, and one tab leads after it', async () => {
    const [leader, other] = (await openTabs(2, kind)) as [Page, Page];
    await leader.evaluate(() => window.stage.startLoad('a-'));
    await other.evaluate(() => window.stage.startLoad('b-'));
    await expect
      .poll(() => other.evaluate(() => window.stage.load?.acknowledged().length), { timeout: 30_000 })
      .toBeGreaterThan(5);
    await other.evaluate(() =>
      navigator.locks.request('synaptoroute-tabs-app-leader', { steal: true }, () => undefined),
    );
    await expect.poll(() => roleOf(other), { timeout: 30_000 }).toBe('leader');
    await expect.poll(() => roleOf(leader), { timeout: 30_000 }).toBe('follower');
    const reports = await Promise.all([leader, other].map((page) => page.evaluate(() => window.stage.load?.stop())));
    const names = new Set(await namesIn(other));
    for (const report of reports) {
      expect(
        Object.keys(report?.outcomes ?? {}).filter((key) => !['written', 'answered', 'LEADER_CHANGED'].includes(key)),
      ).toEqual([]);
      expect(report?.acknowledged.filter((name) => !names.has(name))).toEqual([]);
    }
    const late = await profile.tab();
    expect(await outcomeOf(late, 'open', kind)).toBe('done');
  });

  test.each([
    ['follows', 1],
    ['leads', 0],
  ])('a tab that %s is opened again beside the other after the data of the site was cleared', async (_, which) => {
    const pages = (await openTabs(2, kind)) as [Page, Page];
    const session = await pages[0].context().newCDPSession(pages[0]);
    const { origin } = new URL(app.url);
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    const page = pages[which] as Page;
    await page.reload();
    await page.waitForFunction(() => 'stage' in window);
    expect(await outcomeOf(page, 'open', kind)).toBe('done');
    expect(await outcomeOf(page, 'query')).toBe('done');
    expect(await outcomeOf(page, 'write')).toBe('done');
    expect(await namesIn(page)).toEqual(['late']);
    // A leader of before may be held by the browser in its files that are gone.
    if (which === 0) {
      expect(await outcomeOf(pages[1], 'query')).toMatch(/^STORAGE_FAILED: .*cleared.*reload/);
      await pages[1].reload();
      expect(await outcomeOf(pages[1], 'open', kind)).toBe('done');
      expect(await namesIn(pages[1])).toEqual(['late']);
    }
  });
});
