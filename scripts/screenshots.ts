/** Takes pictures of the playground in its states, themes and widths, for people to look at; judges nothing. */

import { mkdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { createServer, type Plugin } from 'vite';
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
];

const WIDTHS: readonly number[] = [1280, 360];
const THEMES = ['light', 'dark'] as const;

async function ask(page: Page, text: string, state: string): Promise<void> {
  await waitForState(page, 'empty');
  await page.getByTestId('query').fill(text);
  await waitForState(page, state);
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
    configureServer(server) {
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
  const page = await browser.newPage({
    viewport: { width, height: width > 600 ? 900 : 780 },
    deviceScaleFactor: 2,
    colorScheme: theme,
    // A picture shows where motion ends.
    reducedMotion: 'reduce',
  });
  try {
    await shot.intercept?.(page);
    await page.goto(url);
    await shot.arrange(page);
    const path = `${FOLDER}/${shot.name}-${width}-${theme}.png`;
    await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    console.log(path);
  } finally {
    await page.close();
  }
}

async function main(): Promise<void> {
  /** Names of pictures; none means all. */
  const wanted = process.argv.slice(2);
  await mkdir(FOLDER, { recursive: true });
  const server = await createServer({
    configFile: `${ROOT}vite.config.ts`,
    plugins: [halfModel()],
    // A file saved meanwhile must not reload the page under the picture.
    server: { port: 0, hmr: false, watch: null },
    logLevel: 'warn',
  });
  const executablePath = findChromium();
  const browser = await chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath && { executablePath }) });
  try {
    await server.listen();
    const url = server.resolvedUrls?.local[0];
    if (url === undefined) throw new Error('Expected the vite server to have a local URL, got none');
    for (const shot of SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      for (const width of WIDTHS) {
        for (const theme of THEMES) await takeShot(browser, url, shot, width, theme);
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

await main();
