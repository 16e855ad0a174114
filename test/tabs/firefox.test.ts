/** The storage contract and a kept router in Firefox. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOrInstallFirefox } from '../../scripts/firefox.ts';
import { STORAGE_CONTRACT } from '../support/storage-contract.ts';
import type { JobResult, StorageKind } from './app/jobs.ts';
import { buildApp, type BuiltApp } from './stage.ts';

const executablePath = findOrInstallFirefox();
const title = executablePath
  ? `in Firefox (${executablePath})`
  : 'in Firefox: SKIPPED, none was found and none could be installed; set FIREFOX_PATH';

describe.skipIf(!executablePath)(title, () => {
  let app: BuiltApp;
  let browser: Browser;
  let profile: string;
  let page: Page;

  beforeAll(async () => {
    app = await buildApp();
    profile = mkdtempSync(join(tmpdir(), 'firefox-profile-'));
    browser = await launch({
      browser: 'firefox',
      ...(executablePath && { executablePath }),
      userDataDir: profile,
      protocolTimeout: 240_000,
    });
    page = await open();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.[Symbol.asyncDispose]();
    rmSync(profile, { recursive: true, force: true });
  });

  async function open(): Promise<Page> {
    const tab = await browser.newPage();
    await tab.goto(app.url);
    await tab.waitForFunction(() => 'stage' in window);
    return tab;
  }

  describe.each<StorageKind>(['opfs', 'indexeddb'])('a storage on %s', (kind) => {
    let cases: NonNullable<JobResult['cases']> = [];

    beforeAll(async () => {
      const result = await page.evaluate((of) => window.stage.runJob({ type: 'contract', kind: of }), kind);
      cases = result.cases ?? [];
    });

    test.each(STORAGE_CONTRACT.map(({ name }) => name))('%s', (name) => {
      expect(cases.find((done) => done.name === name)).toEqual({ name });
    });
  });

  test('routes are kept in OPFS over a reload, shared by two tabs, and led by the second when the first is closed', async () => {
    const added = await page.evaluate(async () => {
      const router = await window.stage.openRouter({ storage: { name: 'app' } });
      await (
        await router.addRoute({ name: 'billing', utterances: ['I need a refund'] })
      ).durable;
      await router.close();
      window.stage.router = await window.stage.openRouter({ storage: { name: 'app' } });
      const { storage, tab, routes } = await window.stage.router.status();
      return { kind: storage.kind, tab, routes };
    });
    expect(added).toEqual({ kind: 'wa-sqlite/opfs', tab: 'leader', routes: 1 });
    const second = await open();
    const role = await second.evaluate(async () => {
      window.stage.router = await window.stage.openRouter({ storage: { name: 'app' } });
      return (await window.stage.router.status()).tab;
    });
    expect(role).toBe('follower');
    await page.close();
    const after = await second.evaluate(async () => {
      const decision = await window.stage.router?.query('Give me a refund');
      return { route: decision?.route, tab: (await window.stage.router?.status())?.tab };
    });
    expect(after).toEqual({ route: 'billing', tab: 'leader' });
  });
});
