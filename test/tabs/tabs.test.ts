/** Many tabs on one router, in a real browser with its own profile: the real model, the real storage, real ends. */

import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildApp, createProfile, openIn, type BuiltApp, type Profile } from './stage.ts';
import type { LoadReport } from './app/load.ts';

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

async function openTabs(count: number, name = 'app'): Promise<Page[]> {
  const pages: Page[] = [];
  for (let i = 0; i < count; i++) {
    const page = await profile.tab();
    await openIn(page, name);
    pages.push(page);
  }
  return pages;
}

function roleOf(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => (await window.stage.router?.status())?.tab);
}

function addRoute(page: Page, name: string, utterance: string): Promise<void> {
  return page.evaluate(
    async (route) => {
      const receipt = await window.stage.router?.addRoute(route);
      await receipt?.durable;
    },
    { name, utterances: [utterance] },
  );
}

function routeOf(page: Page, text: string): Promise<string | null | undefined> {
  return page.evaluate(async (query) => (await window.stage.router?.query(query))?.route, text);
}

function encoderIn(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => (await window.stage.router?.query('hello'))?.encoderId);
}

async function startLoad(pages: readonly Page[], round = 'round'): Promise<void> {
  await Promise.all(
    pages.map((page, i) => page.evaluate((prefix) => window.stage.startLoad(prefix), `${round}-tab${i}-`)),
  );
}

function acknowledgedIn(page: Page): Promise<number> {
  return page.evaluate(() => window.stage.load?.acknowledged().length ?? 0);
}

function stopLoad(page: Page): Promise<LoadReport> {
  return page.evaluate(async () => {
    const report = await window.stage.load?.stop();
    if (!report) throw new Error('there is no load');
    return report;
  });
}

function namesIn(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => ((await window.stage.router?.routes()) ?? []).map(({ name }) => name));
}

/** Who holds the lock of the leader. */
function leaderIn(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    return held.find(({ name }) => name === 'synaptoroute-tabs-app-leader')?.clientId;
  });
}

/** Long enough for some hundred calls of each tab. */
const UNDER_LOAD_MS = 1500;

describe('tabs of one name', () => {
  test('have one leader, and each sees what any other changes', async () => {
    const pages = await openTabs(3);
    expect(await Promise.all(pages.map(roleOf))).toEqual(['leader', 'follower', 'follower']);
    const [first, second, third] = pages as [Page, Page, Page];
    await addRoute(second, 'billing', 'I need a refund');
    await addRoute(first, 'hours', 'When do you open?');
    expect(await routeOf(third, 'Give me a refund please')).toBe('billing');
    expect(await routeOf(second, 'When do you open today?')).toBe('hours');
    await third.evaluate(() => window.stage.router?.removeRoute('billing'));
    expect(await routeOf(first, 'Give me a refund please')).not.toBe('billing');
  });

  test('load one model, however many they are', async () => {
    const context = await profile.context();
    const models: string[] = [];
    context.on('request', (request) => {
      if (request.url().endsWith('.onnx')) models.push(request.url());
    });
    await openTabs(4);
    expect(models).toHaveLength(1);
  });

  test('change the model for all of them, and whoever leads next opens that one', async () => {
    const [leader, follower, other] = (await openTabs(3)) as [Page, Page, Page];
    await addRoute(leader, 'billing', 'I need a refund');
    const before = await encoderIn(other);
    const steps = await follower.evaluate(async () => {
      const seen: string[] = [];
      const receipt = await window.stage.router?.setModel(
        { maxTokens: 64 },
        { onProgress: ({ step }) => void seen.push(step) },
      );
      await receipt?.durable;
      return seen;
    });
    expect(new Set(steps)).toEqual(new Set(['load', 'encode']));
    const after = await encoderIn(other);
    expect([after === before, await encoderIn(leader), await encoderIn(follower)]).toEqual([false, after, after]);
    await leader.close();
    expect([await encoderIn(follower), await encoderIn(other)]).toEqual([after, after]);
    expect(await routeOf(other, 'Give me a refund please')).toBe('billing');
    // A tab that still opens the old one is told.
    const late = await profile.tab();
    await expect(openIn(late, 'app')).rejects.toThrow(/another model/);
    await late.evaluate(async () => {
      window.stage.router = await window.stage.openRouter({ storage: { name: 'app' }, maxTokens: 64 });
    });
    expect(await encoderIn(late)).toBe(after);
  });

  test('writing all at once keep every acknowledged change, and count none twice', async () => {
    const pages = await openTabs(5);
    await startLoad(pages);
    await expect
      .poll(async () => (await Promise.all(pages.map(acknowledgedIn))).reduce((sum, count) => sum + count), {
        timeout: 30_000,
      })
      .toBeGreaterThan(50);
    const reports = await Promise.all(pages.map(stopLoad));
    const acknowledged = reports.flatMap((report) => report.acknowledged);
    for (const { outcomes, started, settled } of reports) {
      expect(outcomes).toEqual({ answered: expect.any(Number), written: expect.any(Number) });
      expect(settled).toBe(started);
    }
    await profile.quit();
    const page = await profile.tab();
    await openIn(page, 'app');
    expect((await namesIn(page)).toSorted()).toEqual(acknowledged.toSorted());
  });

  test.each([
    ['closed by its user', (page: Page) => page.close()],
    [
      'killed',
      async (page: Page) => {
        const session = await page.context().newCDPSession(page);
        // The renderer that is to answer is gone.
        void session.send('Page.crash').catch(() => undefined);
        await page.waitForEvent('crash');
      },
    ],
    ['closing its router', (page: Page) => page.evaluate(() => window.stage.router?.close())],
  ])(
    'answer again when their leader is %s under load, settle every call, and lose nothing that was acknowledged',
    async (_, end) => {
      const [leader, ...followers] = (await openTabs(4)) as [Page, ...Page[]];
      await startLoad([leader, ...followers]);
      await leader.waitForTimeout(UNDER_LOAD_MS);
      const before = await leader.evaluate(() => window.stage.load?.acknowledged() ?? []);
      await end(leader);
      await followers[0]?.waitForTimeout(2 * UNDER_LOAD_MS);
      const reports = await Promise.all(followers.map(stopLoad));
      for (const { outcomes, started, settled } of reports) {
        expect(settled).toBe(started);
        expect(
          Object.keys(outcomes).filter((outcome) => !['answered', 'written', 'LEADER_CHANGED'].includes(outcome)),
        ).toEqual([]);
        // By the next leader too.
        expect(outcomes['answered']).toBeGreaterThan(0);
      }
      const roles = await Promise.all(followers.map(roleOf));
      expect(roles.filter((role) => role === 'leader')).toHaveLength(1);
      const names = new Set(await namesIn(followers[0] as Page));
      const acknowledged = [...before, ...reports.flatMap((report) => report.acknowledged)];
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    },
  );

  test('are told of a new leader once the lock has changed hands', async () => {
    const [leader, , watcher] = (await openTabs(3)) as [Page, Page, Page];
    const before = await leaderIn(watcher);
    await watcher.evaluate(() => {
      const hub = new BroadcastChannel('synaptoroute-tabs-app');
      hub.addEventListener('message', ({ data }) => {
        if (data.type === 'leading') document.title = 'told';
      });
    });
    await leader.close();
    await watcher.waitForFunction(() => document.title === 'told');
    expect([undefined, before]).not.toContain(await leaderIn(watcher));
  });

  test.each([
    ['another model', { defaultThreshold: 0.9 }],
    ['another rule', { rule: 'centroid' }],
    ['another margin', { minMargin: 0.1 }],
  ] as const)('with %s are refused, and told so', async (_, options) => {
    await openTabs(1);
    const other = await profile.tab();
    const error = await other.evaluate(
      (given) =>
        window.stage.openRouter({ storage: { name: 'app' }, ...given }).then(
          () => undefined,
          (reason: { code: string; message: string }) => ({ code: reason.code, message: reason.message }),
        ),
      options,
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('every tab') });
  });

  test('that name the defaults are alike', async () => {
    await openTabs(1);
    const other = await profile.tab();
    await other.evaluate(() => window.stage.openRouter({ storage: { name: 'app' }, rule: 'blend', minMargin: 0 }));
  });

  test('of two names know nothing of each other', async () => {
    const [one] = (await openTabs(1, 'one')) as [Page];
    const [two] = (await openTabs(1, 'two')) as [Page];
    await addRoute(one, 'billing', 'I need a refund');
    expect(await roleOf(two)).toBe('leader');
    expect(await namesIn(two)).toEqual([]);
  });
});
