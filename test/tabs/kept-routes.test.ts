/** What is kept, over reloads, restarts, crashes, damage and a full disk, in a Chromium with its own profile. */

import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { REFERENCE_QUERIES, REFERENCE_ROUTES } from '../support/reference.ts';
import { buildApp, createProfile, openIn, type BuiltApp, type Profile } from './stage.ts';

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

/** Room for the reference routes and some more, not for all that the test adds: 20 MB. OPFS takes its room in large steps. */
const SMALL_QUOTA_BYTES = { opfs: 6_000_000, indexeddb: 1_500_000 } as const;

/** Everything that can be asked of the routes in a tab. */
function stateOf(page: Page): Promise<unknown> {
  return page.evaluate(async (queries) => {
    const { router } = window.stage;
    const [routes, decisions] = await Promise.all([router?.routes(), router?.queryMany(queries)]);
    return { routes, decisions };
  }, REFERENCE_QUERIES);
}

async function addReferenceRoutes(page: Page): Promise<void> {
  await page.evaluate(
    async (routes) => {
      for (const route of routes) await window.stage.router?.addRoute(route);
      await window.stage.router?.addUtterances('billing', ['Charge me again']);
      await window.stage.router?.setThreshold('hours', 0.4);
      await window.stage.router?.flush();
    },
    REFERENCE_ROUTES.map(({ name, utterances }) => ({ name, utterances })),
  );
}

function failureOf(page: Page, options: object): Promise<{ code: string; message: string } | undefined> {
  return page.evaluate(
    (given) =>
      window.stage.openRouter(given).then(
        () => undefined,
        ({ code, message }: { code: string; message: string }) => ({ code, message }),
      ),
    options,
  );
}

/** Bytes of the log that SQLite keeps beside the database. */
function logBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle('synaptoroute')).getDirectoryHandle('app');
    return (await (await folder.getFileHandle('routes.db-wal')).getFile()).size;
  });
}

test('the log of a database in OPFS is written back when no change comes for a while', async () => {
  const page = await profile.tab();
  await openIn(page, 'app', 'opfs');
  await addReferenceRoutes(page);
  await expect.poll(() => logBytes(page), { timeout: 30_000 }).toBe(0);
  await page.evaluate(() => window.stage.router?.setThreshold('hours', 0.3));
  await page.evaluate(() => window.stage.router?.flush());
  await expect.poll(() => logBytes(page), { timeout: 30_000 }).toBe(0);
});

describe.each(['opfs', 'indexeddb'] as const)('routes kept in %s', (kind) => {
  test('are all there after a reload and after the browser was restarted, with the same scores', async () => {
    const page = await profile.tab();
    await openIn(page, 'app', kind);
    await addReferenceRoutes(page);
    const before = await stateOf(page);
    await page.reload();
    await openIn(page, 'app', kind);
    expect(await stateOf(page)).toEqual(before);
    await profile.quit();
    const again = await profile.tab();
    await openIn(again, 'app', kind);
    expect(await stateOf(again)).toEqual(before);
  });

  test('say where they lie, what room there is and who holds them', async () => {
    const page = await profile.tab();
    await openIn(page, 'app', kind);
    const status = await page.evaluate(() => window.stage.router?.status());
    expect(status?.tab).toBe('leader');
    expect(status?.storage).toEqual({
      kind: kind === 'opfs' ? 'wa-sqlite/opfs' : 'indexeddb',
      persistent: true,
      persisted: expect.any(Boolean),
      usedBytes: expect.any(Number),
      quotaBytes: expect.any(Number),
    });
  });

  test('are refused to no encoder silently, and made anew for another on request', async () => {
    const page = await profile.tab();
    await openIn(page, 'app', kind);
    await addReferenceRoutes(page);
    await page.reload();
    const storage = { name: 'app', kind };
    expect(await failureOf(page, { storage, maxTokens: 16 })).toMatchObject({ code: 'ENCODER_MISMATCH' });
    const progress = await page.evaluate(
      async (given) => {
        const told: { encodedTexts: number; totalTexts: number }[] = [];
        await window.stage.openRouter({ ...given, onReencode: (each) => void told.push(each) });
        return told;
      },
      { storage, maxTokens: 16, onMismatch: 'reencode' } as const,
    );
    const totalTexts = REFERENCE_ROUTES.reduce((sum, { utterances }) => sum + utterances.length, 1);
    expect(progress.at(-1)).toEqual({ encodedTexts: totalTexts, totalTexts });
  });

  test('go on in memory when the disk is full, reported as not durable, and are what the disk has after reload()', async () => {
    const page = await profile.tab();
    const session = await page.context().newCDPSession(page);
    const { origin } = new URL(app.url);
    // Before IndexedDB is opened: it goes by the room that it was told of last for half a minute.
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: SMALL_QUOTA_BYTES[kind] });
    await openIn(page, 'app', kind);
    await addReferenceRoutes(page);
    const full = await page.evaluate(async () => {
      const { router } = window.stage;
      if (!router) throw new Error('no router');
      const failures: { code: string; message: string }[] = [];
      for (let i = 0; i < 200 && failures.length === 0; i++) {
        const utterances = Array.from({ length: 50 }, (_, j) => `number ${i} of a long list, the item ${j}`);
        const { durable } = await router.addRoute({ name: `r${i}`, utterances });
        await durable.catch(({ code, message }) => failures.push({ code, message }));
      }
      const decision = await router.query('number 3 of a long list, the item 4');
      const { writeFailure } = await router.status();
      const { candidates } = decision;
      return { failure: failures[0], routes: candidates.map(({ route }) => route), writeFailure };
    });
    expect(full.failure).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(full.failure?.message).toMatch(/uses \d+ of \d+ bytes/);
    expect(full.writeFailure).not.toBeNull();
    // The route that the disk refused is weighed as all others are.
    expect(full.routes.length).toBeGreaterThan(REFERENCE_ROUTES.length);
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    const after = await page.evaluate(async () => {
      const { router } = window.stage;
      const memory = (await router?.routes())?.length ?? 0;
      await router?.reload();
      const disk = (await router?.routes())?.length ?? 0;
      const receipt = await router?.addRoute({ name: 'later', utterances: ['room again'] });
      await receipt?.durable;
      return { memory, disk };
    });
    expect(after.disk).toBe(after.memory - 1);
  });
});

describe('routes kept in OPFS', () => {
  test('survive thirty deaths of the worker or of the renderer: what was acknowledged is there, and nothing is half there', async () => {
    const acknowledged = new Set<string>();
    const context = await profile.context();
    await context.exposeFunction('acknowledge', (name: string) => acknowledged.add(name));
    for (let round = 0; round < 30; round++) {
      const page = await profile.tab();
      const before = acknowledged.size;
      await page.evaluate(async (prefix) => {
        const worker = window.stage.startWorker();
        window.stage.kill = () => worker.terminate();
        window.stage.router = await window.stage.openRouter({ storage: { name: 'app' }, worker });
        window.stage.startLoad(prefix);
      }, `round${round}-`);
      await expect.poll(() => acknowledged.size, { interval: 5, timeout: 30_000 }).toBeGreaterThan(before + 2);
      // Anywhere in the few milliseconds that a write takes; the same in every run.
      await page.waitForTimeout((round * 37) % 50);
      if (round % 2 === 0) {
        await page.evaluate(() => window.stage.kill?.());
        await page.close();
      } else {
        const session = await context.newCDPSession(page);
        // The renderer that is to answer is gone.
        void session.send('Page.crash').catch(() => undefined);
        await page.waitForEvent('crash');
        await page.close();
      }
    }
    const page = await profile.tab();
    await openIn(page, 'app');
    const routes = (await page.evaluate(() => window.stage.router?.routes())) ?? [];
    const names = new Set(routes.map(({ name }) => name));
    expect([...acknowledged].filter((name) => !names.has(name))).toEqual([]);
    expect(routes.filter(({ utterances }) => utterances.length !== 2)).toEqual([]);
    // Of each round at most the one write under way was stored without being acknowledged.
    expect(names.size - acknowledged.size).toBeLessThanOrEqual(30);
    // The vectors are those of the texts: each is the nearest of its route to itself.
    const strangers = await page.evaluate(async () => {
      const all = (await window.stage.router?.routes()) ?? [];
      const texts = all.map(({ utterances }) => utterances[0] ?? '');
      const decisions = (await window.stage.router?.queryMany(texts)) ?? [];
      return all.filter(({ name }, i) => {
        const own = decisions[i]?.candidates.find(({ route }) => route === name);
        return own?.utterance !== texts[i];
      }).length;
    });
    expect(strangers).toBe(0);
  });

  test.each([
    ['noise in place of its head', 'noise'],
    ['its end cut off', 'truncate'],
  ] as const)('with %s are STORAGE_CORRUPT, and the file is left as it is', async (_, how) => {
    const page = await profile.tab();
    await openIn(page, 'app');
    await page.evaluate(async () => {
      for (let i = 0; i < 40; i++) {
        const utterances = Array.from({ length: 20 }, (__, j) => `sentence ${j} of the route ${i}`);
        await window.stage.router?.addRoute({ name: `r${i}`, utterances });
      }
      await window.stage.router?.close();
    });
    await page.evaluate((damage) => window.stage.runJob({ type: 'damage', name: 'app', how: damage }), how);
    const hash = (): Promise<unknown> => page.evaluate(() => window.stage.runJob({ type: 'hash', name: 'app' }));
    const before = await hash();
    expect(await failureOf(page, { storage: { name: 'app' } })).toMatchObject({ code: 'STORAGE_CORRUPT' });
    expect(await hash()).toEqual(before);
  });

  test.each([
    ['opfs', { type: 'damage', name: 'app', how: 'vectors' }],
    ['indexeddb', { type: 'damage-block', name: 'app' }],
  ] as const)(
    'with a damaged vector in %s are STORAGE_CORRUPT, naming it, and are mended on request',
    async (kind, damage) => {
      const page = await profile.tab();
      await openIn(page, 'app', kind);
      await addReferenceRoutes(page);
      const before = await stateOf(page);
      await page.evaluate(() => window.stage.router?.close());
      await page.evaluate((job) => window.stage.runJob(job), damage);
      const storage = { name: 'app', kind };
      expect(await failureOf(page, { storage })).toMatchObject({
        code: 'STORAGE_CORRUPT',
        message: expect.stringContaining('vector of "'),
      });
      await page.evaluate(async (given) => {
        window.stage.router = await window.stage.openRouter({ storage: given, onCorrupt: 'reencode' });
      }, storage);
      expect(await stateOf(page)).toEqual(before);
    },
  );
});

describe('openRouter with a storage', () => {
  test.each([
    ['a name with a slash', { name: 'a/b' }],
    ['no name', {}],
    ['a kind that does not exist', { name: 'a', kind: 'floppy' }],
    ['a word', 'disk'],
  ])('refuses %s', async (_, storage) => {
    const page = await profile.tab();
    expect(await failureOf(page, { storage })).toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('go to files where IndexedDB was chosen once and holds none, as when there was no room', async () => {
    const page = await profile.tab();
    await openIn(page, 'app', 'indexeddb');
    await page.evaluate(() => window.stage.router?.close());
    await openIn(page, 'app', 'auto');
    const status = await page.evaluate(() => window.stage.router?.status());
    expect(status?.storage.kind).toBe('wa-sqlite/opfs');
  });

  test('keeps what an earlier release of the browser had in IndexedDB where it is', async () => {
    const page = await profile.tab();
    await openIn(page, 'app', 'indexeddb');
    await addReferenceRoutes(page);
    await page.reload();
    await openIn(page, 'app', 'auto');
    const status = await page.evaluate(() => window.stage.router?.status());
    expect(status?.storage.kind).toBe('indexeddb');
    expect(status?.routes).toBe(REFERENCE_ROUTES.length);
  });

  test('without one keeps nothing, and says so', async () => {
    const page = await profile.tab();
    const status = await page.evaluate(async () => (await window.stage.openRouter()).status());
    expect(status.storage).toEqual({ kind: 'memory', persistent: false });
    expect(status.tab).toBeUndefined();
  });
});
