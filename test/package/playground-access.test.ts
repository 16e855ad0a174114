/** Owns the proof that everybody can use the playground: axe, keyboard, phones, no network. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { openTab, panelIn, saved, sign, takePreset, visit, usePlayground } from '../support/playground.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const stage = usePlayground();

/** What axe finds wrong, as one line each. */
async function findFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    async (values) =>
      (window as unknown as { readonly axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly: { type: 'tag', values },
      }),
    TAGS,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

async function tabIds(page: Page): Promise<readonly string[]> {
  const ids = await page.getByRole('tab').evaluateAll((tabs) => tabs.map(({ id }) => id.replace('tab-', '')));
  return ids;
}

describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
  test('axe finds nothing wrong, in any tab, with an answer and with all that opens', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await sign(page, 'empty');
    expect(await findFaults(page)).toEqual([]);
    await takePreset(page, 'customer-support');
    await page.getByTestId('query').fill('Where did my delivery go?');
    await sign(page, 'matched', 'track-order');
    await page.locator('.detail__summary').first().click();
    await page.getByTestId('rename-route').click();
    await page.getByTestId('findings').getByText('Taken by another').first().waitFor();
    await openTab(page, 'evaluate');
    await page.getByTestId('samples-example').click();
    await page.getByTestId('evaluate-start').click();
    await panelIn(page, 'evaluate', 'done');
    for (const id of await tabIds(page)) {
      await openTab(page, id);
      await page.locator('.panel__wait').first().waitFor({ state: 'hidden' });
      expect({ id, faults: await findFaults(page) }).toEqual({ id, faults: [] });
    }
    await openTab(page, 'storage');
    await page.getByTestId('wipe').click();
    expect(await findFaults(page)).toEqual([]);
    await openTab(page, 'routes');
    await page.getByTestId('new-route').click();
    expect(await findFaults(page)).toEqual([]);
  });
});

describe('the keyboard', () => {
  test('reaches every tab by arrows, and from the box the answer’s parts and the routes', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('query').pressSequentially('How do I get my money back?');
    await sign(page, 'matched', 'billing');
    const ids = await tabIds(page);
    await page.getByTestId('tab-routes').focus();
    for (const id of [...ids.slice(1), ids[0] as string]) {
      await page.keyboard.press('ArrowRight');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe(`tab-${id}`);
      expect(await page.getByTestId(`tab-${id}`).getAttribute('aria-selected')).toBe('true');
      expect(await page.getByTestId(`panel-${id}`).isVisible()).toBe(true);
    }
    await page.keyboard.press('End');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe(`tab-${ids.at(-1)}`);
    await page.keyboard.press('Home');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('panel-routes');
  });
});

describe('a phone of 360 pixels', () => {
  test('shows every tab without scrolling sideways, with the longest name, an evaluation and a load test', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.setViewportSize({ width: 360, height: 780 });
    await sign(page, 'empty');
    await page.getByTestId('new-route').click();
    await page.getByTestId('new-name').fill('a'.repeat(64));
    await page.getByTestId('new-sentences').fill(`Where is my receipt?\n${'b'.repeat(300)}`);
    await page.getByTestId('add-route').click();
    await saved(page);
    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'matched', 'billing');
    await page.getByTestId('findings').locator('li').first().waitFor();
    await openTab(page, 'evaluate');
    await page.getByTestId('samples-example').click();
    await page.getByTestId('evaluate-fit').click();
    await page.getByTestId('evaluate-fit-note').filter({ hasText: 'cross-validation' }).waitFor();
    await openTab(page, 'load');
    await page.getByTestId('load-100').check();
    await page.getByTestId('load-start').click();
    await panelIn(page, 'load', 'done');
    await page.locator('.detail__summary').first().click();
    for (const id of await tabIds(page)) {
      await openTab(page, id);
      await page.locator('.panel__wait').first().waitFor({ state: 'hidden' });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect({ id, width: Math.max(360, width) }).toEqual({ id, width: 360 });
    }
  });
});

describe('without a network', () => {
  test('opens and routes once it was loaded, isolated as before', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('offline').filter({ hasText: 'opens without a network' }).waitFor();
    await page.close();
    await stage.context.setOffline(true);
    const { page: later } = await visit(stage.context, stage.playground.isolatedUrl);
    await later.getByTestId('query').fill('How do I get my money back?');
    await sign(later, 'matched', 'billing');
    for (const id of await tabIds(later)) await openTab(later, id);
    await later.getByTestId('snippet').filter({ hasText: 'billing' }).waitFor();
    expect(await later.evaluate(() => crossOriginIsolated)).toBe(true);
  });
});
