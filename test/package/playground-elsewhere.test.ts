/** Owns the proof that the playground works where it was not made: in Firefox, and in a folder of a plain host. */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { launch } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { findOrInstallFirefox } from '../../scripts/firefox.ts';
import { watchFirefox } from '../support/playground-watch.ts';
import { launchChromium, openTab, sign, useBuiltPlayground, visit } from '../support/playground.ts';

const firefox = findOrInstallFirefox();
const title = firefox
  ? `in Firefox (${firefox})`
  : 'in Firefox: SKIPPED, none was found and none could be installed; set FIREFOX_PATH';

const stage = useBuiltPlayground();

describe.skipIf(!firefox)(title, () => {
  test('routes what is typed, edits with undo, and has it all after a reload', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'firefox-playground-'));
    const browser = await launch({
      browser: 'firefox',
      ...(firefox && { executablePath: firefox }),
      userDataDir: profile,
    });
    try {
      const page = await browser.newPage();
      const { requests } = watchFirefox(page, stage.playground.isolatedUrl);
      const waitFor = (selector: string) => page.waitForSelector(selector, { timeout: 60_000 });
      await page.goto(stage.playground.isolatedUrl);
      await waitFor('[data-testid="decision"][data-state="empty"]');
      await page.type('#query', 'Make it warmer upstairs');
      await waitFor('[data-testid="decision"][data-state="no-route"]');
      await page.select('[data-testid="preset"]', 'smart-home');
      await page.click('[data-testid="use-preset"]');
      await waitFor('[data-testid="decision"][data-route="thermostat"]');
      await page.click('[data-testid="undo"]');
      await waitFor('[data-testid="decision"][data-state="no-route"]');
      await page.click('[data-testid="use-preset"]');
      await waitFor('[data-testid="decision"][data-route="thermostat"]');
      await waitFor('[data-testid="saved"][data-state="saved"]');

      await page.reload();
      await waitFor('[data-testid="decision"][data-state="empty"]');
      await page.type('#query', 'Make it warmer upstairs');
      await waitFor('[data-testid="decision"][data-route="thermostat"]');
      await page.click('[data-testid="tab-code"]');
      await waitFor('[data-testid="snippet"]');
      expect(await page.$eval('[data-testid="snippet"]', (code) => code.textContent)).toContain('"thermostat"');
      expect(requests.some((url) => url.endsWith('.onnx'))).toBe(true);
    } finally {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

describe('in a folder of a host that sets no header', () => {
  test('works with one thread, and without a network afterwards', async () => {
    const base = '/some/where/';
    const server = createServer((request, response) => {
      const path = request.url?.startsWith(base) ? request.url.slice(base.length) || 'index.html' : '..';
      readFile(join(stage.playground.folder, path.includes('..') ? 'missing' : path)).then(
        (body) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? '' }).end(body),
        () => response.writeHead(404).end(),
      );
    }).listen(0);
    const browser = await launchChromium();
    try {
      const context = await browser.newContext();
      const url = `http://localhost:${(server.address() as AddressInfo).port}${base}`;
      const { page, requests } = await visit(context, url);
      await page.getByTestId('query').fill('How do I get my money back?');
      await sign(page, 'matched', 'billing');
      await openTab(page, 'engine');
      await page.getByTestId('fact-isolated').filter({ hasText: 'No' }).waitFor();
      await page.getByTestId('offline').filter({ hasText: 'opens without a network' }).waitFor();
      expect(requests.filter((asked) => !asked.startsWith(url))).toEqual([]);
      await page.close();
      await context.setOffline(true);
      const { page: later } = await visit(context, url);
      await later.getByTestId('query').fill('How do I get my money back?');
      await sign(later, 'matched', 'billing');
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
    }
  });
});
