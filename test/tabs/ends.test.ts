/** What the other tabs notice of a tab's end: nothing that they did not ask for. */

import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
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

test('ten tabs that end with many calls under way leave no error in the tab that leads', async () => {
  const leader = await profile.tab();
  const errors: string[] = [];
  leader.on('pageerror', ({ message }) => errors.push(message));
  await openIn(leader, 'app');
  await leader.evaluate(() => window.stage.router?.addRoute({ name: 'billing', utterances: ['I need a refund'] }));
  const followers: Page[] = [];
  for (let i = 0; i < 10; i++) {
    const page = await profile.tab();
    await openIn(page, 'app');
    followers.push(page);
  }
  await Promise.all(
    followers.map((page, i) =>
      page.evaluate(async (tab) => {
        const { router } = window.stage;
        const askOn = async (): Promise<void> => {
          for (let j = 0; ; j++) await router?.query(`what of order ${j} in ${tab}?`);
        };
        for (let j = 0; j < 400; j++) void askOn().catch(() => undefined);
        await router?.query('are all of these on their way?');
      }, i),
    ),
  );
  await Promise.all(followers.map((page) => page.close()));
  // Asked after all of theirs, and so answered after them.
  const route = await leader.evaluate(async () => (await window.stage.router?.query('Give me a refund'))?.route);
  expect({ route, errors }).toEqual({ route: 'billing', errors: [] });
});

test('a worker that Trusted Types refuse is reported with that reason', async () => {
  const page = await profile.tab();
  const message = await page.evaluate(async () => {
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "require-trusted-types-for 'script'";
    document.head.append(policy);
    return window.stage.openRouter().then(
      () => 'opened',
      (error: Error) => error.message,
    );
  });
  expect(message).toMatch(/TrustedScriptURL.*Trusted Types/);
});
