/** Takes pictures of the built playground: its states and views, in both themes and two widths, for people to look at; judges nothing. */

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { build, preview, type Plugin } from 'vite';
import { CHROMIUM_ARGS, findChromium } from './chromium.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}.cache/screenshots`;
const MODEL = `${ROOT}models/use-lite/onnx/model_quantized.onnx`;

interface Shot {
  readonly name: string;
  /** Brings a page that has just been opened to the state of the picture. */
  readonly arrange: (page: Page) => Promise<unknown>;
  /** Stops the model on its way, or refuses it, before the page is opened. */
  readonly intercept?: (page: Page) => Promise<unknown>;
}

/** Asks for a model that stops halfway. */
const HALF = 'half';

const SHOTS: readonly Shot[] = [
  {
    name: 'loading',
    intercept: (page) =>
      page.route('**/*.onnx', (route) => route.continue({ url: `${route.request().url()}?${HALF}` })),
    arrange: (page) => page.locator('progress[value]').waitFor(),
  },
  { name: 'empty', arrange: (page) => waitForState(page, 'empty') },
  { name: 'matched', arrange: (page) => ask(page, 'How do I get my money back?', 'matched') },
  { name: 'near-miss', arrange: (page) => ask(page, 'Please stop my plan', 'no-route') },
  { name: 'no-route', arrange: (page) => ask(page, 'Tell me a joke about cats', 'no-route') },
  {
    name: 'failed',
    intercept: (page) => page.route('**/*.onnx', (route) => route.fulfill({ status: 404 })),
    arrange: (page) => waitForState(page, 'failed'),
  },
  {
    name: 'support',
    async arrange(page) {
      await askSupport(page);
      await page.locator('.detail__summary').first().click();
    },
  },
  {
    name: 'many',
    async arrange(page) {
      await usePreset(page, 'many-intents');
      await page.getByTestId('query').fill('My battery is dead and the car will not start');
      await waitForState(page, 'matched');
    },
  },
  {
    name: 'new-route',
    async arrange(page) {
      await waitForState(page, 'empty');
      await page.getByTestId('new-route').click();
    },
  },
  { name: 'map', arrange: landOnMap },
  { name: 'evaluate', arrange: (page) => openTab(page, 'evaluate') },
  {
    name: 'evaluated',
    async arrange(page) {
      await askSupport(page);
      await page.getByTestId('tab-evaluate').click();
      await page.getByTestId('samples-example').click();
      await page.getByTestId('evaluate-fit').click();
      await page.getByTestId('evaluate-fit-note').filter({ hasText: 'cross-validation' }).waitFor();
    },
  },
  { name: 'load-test', arrange: (page) => openTab(page, 'load') },
  {
    name: 'loaded',
    async arrange(page) {
      await openTab(page, 'load');
      await page.getByTestId('load-start').click();
      await page.locator('[data-testid="load"][data-state="done"]').waitFor({ timeout: 60_000 });
    },
  },
  {
    name: 'lint',
    async arrange(page) {
      await ask(page, 'How do I get my money back?', 'matched');
      await page.getByTestId('add-utterances').fill('When do you open?\nI want a refund\nI want a refund please');
      await page.getByRole('button', { name: 'Add sentences' }).click();
      await page.getByTestId('findings').locator('[data-kind="near-duplicate"]').first().waitFor();
    },
  },
  {
    name: 'storage',
    async arrange(page) {
      await usePreset(page, 'smart-home');
      await page.getByTestId('query').fill('Make it warmer upstairs');
      await waitForState(page, 'matched');
      await page.getByTestId('tab-storage').click();
      await page.getByTestId('fact-tab').filter({ hasText: 'leader' }).waitFor();
    },
  },
  {
    name: 'engine',
    async arrange(page) {
      await openTab(page, 'engine');
      await page.getByTestId('fact-runtime').filter({ hasText: 'onnx' }).waitFor();
    },
  },
  {
    name: 'code',
    async arrange(page) {
      await openTab(page, 'code');
      await page.getByTestId('share').click();
      await page.getByTestId('share-link').waitFor();
    },
  },
];

/** README's two, of a window and no more: `npm run screenshots readme`. */
const README_SHOTS = [
  {
    name: 'answer',
    theme: 'light',
    async arrange(page: Page) {
      await askSupport(page);
      await page.evaluate(() => scrollTo(0, 0));
    },
  },
  {
    name: 'map',
    theme: 'dark',
    async arrange(page: Page) {
      await landOnMap(page);
      await page.getByTestId('tab-map').evaluate((tab) => tab.scrollIntoView({ block: 'start' }));
    },
  },
] as const;

const WIDTHS: readonly number[] = [1280, 360];
const THEMES = ['light', 'dark'] as const;

async function ask(page: Page, text: string, state: string): Promise<void> {
  await waitForState(page, 'empty');
  await page.getByTestId('query').fill(text);
  await waitForState(page, state);
}

async function askSupport(page: Page): Promise<void> {
  await usePreset(page, 'customer-support');
  await page.getByTestId('query').fill('I want to send these shoes back');
  await waitForState(page, 'matched');
}

/** The sentence has its place on the map once its nearest examples are told. */
async function landOnMap(page: Page): Promise<void> {
  await askSupport(page);
  await page.getByTestId('tab-map').click();
  await page.getByTestId('neighbours').locator('li').first().waitFor();
}

async function usePreset(page: Page, id: string): Promise<void> {
  await waitForState(page, 'empty');
  await page.getByTestId('preset').selectOption(id);
  await page.getByTestId('use-preset').click();
  await page.locator('[data-testid="saved"][data-state="saved"]').waitFor();
  await page.locator('[data-testid="undo"]').waitFor();
}

async function openTab(page: Page, id: string): Promise<void> {
  await ask(page, 'How do I get my money back?', 'matched');
  await page.getByTestId(`tab-${id}`).click();
}

async function sendHalf(response: ServerResponse): Promise<void> {
  const bytes = await readFile(MODEL);
  response.writeHead(200, { 'content-length': bytes.byteLength });
  response.write(bytes.subarray(0, Math.round(bytes.byteLength * 0.6)));
}

/** Answers `?half` with the model's true length and the first part of it, and never ends. */
function halfModel(): Plugin {
  return {
    name: 'half-model',
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.endsWith(`?${HALF}`)) return next();
        void sendHalf(response);
      });
    },
  };
}

function waitForState(page: Page, state: string): Promise<unknown> {
  return page.locator(`[data-testid="decision"][data-state="${state}"]`).waitFor();
}

async function takeShot(browser: Browser, url: string, shot: Shot, width: number, theme: 'light' | 'dark') {
  // A context of its own: the page keeps its routes.
  const context = await browser.newContext({
    viewport: { width, height: width > 600 ? 900 : 780 },
    deviceScaleFactor: width > 600 ? 1 : 2,
    colorScheme: theme,
    // A picture shows where motion ends.
    reducedMotion: 'reduce',
  });
  try {
    const page = await context.newPage();
    await shot.intercept?.(page);
    await page.goto(url);
    await shot.arrange(page);
    const path = `${FOLDER}/${shot.name}-${width}-${theme}.png`;
    // What sticks to the window stands where it belongs.
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    console.log(path);
  } finally {
    await context.close();
  }
}

async function takeReadmeShot(browser: Browser, url: string, shot: (typeof README_SHOTS)[number]) {
  const { name, theme } = shot;
  const viewport = { width: 1200, height: 940 };
  const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url);
  await shot.arrange(page);
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  await page.screenshot({ path: `${ROOT}docs/playground-${name}.png`, animations: 'disabled' });
  await context.close();
}

async function main(): Promise<void> {
  /** Names of pictures; none means all. */
  const wanted = process.argv.slice(2);
  await mkdir(FOLDER, { recursive: true });
  const outDir = await mkdtemp(join(tmpdir(), 'playground-pictures-'));
  const shared = { configFile: `${ROOT}vite.config.ts`, logLevel: 'warn' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...shared, plugins: [halfModel()], build: { outDir }, preview: { port: 0 } });
  const executablePath = findChromium();
  const browser = await chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath && { executablePath }) });
  try {
    const url = server.resolvedUrls?.local[0];
    if (url === undefined) throw new Error('Expected the vite server to have a local URL, got none');
    if (wanted.includes('readme')) for (const shot of README_SHOTS) await takeReadmeShot(browser, url, shot);
    for (const shot of SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      for (const width of WIDTHS) {
        for (const theme of THEMES) await takeShot(browser, url, shot, width, theme);
      }
    }
  } finally {
    await browser.close();
    await server.close();
    await rm(outDir, { recursive: true, force: true });
  }
}

await main();
