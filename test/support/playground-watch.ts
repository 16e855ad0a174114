/** Owns what pages must not do while a test looks elsewhere: complain in the console, or ask another origin. */

import type { Page as FirefoxPage } from 'puppeteer-core';
import type { BrowserContext } from 'playwright';
import { afterEach, expect } from 'vitest';

export interface Watch {
  /** Console errors and warnings, uncaught errors. */
  readonly complaints: string[];
  /** Every address that a page or its workers asked for. */
  readonly requests: string[];
  /** Where requests may go. */
  readonly origins: Set<string>;
}

/** Of the test that runs. */
let watches: readonly Watch[] = [];
let provoked: readonly RegExp[] = [];
const contexts = new WeakMap<BrowserContext, Watch>();

/** Every test of the file that calls it fails if a page under watch complained or asked elsewhere. */
export function useWatch(): void {
  afterEach(() => {
    const [seen, expected] = [watches, provoked];
    watches = [];
    provoked = [];
    expect({
      complaints: seen
        .flatMap(({ complaints }) => complaints)
        .filter((text) => !expected.some((pattern) => pattern.test(text))),
      elsewhere: seen.flatMap(({ requests, origins }) => requests.filter((url) => leaves(url, origins))),
    }).toEqual({ complaints: [], elsewhere: [] });
  });
}

/** The test that runs brings about complaints of these kinds on purpose, and those alone are no fault. */
export function provokes(...patterns: readonly RegExp[]): void {
  provoked = [...provoked, ...patterns];
}

/** Watches all pages of a context and their workers, from the first call on. */
export function watchContext(context: BrowserContext): Watch {
  const known = contexts.get(context);
  if (known) return known;
  const watch = begin();
  contexts.set(context, watch);
  context.on('console', (message) => {
    if (isComplaint(message.type())) watch.complaints.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => watch.complaints.push(error.error().message));
  context.on('request', (request) => watch.requests.push(request.url()));
  return watch;
}

/** The same for one page of Firefox. */
export function watchFirefox(page: FirefoxPage, url: string): Watch {
  const watch = begin();
  watch.origins.add(new URL(url).origin);
  page.on('console', (message) => {
    if (isComplaint(message.type())) watch.complaints.push(`${message.text()} (${message.location().url ?? ''})`);
  });
  page.on('pageerror', (error) => watch.complaints.push(String(error)));
  page.on('request', (request) => watch.requests.push(request.url()));
  return watch;
}

function begin(): Watch {
  const watch = { complaints: [], requests: [], origins: new Set<string>() };
  watches = [...watches, watch];
  return watch;
}

/** What a `data:` address carries is in the address. */
function leaves(url: string, origins: ReadonlySet<string>): boolean {
  const { protocol, origin } = new URL(url);
  return protocol !== 'data:' && !origins.has(origin);
}

/** Playwright says `warning`, Firefox's protocol `warn`. */
function isComplaint(type: string): boolean {
  return ['error', 'warning', 'warn', 'assert'].includes(type);
}
