/** Owns the proof of what the playground costs: bytes, the time to its first paint and decision, and the work of a key. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CDPSession, Locator, Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { brotliBytes } from '../../scripts/sizes.ts';
import { watchLongTasks } from '../support/long-tasks.ts';
import { openTab, saved, sign, usePlayground, visit } from '../support/playground.ts';

const stage = usePlayground();

/** What the page itself saw, in milliseconds from the start of its navigation. */
interface FirstDecision {
  readonly paintMs: number;
  readonly readyMs: number;
  readonly decisionMs: number;
  /** Of the tasks longer than 50 ms; 0 where there was none. */
  readonly longestTaskMs: number;
}

/** Types as soon as there is a box to type in, and notes what the sign says when. */
async function typeAtOnce(page: Page): Promise<void> {
  await watchLongTasks(page);
  await page.addInitScript(() => {
    addEventListener('DOMContentLoaded', () => {
      const [box, plate, lamp] = ['query', 'decision', 'engine'].map((id) => document.getElementById(id));
      if (!(box instanceof HTMLInputElement) || !plate || !lamp) return;
      const times: { readyMs?: number; decisionMs?: number } = {};
      Object.assign(window, { times });
      new MutationObserver(() => {
        if (lamp.dataset['state'] === 'ready') times.readyMs ??= performance.now();
        if (plate.dataset['state'] === 'matched') times.decisionMs ??= performance.now();
      }).observe(document.body, { attributes: true, subtree: true, attributeFilter: ['data-state'] });
      box.value = 'How do I get my money back?';
      box.dispatchEvent(new Event('input'));
    });
  });
}

async function measureFirstDecision(): Promise<FirstDecision> {
  const { page } = await visit(stage.context, stage.playground.isolatedUrl, typeAtOnce);
  await sign(page, 'matched', 'billing');
  await page.getByTestId('offline').filter({ hasText: 'opens without a network' }).waitFor();
  const seen = await page.evaluate(() => {
    const { times, longTasks } = window as unknown as { times: FirstDecision; longTasks: readonly number[] };
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { ...times, paintMs: paint?.startTime ?? NaN, longestTaskMs: Math.max(0, ...longTasks) };
  });
  await page.close();
  return seen;
}

function describeTimes({ paintMs, readyMs, decisionMs, longestTaskMs }: FirstDecision): string {
  const longest = longestTaskMs === 0 ? 'no task over 50 ms' : `longest task ${longestTaskMs} ms`;
  return `first paint ${paintMs.toFixed(0)} ms, ready ${readyMs.toFixed(0)} ms, first decision ${decisionMs.toFixed(0)} ms, ${longest}`;
}

describe('what it costs', () => {
  test('is under 120 kB of scripts', () => {
    const folder = join(stage.playground.folder, 'assets');
    // All that the page's own thread can load, whichever tabs are looked at; workers and what they load are not its own.
    const scripts = readdirSync(folder).filter(
      (name) => name.endsWith('.js') && !/worker|durable|^storage-(?!panel)|^learn/.test(name),
    );
    const bytes = scripts.reduce((sum, name) => sum + brotliBytes(readFileSync(join(folder, name))), 0);
    process.stdout.write(`playground: ${bytes} bytes of scripts (Brotli)\n`);
    expect(bytes).toBeLessThanOrEqual(120_000);
  });

  test('is a short wait for the first decision, in a new browser and at the second visit', async () => {
    const cold = await measureFirstDecision();
    const warm = await measureFirstDecision();
    process.stdout.write(`playground, cold: ${describeTimes(cold)}\n`);
    process.stdout.write(`playground, warm: ${describeTimes(warm)}\n`);
    for (const { paintMs, decisionMs } of [cold, warm]) {
      expect(paintMs).toBeLessThan(5_000);
      // A machine that does other work too takes a multiple of what is printed.
      expect(decisionMs).toBeLessThan(30_000);
    }
  });

  test('is little work a key with 5,000 sentences in 200 routes', async () => {
    const { page } = await visit(stage.context, stage.playground.isolatedUrl);
    await sign(page, 'empty');
    await openTab(page, 'storage');
    const buffer = Buffer.from(JSON.stringify(manyRoutes()));
    await page.getByTestId('import-file').setInputFiles({ name: 'many.json', mimeType: '', buffer });
    await page.getByTestId('undo').filter({ hasText: 'Import many.json' }).waitFor({ timeout: 120_000 });
    await saved(page);
    await openTab(page, 'routes');
    await page.getByTestId('query').fill('warm up');
    await page.getByTestId('candidate').first().waitFor();
    const box = page.getByTestId('query');
    // What a key costs where nothing answers it.
    const bare = await stage.context.newPage();
    await bare.goto('data:text/html,<input>');
    const browser = await measureKeys(bare, bare.locator('input'), TYPING_MS);
    let best = Infinity;
    for (let tries = 0; tries < 3; tries++) {
      const { own, processor, tasks } = await measureKeys(page, box, TYPING_MS);
      best = Math.min(best, processor);
      process.stdout.write(
        `playground: a key with 5,000 sentences in 200 routes, median: ${processor.toFixed(1)} ms of the main thread's processor time, ` +
          `${browser.processor.toFixed(1)} of which a key costs on an empty page and ${own.toFixed(1)} are scripts, styles and layout; tasks of ${tasks.toFixed(1)} ms by the clock\n`,
      );
      expect(own).toBeLessThan(16);
    }
    const slow = await measureKeys(page, box, SLOW_MS);
    process.stdout.write(
      `playground: a key after ${SLOW_MS} ms, and what waited for it: ${slow.processor.toFixed(1)} ms\n`,
    );
    const slowness = Math.max(1, browser.processor / EMPTY_KEY_MS);
    expect(best).toBeLessThan(16 * slowness);
  });
});

/** So long a key has to itself, its answer included: for one who types fast. */
const TYPING_MS = 120;
/** After so long a key is answered with all at once, as what no eye follows while one types waits no longer. */
const SLOW_MS = 450;
/** What a key costs on an empty page where the bound is to hold; a machine that is slower at that has as much more time. */
const EMPTY_KEY_MS = 3;

/** Medians, in milliseconds. */
interface Work {
  readonly own: number;
  readonly processor: number;
  readonly tasks: number;
}

/** The work of a key in a box, less what the page does in the same time without one. */
async function measureKeys(page: Page, box: Locator, keyMs: number): Promise<Work> {
  await page.bringToFront();
  await box.fill('');
  await box.focus();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const idle = await measureEach(session, ' '.repeat(10), () => page.waitForTimeout(keyMs));
  const keys = await measureEach(session, 'please open the green door of the third house', async (key) => {
    // Not to the box: it would be looked for by a script in the page, which takes twice as long as the key.
    await page.keyboard.press(key === ' ' ? 'Space' : key);
    await page.waitForTimeout(keyMs);
  });
  return {
    own: keys.own - idle.own,
    processor: keys.processor - idle.processor,
    tasks: keys.tasks - idle.tasks,
  };
}

async function measureEach(session: CDPSession, keys: string, act: (key: string) => Promise<unknown>): Promise<Work> {
  const each: Work[] = [];
  let before = await readWork(session);
  for (const key of keys) {
    await act(key);
    const after = await readWork(session);
    each.push({
      own: after.own - before.own,
      processor: after.processor - before.processor,
      tasks: after.tasks - before.tasks,
    });
    before = after;
  }
  const median = (read: (work: Work) => number): number =>
    each.map(read).toSorted((a, b) => a - b)[Math.floor(each.length / 2)] as number;
  return {
    own: median(({ own }) => own),
    processor: median(({ processor }) => processor),
    tasks: median(({ tasks }) => tasks),
  };
}

/** Sums since the page began. */
async function readWork(session: CDPSession): Promise<Work> {
  const { metrics } = await session.send('Performance.getMetrics');
  const sum = (...names: readonly string[]): number =>
    metrics.reduce((ms, { name, value }) => (names.includes(name) ? ms + 1000 * value : ms), 0);
  return {
    own: sum('ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'),
    processor: sum('ThreadTime'),
    tasks: sum('TaskDuration'),
  };
}

function manyRoutes(): readonly { readonly name: string; readonly utterances: readonly string[] }[] {
  const verbs = ['open', 'close', 'paint', 'sell', 'find', 'clean', 'move', 'count', 'show', 'mend'];
  const things = ['door', 'window', 'garden', 'roof', 'car', 'boat', 'lamp', 'table', 'chair', 'clock'];
  const colours = ['green', 'red', 'blue', 'white', 'black'];
  const places = ['house', 'street', 'school', 'shop', 'harbour'];
  return Array.from({ length: 200 }, (_, i) => ({
    name: `route-${i}`,
    utterances: Array.from(
      { length: 25 },
      (__, k) =>
        `${verbs[i % 10]} the ${colours[k % 5]} ${things[Math.floor(i / 10) % 10]} of ${i < 100 ? 'my' : 'your'} ${places[Math.floor(k / 5)]}`,
    ),
  }));
}
