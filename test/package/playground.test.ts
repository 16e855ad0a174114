/** Owns the proof that the built playground routes in a real browser, served as a static host would. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Explanation, Router } from 'synaptoroute/browser';
import { createAsker } from '../../demo/src/asker.ts';
import { provokes } from '../support/playground-watch.ts';
import { openTab, sign, textOf, type, visit, usePlayground } from '../support/playground.ts';

const stage = usePlayground();

describe('the room that asks', () => {
  test('drops the answer of every query but the latest, in whatever order they come', async () => {
    const answers = new Map<string, (explanation: Explanation) => void>();
    // Deaf to its signal, as a router is whose answer is on its way already.
    const router = { explain: (text: string) => new Promise<Explanation>((resolve) => answers.set(text, resolve)) };
    const shown: string[] = [];
    const errors: unknown[] = [];
    const asker = createAsker({ onAnswer: ({ text }) => shown.push(text), onError: (error) => errors.push(error) });
    const asked = ['first', 'second', 'third'].map((text) => asker.ask(router as Partial<Router> as Router, text));
    for (const text of ['third', 'first', 'second']) answers.get(text)?.({} as Explanation);
    await Promise.all(asked);
    expect(shown).toEqual(['third']);
    expect(errors).toEqual([]);
  });
});

describe('the playground on an isolated page', () => {
  test('routes what is typed, and says so when no route fits', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');

    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');
    await page.getByTestId('reason').filter({ hasText: '“Where is my receipt?”' }).waitFor();
    const score = Number(await textOf(page, 'score'));
    expect(score).toBeGreaterThanOrEqual(Number(await textOf(page, 'threshold')));
    expect(await textOf(page, 'elapsed')).toMatch(/^\d+(\.\d)? ms$/);

    await type(page, 'Tell me a joke about cats');
    await page.getByTestId('query').press('Enter');
    const plate = await sign(page, 'no-route');
    expect(page.url()).toBe(stage.playground.isolatedUrl);
    expect(await plate.getByTestId('headline').textContent()).toBe('No route');
  });

  test('shows every route against its threshold, the best first, and points at the utterance that won', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('sample').filter({ hasText: 'How do I get my money back?' }).click();
    await sign(page, 'matched', 'billing');

    const candidates = await page.getByTestId('candidate').all();
    const names = await Promise.all(candidates.map((candidate) => candidate.getAttribute('data-route')));
    expect(names).toHaveLength(3);
    expect(names[0]).toBe('billing');
    const passed = await Promise.all(candidates.map((candidate) => candidate.getAttribute('data-passed')));
    expect(passed).toEqual(['true', 'false', 'false']);
    const winner = page.locator('[data-testid="route"][data-winner="true"]');
    expect(await winner.getAttribute('data-route')).toBe('billing');
    const sheet = page.getByTestId('route-detail');
    expect(await sheet.locator('[aria-current="true"]').textContent()).toBe('Where is my receipt?');
  });

  test('returns to the empty state with the empty box, whichever way it was emptied', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    const box = page.getByTestId('query');
    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');
    await box.press('Escape');
    await sign(page, 'empty');
    expect(await page.getByTestId('candidate').count()).toBe(0);

    await type(page, 'Are you open on Sunday?');
    await sign(page, 'matched', 'hours');
    await page.getByRole('button', { name: 'Clear the sentence' }).click();
    await sign(page, 'empty');
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);

    await box.fill('   ');
    await sign(page, 'empty');
  });

  test('is cross-origin isolated, and has its model from its own origin', async () => {
    const { page, requests } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByTestId('sample').last().click();
    await sign(page, 'no-route');
    await openTab(page, 'engine');
    await page.getByTestId('fact-routes').filter({ hasText: '3 routes' }).waitFor();

    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(requests.some((url) => url.endsWith('.onnx'))).toBe(true);
  });

  test('is under watch: a word in the console is seen, of the page or its worker, and no other origin can be asked', async () => {
    provokes(/on purpose/, /Content Security Policy/, /Fetch API cannot load/);
    const { page, complaints } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    // oxlint-disable-next-line no-console -- it is what is watched for
    await page.workers()[0]?.evaluate(() => console.warn('worker, on purpose'));
    const isAnswered = await page.evaluate(async (url) => {
      // oxlint-disable-next-line no-console -- likewise
      console.error('page, on purpose');
      return fetch(url).then(
        () => true,
        () => false,
      );
    }, stage.playground.plainUrl);
    expect(isAnswered).toBe(false);
    for (const said of ['worker, on purpose', 'page, on purpose', 'Content Security Policy']) {
      expect(complaints.filter((text) => text.includes(said))).not.toEqual([]);
    }
  });

  test('says what runs where', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await openTab(page, 'engine');
    await page.getByTestId('fact-runtime').filter({ hasText: 'onnxruntime-web' }).waitFor();
    expect(await textOf(page, 'fact-device')).toContain('WebAssembly');
    expect(await textOf(page, 'fact-isolated')).toBe('Yes');
    expect(await textOf(page, 'fact-storage')).toBe('wa-sqlite/opfs');
    expect(await textOf(page, 'fact-routes')).toBe('3 routes');
    expect(await page.getByTestId('fact-encoder').getAttribute('title')).toMatch(/^onnx-[0-9a-f]+-/);
  });

  test('treats what is typed as text, never as markup', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await page.getByTestId('query').fill('<img src=x onerror="document.title=1"> I need a refund');
    await page.getByTestId('candidate').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('SynaptoRoute playground');
  });

  test('reads a decision out, and names what the eye sees', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.getByLabel('Your sentence').fill('How do I get my money back?');
    await page.getByRole('status').filter({ hasText: 'Route: billing.' }).waitFor();
    await page.getByRole('heading', { level: 2, name: 'billing' }).waitFor();
    for (const landmark of ['banner', 'main', 'search', 'contentinfo'] as const) {
      expect(await page.getByRole(landmark).count()).toBe(1);
    }
  });

  test('fits a phone without scrolling sideways', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await page.setViewportSize({ width: 360, height: 780 });
    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

describe('the playground while its model is on the way', () => {
  test('takes text already, and routes it as soon as the model is here', async () => {
    const gate = new AbortController();
    const { page } = await visit(stage.context, stage.playground.isolatedUrl, (target) =>
      target.route('**/*.onnx', async (route) => {
        if (!gate.signal.aborted) await once(gate.signal, 'abort');
        await route.continue();
      }),
    );
    await sign(page, 'loading');
    await page.getByTestId('progress').waitFor();
    await type(page, 'How do I get my money back?');
    await page.getByTestId('reason').filter({ hasText: 'as soon as the model is ready' }).waitFor();
    gate.abort();
    await sign(page, 'matched', 'billing');
  });

  test('shows how many of the bytes are here, though the server does not say how many there are', async () => {
    const stalled = createServer((_, response) => {
      response.writeHead(200);
      response.write(new Uint8Array(2 ** 20));
    }).listen(0);
    try {
      const { port } = stalled.address() as AddressInfo;
      const { page } = await visit(stage.context, stage.playground.isolatedUrl, (target) =>
        target.route(/\.(onnx|json)$/, (route) => route.continue({ url: `http://localhost:${port}/` })),
      );
      const plate = await sign(page, 'loading');
      await plate.filter({ hasText: '2.0 of 7.0 MiB' }).waitFor();
      const bar = page.getByRole('progressbar', { name: 'Model loaded' });
      expect(await bar.evaluate((element: HTMLProgressElement) => element.position)).toBeCloseTo(0.287, 3);
    } finally {
      stalled.closeAllConnections();
      stalled.close();
    }
  });

  test('says why it failed when the model is missing, and works after another try', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl, (target) =>
      target.route('**/*.onnx', (route) => route.fulfill({ status: 404 }), { times: 1 }),
    );
    await sign(page, 'failed');
    expect(await textOf(page, 'failure-code')).toBe('MODEL_LOAD_FAILED');
    expect(await textOf(page, 'reason')).toContain('404');
    expect(await page.getByTestId('engine').getAttribute('data-state')).toBe('failed');

    await type(page, 'How do I get my money back?');
    await page.getByTestId('retry').click();
    await sign(page, 'matched', 'billing');
    expect(await page.getByTestId('retry').count()).toBe(0);
  });
});

describe('the playground without its worker', () => {
  test('says that it is lost, and works after another try', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    const [worker] = page.workers();
    const closed = worker?.waitForEvent('close');
    // The answer may not make it out of a worker that ends.
    worker?.evaluate(() => self.close()).catch(() => undefined);
    await closed;

    await page.getByTestId('query').fill('How do I get my money back?');
    await sign(page, 'failed');
    expect(await textOf(page, 'failure-code')).toBe('WORKER_LOST');
    await page.getByTestId('retry').press('Enter');
    await sign(page, 'matched', 'billing');
    expect(await page.getByTestId('query').evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe('the playground without isolation headers', () => {
  test('works with one thread, and says so', async () => {
    const { page } = await visit(stage.context, stage.playground.plainUrl);
    await type(page, 'How do I get my money back?');
    await sign(page, 'matched', 'billing');

    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await openTab(page, 'engine');
    await page.getByTestId('fact-threads').filter({ hasText: '1' }).waitFor();
    expect(await textOf(page, 'fact-isolated')).toBe('No');
  });
});
