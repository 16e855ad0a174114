/** Builds and serves the playground as a static host would, and opens it in a real browser under watch. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright';
import { build, preview, type PreviewServer } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.ts';
import { useWatch, watchContext, type Watch } from './playground-watch.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = join(ROOT, 'vite.config.ts');
const DEMO = join(ROOT, 'demo');

/** The built playground on two servers: with the headers of isolation, and as a host that can set none. */
export interface BuiltPlayground extends AsyncDisposable {
  readonly folder: string;
  readonly isolatedUrl: string;
  readonly plainUrl: string;
}

async function buildPlayground(): Promise<BuiltPlayground> {
  const folder = await mkdtemp(join(tmpdir(), 'playground-'));
  await build({ configFile: CONFIG, root: DEMO, build: { outDir: folder, emptyOutDir: true }, logLevel: 'warn' });
  const served = { root: DEMO, build: { outDir: folder }, preview: { port: 0 } };
  const isolated = await preview({ configFile: CONFIG, ...served });
  const plain = await preview({ configFile: false, ...served });
  return {
    folder,
    isolatedUrl: urlOf(isolated),
    plainUrl: urlOf(plain),
    async [Symbol.asyncDispose]() {
      await isolated.close();
      await plain.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function urlOf(server: PreviewServer): string {
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('Expected the preview server to have a local URL, got none');
  return url;
}

export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath && { executablePath }) });
}

/** What the tests of a file share: the built playground. */
export interface Built {
  readonly playground: BuiltPlayground;
}

/** And a browser, and a context of each test's own. */
export interface Stage extends Built {
  readonly browser: Browser;
  readonly context: BrowserContext;
}

/** Builds the playground for the tests of the file that calls it, and puts their pages under watch. */
export function useBuiltPlayground(): Built {
  const built: { playground?: BuiltPlayground } = {};
  // First, for what is registered first is done last: when a test has closed its pages.
  useWatch();
  beforeAll(async () => {
    built.playground = await buildPlayground();
  });
  afterAll(() => built.playground?.[Symbol.asyncDispose]());
  return built as Built;
}

/** Sets the stage for the tests of the file that calls it; what it returns holds within them. */
export function usePlayground(options: BrowserContextOptions = {}): Stage {
  const stage: { -readonly [Part in keyof Stage]?: Stage[Part] } = useBuiltPlayground();
  beforeAll(async () => {
    stage.browser = await launchChromium();
  });
  afterAll(() => stage.browser?.close());
  beforeEach(async () => {
    stage.context = await (stage.browser as Browser).newContext(options);
  });
  afterEach(() => stage.context?.close());
  return stage as Stage;
}

/** A page with the record of its context. */
export interface Visit extends Watch {
  readonly page: Page;
}

/** Opens a page under watch, which may ask its own origin alone. */
export async function visit(
  context: BrowserContext,
  url: string,
  intercept?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const watch = watchContext(context);
  watch.origins.add(new URL(url).origin);
  const page = await context.newPage();
  await intercept?.(page);
  await page.goto(url);
  return { page, ...watch };
}

/** The sign, once it is in this state. */
export async function sign(page: Page, state: string, route = ''): Promise<Locator> {
  const plate = page.locator(`[data-testid="decision"][data-state="${state}"][data-route="${route}"]`);
  await plate.waitFor();
  return plate;
}

/** Opens a tab of the workbench. */
export async function openTab(page: Page, id: string): Promise<Locator> {
  await page.getByTestId(`tab-${id}`).click();
  return page.getByTestId(`panel-${id}`);
}

/** A panel, once it is in one of some states. */
export async function panelIn(page: Page, testId: string, state: string): Promise<Locator> {
  const root = page.locator(`[data-testid="${testId}"][data-state="${state}"]`);
  await root.waitFor();
  return root;
}

export function textOf(page: Page, testId: string): Promise<string | null> {
  return page.getByTestId(testId).textContent();
}

export async function type(page: Page, text: string): Promise<void> {
  await page.getByTestId('query').fill('');
  await page.getByTestId('query').pressSequentially(text);
}

/** A browser whose profile is a folder that outlives it; all of its pages are under watch. */
export async function launchProfile(profile: string): Promise<BrowserContext> {
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(profile, {
    args: [...CHROMIUM_ARGS],
    ...(executablePath && { executablePath }),
  });
  watchContext(context);
  return context;
}

/** Takes a preset in place of all routes, and waits until that is on disk. */
export async function takePreset(page: Page, id: string): Promise<void> {
  await openTab(page, 'routes');
  await page.getByTestId('preset').selectOption(id);
  await page.getByTestId('use-preset').click();
  await page.getByTestId('undo').filter({ hasText: 'Use' }).waitFor();
  await saved(page);
}

/** Resolves when every edit is on disk. */
export async function saved(page: Page): Promise<void> {
  await page.locator('[data-testid="saved"][data-state="saved"]').waitFor();
}

/** Names of the routes in the directory, as they stand. */
export async function routeNames(page: Page): Promise<readonly (string | null)[]> {
  const entries = await page.getByTestId('route').all();
  return Promise.all(entries.map((entry) => entry.getAttribute('data-route')));
}
