/** Watches a page's main thread for tasks that block it, and proves that it would see one. */

import type { Page } from 'playwright';

/** Of a page that is not opened yet. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
    Object.assign(window, { longTasks: tasks });
  });
}

/** The tasks of more than 50 ms that `act` brought, in milliseconds. */
export async function longTasksDuring(page: Page, act: () => Promise<unknown>): Promise<readonly number[]> {
  await settle(page);
  const before = await countOf(page);
  await act();
  await settle(page);
  return (await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)).slice(before);
}

/**
 * The least of some tries, for a machine that does other work too makes tasks long that are not: what the page does
 * itself, it does in every try.
 */
export async function fewestLongTasks(
  page: Page,
  act: () => Promise<unknown>,
  tries: number,
): Promise<readonly number[]> {
  let fewest: readonly number[] | undefined;
  for (let i = 0; i < tries; i++) {
    const tasks = await longTasksDuring(page, act);
    if (fewest === undefined || Math.max(0, ...tasks) < Math.max(0, ...fewest)) fewest = tasks;
    if (tasks.length === 0) break;
  }
  return fewest ?? [];
}

/** A task of at least so long, which must be seen. */
export async function blockFor(page: Page, ms: number): Promise<void> {
  await page.evaluate(
    (duration) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          const until = performance.now() + duration;
          while (performance.now() < until);
          resolve();
        });
      }),
    ms,
  );
}

function countOf(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks.length);
}

/** Two frames, after which the observer has been told of every task before. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
      }),
  );
}
