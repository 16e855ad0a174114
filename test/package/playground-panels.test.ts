/** Owns the proof that the playground's map, evaluation and load test work in a real browser. */

import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { openTab, panelIn, sign, textOf, type, visit, usePlayground, type Visit } from '../support/playground.ts';

const stage = usePlayground({ reducedMotion: 'reduce' });

async function visitReady(): Promise<Visit> {
  const visited = await visit(stage.context, stage.playground.isolatedUrl);
  await sign(visited.page, 'empty');
  return visited;
}

async function openMap(page: Page): Promise<void> {
  await openTab(page, 'map');
  await panelIn(page, 'map', 'shown');
}

/** The canvas as numbers, to tell one drawing from another. */
function drawingOf(page: Page): Promise<string> {
  return page.getByTestId('map-canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
}

describe('the map', () => {
  test('draws every utterance, and the typed sentence lands beside its nearest examples', async () => {
    const { page } = await visitReady();
    await openMap(page);
    expect(await textOf(page, 'map-caption')).toMatch(/^9 sentences of 3 routes, .* The two axes hold \d+%/);
    expect(await page.getByTestId('legend-route').allTextContents()).toEqual(['billing3', 'hours3', 'tech-support3']);
    const before = await drawingOf(page);

    await type(page, 'Where is my receipt?');
    const nearest = page.getByTestId('neighbours').locator('li').first();
    await nearest.filter({ hasText: '1.000Where is my receipt?billing' }).waitFor();
    await page.waitForFunction(
      ([drawing]) => document.querySelector<HTMLCanvasElement>('[data-testid="map-canvas"]')?.toDataURL() !== drawing,
      [before],
    );
  });

  test('is gone through by keyboard alone: tab, projection, utterances, zoom, legend', async () => {
    const { page } = await visitReady();
    await page.getByTestId('tab-routes').focus();
    await page.keyboard.press('ArrowRight');
    await panelIn(page, 'map', 'shown');
    await page.getByTestId('map-canvas').focus();
    await page.keyboard.press('n');
    await page.getByTestId('map-tip').filter({ hasText: 'I need a refund' }).waitFor();
    await page.locator('#announcement').filter({ hasText: 'billing: I need a refund' }).waitFor({ state: 'attached' });
    await page.keyboard.press('n');
    await page.getByTestId('map-tip').filter({ hasText: 'Where is my receipt?' }).waitFor();
    await page.keyboard.press('p');
    await page.getByTestId('map-tip').filter({ hasText: 'I need a refund' }).waitFor();
    const whole = await page.getByTestId('map-tip').evaluate((tip) => tip.style.transform);
    await page.keyboard.press('+');
    await page.waitForFunction(
      ([place]) => document.querySelector<HTMLElement>('[data-testid="map-tip"]')?.style.transform !== place,
      [whole],
    );
    await page.keyboard.press('0');
    await page.waitForFunction(
      ([place]) => document.querySelector<HTMLElement>('[data-testid="map-tip"]')?.style.transform === place,
      [whole],
    );
    await page.getByTestId('legend-route').first().press('Enter');
    expect(await page.getByTestId('legend-route').first().getAttribute('aria-pressed')).toBe('true');
    await page.getByTestId('map-pca').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('map-caption').filter({ hasText: 'UMAP keeps neighbourhoods' }).waitFor();
  });

  test('shows the text under the pointer', async () => {
    const { page } = await visitReady();
    // So high that all of the map is seen.
    await page.setViewportSize({ width: 1280, height: 1800 });
    await openMap(page);
    await page.getByTestId('map-canvas').focus();
    await page.keyboard.press('n');
    const tip = page.getByTestId('map-tip').filter({ hasText: 'I need a refund' });
    await tip.waitFor();
    // The tip stands 18 pixels from the middle of what it tells of.
    const shown = await tip.boundingBox();
    const isAbove = (await tip.getAttribute('data-side')) === 'above';
    if (!shown) throw new Error('Expected the tip to be seen');
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'hidden' });
    await page.mouse.move(shown.x + shown.width / 2, isAbove ? shown.y + shown.height + 18 : shown.y - 18);
    await tip.waitFor();
  });

  test('follows the routes, and says so when there is nothing to draw', async () => {
    const { page } = await visitReady();
    await openMap(page);
    await openTab(page, 'storage');
    const none = { name: 'none.json', mimeType: 'application/json', buffer: Buffer.from('[]') };
    const one = JSON.stringify([{ name: 'only', utterances: ['just one sentence'] }]);
    await page.getByTestId('import-file').setInputFiles({ ...none, name: 'one.json', buffer: Buffer.from(one) });
    await page.locator('#saved-count').filter({ hasText: '1 route' }).waitFor({ state: 'attached' });
    await openTab(page, 'map');
    await page.getByTestId('map-caption').filter({ hasText: '1 sentence of 1 route' }).waitFor();
    expect(await page.getByTestId('map-umap').isDisabled()).toBe(true);
  });
});

const LABELLED = [
  'text,route',
  'I would like a refund,billing',
  '"hello, are you open today?",hours',
  'the app crashes again,tech-support',
  'cancel my subscription,hours',
  'tell me a joke about cats,',
].join('\n');

describe('the evaluation', () => {
  test('tells accuracy, confusions and risk, fits a head, compares, and drops it', async () => {
    const { page } = await visitReady();
    await openTab(page, 'evaluate');
    await page.getByTestId('samples-box').fill(LABELLED);
    await page.getByTestId('samples-status').filter({ hasText: 'Read 5 samples: 4 of 3 routes, 1 of none.' }).waitFor();
    await page.getByTestId('evaluate-start').click();
    await panelIn(page, 'evaluate', 'done');
    expect(await textOf(page, 'figure-accuracy')).toBe('80.0%');
    expect(await textOf(page, 'figure-out-of-scope')).toBe('100.0%');
    expect(await textOf(page, 'mistakes')).toBe('hours → billing1 sample“cancel my subscription”');
    expect(await page.getByTestId('confusion').locator('tbody tr').count()).toBe(4);
    expect(await textOf(page, 'coverage-words')).toMatch(/^All answers: 80.0% .*, 25.0% of those a wrong one\./);

    await page.getByTestId('evaluate-fit').click();
    await page.getByTestId('evaluate-fit-note').filter({ hasText: 'cross-validation' }).waitFor();
    expect(await textOf(page, 'figure-accuracy')).toBe('80.0%');
    expect(await textOf(page, 'figure-accuracy-fitted')).toMatch(/^\d+\.\d%$/);
    await page.getByTestId('evaluate-drop').click();
    await page.getByTestId('evaluate-status').filter({ hasText: 'The fit is dropped' }).waitFor();
    expect(await page.getByTestId('evaluate-drop').isHidden()).toBe(true);
  });

  test('takes what is dropped and what is pasted, and a fit that is stopped changes nothing', async () => {
    const { page } = await visitReady();
    await openTab(page, 'evaluate');
    const dropped = await page.evaluateHandle((text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'samples.csv', { type: 'text/csv' }));
      return dataTransfer;
    }, LABELLED);
    await page.getByTestId('samples').dispatchEvent('dragover', { dataTransfer: dropped });
    await page.getByTestId('samples').dispatchEvent('drop', { dataTransfer: dropped });
    await page.getByTestId('samples-status').filter({ hasText: 'Read 5 samples: 4 of 3 routes, 1 of none.' }).waitFor();

    const line = 'where on earth did you put the receipt of my last order,billing\n';
    await page.getByTestId('samples-box').evaluate(
      (box, text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      },
      `text,route\n${line.repeat(10_000)}`,
    );
    await page.getByTestId('samples-status').filter({ hasText: 'Read 10,000 samples' }).waitFor();
    await page.getByTestId('evaluate-fit').click();
    await page
      .getByTestId('work-label')
      .filter({ hasText: /[1-9]\d*%/ })
      .waitFor();
    await page.getByTestId('work').filter({ visible: true }).getByTestId('work-cancel').click();
    await panelIn(page, 'evaluate', 'stopped');
    expect(await textOf(page, 'evaluate-status')).toBe('Stopped; nothing was changed.');
    expect(await page.getByTestId('evaluate-drop').isHidden()).toBe(true);
    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');
  });

  test('sorts its table by every column, both ways, by keyboard', async () => {
    const { page } = await visitReady();
    await openTab(page, 'evaluate');
    await page.getByTestId('samples-box').fill(LABELLED);
    await page.getByTestId('samples-status').filter({ hasText: 'Read 5' }).waitFor();
    await page.getByTestId('evaluate-start').press('Enter');
    const table = page.getByTestId('route-table');
    const header = table.getByRole('button', { name: 'Route' });
    await header.press('Enter');
    const names = table.locator('tbody th');
    expect(await names.allTextContents()).toEqual(['billing', 'hours', 'tech-support']);
    await header.press('Enter');
    expect(await names.allTextContents()).toEqual(['tech-support', 'hours', 'billing']);
    expect(await header.locator('..').getAttribute('aria-sort')).toBe('descending');
  });

  test('names the line of what it cannot read, leaves out routes that are unknown, and executes nothing', async () => {
    const { page } = await visitReady();
    await openTab(page, 'evaluate');
    const box = page.getByTestId('samples-box');
    await box.fill('text,route\n"open,billing');
    await page.getByTestId('samples-status').filter({ hasText: 'Line 2: a quote' }).waitFor();
    expect(await page.getByTestId('evaluate-start').isDisabled()).toBe(true);

    const hostile = '<img src=x onerror=alert(1)>';
    await box.fill(`text,route\n${hostile},billing\nrefund,${hostile}\nrefund please,billing`);
    await page.getByTestId('samples-status').filter({ hasText: 'Read 3 samples' }).waitFor();
    await page.getByTestId('evaluate-start').click();
    await panelIn(page, 'evaluate', 'done');
    expect(await textOf(page, 'evaluate-left-out')).toContain(`${hostile} (line 3)`);
    expect(await textOf(page, 'mistakes')).toContain(hostile);
    expect(await page.locator('img').count()).toBe(0);
  });

  test('takes a megabyte, shows how far it is, and stops when asked; ten megabytes are refused in words', async () => {
    const { page } = await visitReady();
    await openTab(page, 'evaluate');
    const line = 'where on earth did you put the receipt of my last order,billing\n';
    const megabyte = Buffer.from(`text,route\n${line.repeat(Math.ceil(2 ** 20 / line.length))}`);
    const file = { name: 'samples.csv', mimeType: 'text/csv', buffer: megabyte };
    await page.getByTestId('samples-file').setInputFiles(file);
    await page
      .getByTestId('samples-status')
      .filter({ hasText: /^Read 16,\d{3} samples/ })
      .waitFor();
    await page.getByTestId('evaluate-start').click();
    await page
      .getByTestId('work-label')
      .filter({ hasText: /samples, [1-9]\d*%/ })
      .waitFor();
    await page.getByTestId('work').filter({ visible: true }).getByTestId('work-cancel').click();
    await panelIn(page, 'evaluate', 'stopped');
    // The router answers on.
    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');

    const much = { ...file, buffer: Buffer.alloc(10 * 2 ** 20, line) };
    await page.getByTestId('samples-file').setInputFiles(much);
    await page.getByTestId('samples-status').filter({ hasText: 'That is 10.0 MiB' }).waitFor();
  });
});

describe('the load test', () => {
  test('answers every query, draws what it saw, and can be stopped', async () => {
    const { page } = await visitReady();
    await openTab(page, 'load');
    await page.getByTestId('load-100').check();
    await page.getByTestId('load-start').press('Enter');
    await panelIn(page, 'load', 'done');
    expect(await textOf(page, 'load-status')).toMatch(/^All 100 answered in \d+\.\d+ s, [\d,]+ a second\.$/);
    expect(await textOf(page, 'chart-latency')).toMatch(/^half within .* ms, 99% within /);
    expect(await textOf(page, 'chart-batches')).toMatch(/^\d+ runs of \d+\.\d queries on average$/);
    await page.getByTestId('frame-rate').filter({ hasText: /^\d+$/ }).waitFor();

    await page.getByTestId('load-5000').check();
    await page.getByTestId('load-start').press('Enter');
    await page.getByTestId('load-stop').press('Enter');
    await page
      .getByTestId('load-status')
      .filter({ hasText: /^Stopped: [\d,]+ of 5,000 answered\.$/ })
      .waitFor();
    expect(await page.getByTestId('load-start').evaluate((button) => button === document.activeElement)).toBe(true);
  });
});
