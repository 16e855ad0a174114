/** Owns the proof that routes outlive the page, are shared by tabs, and travel as files; that a damaged file loses nothing. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { provokes } from '../support/playground-watch.ts';
import {
  launchProfile,
  openTab,
  routeNames,
  saved,
  sign,
  takePreset,
  textOf,
  useBuiltPlayground,
  visit,
} from '../support/playground.ts';

const stage = useBuiltPlayground();
let profile: string;
let context: BrowserContext;

beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'playground-profile-'));
  context = await launchProfile(profile);
});

afterEach(async () => {
  await context.close();
  await rm(profile, { recursive: true, force: true });
});

async function addJokes(page: Page): Promise<void> {
  await page.getByTestId('new-route').click();
  await page.getByTestId('new-name').fill('jokes');
  await page.getByTestId('new-sentences').fill('Tell me a joke\nMake me laugh\nSomething funny please');
  await page.getByTestId('add-route').click();
  await page.getByTestId('undo').filter({ hasText: 'Add jokes' }).waitFor();
  await saved(page);
}

describe('routes on a device', () => {
  test('are there after a reload and after the browser was closed, with the time that took', async () => {
    const { page } = await visit(context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await addJokes(page);
    await openTab(page, 'storage');
    const log = page.getByTestId('edit-log');
    await log
      .locator('[data-state="saved"]')
      .filter({ hasText: 'Add jokes' })
      .filter({ hasText: 'on disk after' })
      .waitFor();
    await page
      .getByTestId('fact-bytes')
      .filter({ hasText: /[KM]iB/ })
      .waitFor();

    await page.reload();
    await page.getByTestId('query').fill('Tell me a joke about cats');
    await sign(page, 'matched', 'jokes');
    await context.close();
    context = await launchProfile(profile);
    const { page: later } = await visit(context, stage.playground.isolatedUrl);
    await later.getByTestId('query').fill('Tell me a joke about cats');
    await sign(later, 'matched', 'jokes');
    await openTab(later, 'storage');
    await later.getByTestId('boot').filter({ hasText: '4 routes lay on this device already' }).waitFor();
    expect(await textOf(later, 'boot')).toMatch(/^From opening the page to the first route: [\d.]+ m?s\./);
  });

  test('are in step between two tabs, of which the second leads when the first is closed', async () => {
    const { page: first } = await visit(context, stage.playground.isolatedUrl);
    await sign(first, 'empty');
    const { page: second } = await visit(context, stage.playground.isolatedUrl);
    await second.getByTestId('query').fill('Tell me a joke about cats');
    await sign(second, 'no-route');
    await addJokes(first);
    await sign(second, 'matched', 'jokes');

    await openTab(first, 'storage');
    await first.getByTestId('fact-tab').filter({ hasText: 'leader' }).waitFor();
    await openTab(second, 'storage');
    await second.getByTestId('fact-tab').filter({ hasText: 'follower' }).waitFor();
    await first.close();
    await second.getByTestId('fact-tab').filter({ hasText: 'leader' }).waitFor();
    await second.getByTestId('query').fill('Make me laugh please');
    await sign(second, 'matched', 'jokes');
  });

  test('are exported, wiped after a question, brought back by undo, and imported elsewhere', async () => {
    const { page } = await visit(context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await takePreset(page, 'smart-home');
    await openTab(page, 'storage');
    const [file, json] = [
      (await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()]))[0],
      (await Promise.all([page.waitForEvent('download'), page.getByTestId('export-json').click()]))[0],
    ];
    expect(file.suggestedFilename()).toBe('routes.synaptoroute');
    const exported = await readFile(await file.path());
    const routes = JSON.parse(await readFile(await json.path(), 'utf8')) as readonly { readonly name: string }[];
    expect(routes).toHaveLength(12);

    await page.getByTestId('wipe').click();
    await page.getByTestId('notice').getByRole('button', { name: 'Keep them' }).click();
    await page.getByTestId('wipe').click();
    await page.getByTestId('notice').getByRole('button', { name: 'Wipe' }).click();
    await page.getByTestId('undo').filter({ hasText: 'Wipe everything' }).waitFor();
    await page.getByTestId('query').fill('Make it warmer upstairs');
    await sign(page, 'no-route');
    await saved(page);
    await page.reload();
    await page.getByTestId('query').fill('Make it warmer upstairs');
    await sign(page, 'no-route');
    expect(await page.getByTestId('route').count()).toBe(0);

    await openTab(page, 'storage');
    await page.getByTestId('import-file').setInputFiles({ name: 'mine.synaptoroute', mimeType: '', buffer: exported });
    await sign(page, 'matched', 'thermostat');
    await page.getByTestId('undo').click();
    await sign(page, 'no-route');
    const renamed = routes.map((route) => ({ ...route, name: `x-${route.name}` }));
    await page
      .getByTestId('import-file')
      .setInputFiles({ name: 'mine.json', mimeType: '', buffer: Buffer.from(JSON.stringify(renamed)) });
    await sign(page, 'matched', 'x-thermostat');
  });
});

describe('a file that is no export', () => {
  test.each([
    ['noise', Buffer.alloc(2 ** 16, 7)],
    ['cut JSON', Buffer.from('[{"name":"a","utterances":["b"')],
    ['a route without sentences', Buffer.from('[{"name":"a","utterances":[]}]')],
    ['nothing', Buffer.alloc(0)],
  ])('such as %s is refused with a reason, and nothing is changed', async (_, buffer) => {
    const { page } = await visit(context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await openTab(page, 'storage');
    await page.getByTestId('import-file').setInputFiles({ name: 'strange', mimeType: '', buffer });
    await page.getByTestId('notice-text').filter({ hasText: /\S{3}/ }).waitFor();
    await openTab(page, 'routes');
    expect(await routeNames(page)).toEqual(['billing', 'hours', 'tech-support']);
    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'matched', 'billing');
  });
});

describe('a damaged file of the device', () => {
  test('is told and left as it is, while the page goes on in its memory', async () => {
    const { page } = await visit(context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await addJokes(page);
    // A picture alone names no icon, so the browser asks for the usual one.
    provokes(/404.*favicon\.ico/);
    const blank = await context.newPage();
    await blank.goto(`${stage.playground.isolatedUrl}favicon.svg`);
    await page.close();
    const damaged = await blank.evaluate(damageFiles);
    expect(damaged).toBeGreaterThan(0);

    const { page: later } = await visit(context, stage.playground.isolatedUrl);
    await sign(later, 'failed');
    expect(await textOf(later, 'failure-code')).toMatch(/^STORAGE_/);
    await later.getByRole('button', { name: 'Go on in this tab only' }).click();
    await later.getByTestId('query').fill('How do I get my money back?');
    await sign(later, 'matched', 'billing');
    await later.getByTestId('saved').filter({ hasText: 'In this tab only' }).waitFor();
    expect(await blank.evaluate(sizeOfFiles)).toBeGreaterThan(0);
  });
});

/** Overwrites the beginning of every file that the routes lie in; waits for the page before to let go of them. */
async function damageFiles(): Promise<number> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('synaptoroute');
  const folder = await root.getDirectoryHandle('playground');
  let damaged = 0;
  for await (const handle of (folder as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values()) {
    const { size } = await handle.getFile();
    if (size === 0) continue;
    for (;;) {
      try {
        const stream = await handle.createWritable({ keepExistingData: true });
        await stream.write(new Uint8Array(Math.min(size, 8192)).fill(7));
        await stream.close();
        break;
      } catch (error) {
        if ((error as Error).name !== 'NoModificationAllowedError') throw error;
        await new Promise(requestAnimationFrame);
      }
    }
    damaged += 1;
  }
  return damaged;
}

async function sizeOfFiles(): Promise<number> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('synaptoroute');
  const folder = await root.getDirectoryHandle('playground');
  let total = 0;
  for await (const handle of (folder as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values()) {
    total += (await handle.getFile()).size;
  }
  return total;
}
