/** Builds and serves the page of these tests, and opens it in a Chromium whose profile outlives it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type CDPSession, type Page } from 'playwright';
import { build, preview } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.ts';

const APP = fileURLToPath(new URL('app', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltApp extends AsyncDisposable {
  readonly url: string;
}

/** The page as an app would ship it: one bundle, its worker and what that loads later. */
export async function buildApp(): Promise<BuiltApp> {
  const outDir = mkdtempSync(join(tmpdir(), 'tabs-app-'));
  const shared = { configFile: false, root: APP, base: './', logLevel: 'error' } as const;
  await build({
    ...shared,
    resolve: { alias: [{ find: /^synaptoroute\/browser$/, replacement: join(ROOT, 'src/browser/index.ts') }] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  });
  const server = await preview({ ...shared, build: { outDir }, preview: { port: 0 } });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the preview server has no URL');
  return {
    url,
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

/** A browser whose profile is a folder, as a user's is; the default context of a test is incognito, and forgets. */
export interface Profile extends AsyncDisposable {
  /** The running browser; a closed one is started again. */
  context(): Promise<BrowserContext>;
  /** A new tab on the page, ready. */
  tab(): Promise<Page>;
  /** Ends the browser, as a user does. */
  quit(): Promise<void>;
}

export function createProfile(url: string): Profile {
  const folder = mkdtempSync(join(tmpdir(), 'tabs-profile-'));
  const executablePath = findChromium();
  let running: BrowserContext | undefined;

  async function context(): Promise<BrowserContext> {
    running ??= await chromium.launchPersistentContext(folder, {
      args: [...CHROMIUM_ARGS],
      ...(executablePath && { executablePath }),
    });
    return running;
  }

  async function quit(): Promise<void> {
    await running?.close();
    running = undefined;
  }

  return {
    context,
    async tab() {
      const page = await (await context()).newPage();
      await page.goto(url);
      await page.waitForFunction(() => 'stage' in window);
      return page;
    },
    quit,
    async [Symbol.asyncDispose]() {
      await quit();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Opens a router in a tab, kept under that name, for the test to use as `window.stage.router`. */
export async function openIn(page: Page, name: string, kind: 'auto' | 'opfs' | 'indexeddb' = 'auto'): Promise<void> {
  await page.evaluate(
    async (storage) => {
      window.stage.router = await window.stage.openRouter({ storage });
    },
    { name, kind },
  );
}

const MARK_BYTES = 300e6;

/** The id of the process that renders a page, found by what it takes of memory when it is told to. */
export async function processOf(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  if (!session) throw new Error('the browser has no session');
  try {
    // Beside other tabs that start or collect garbage one look may mislead.
    for (let look = 0; look < 5; look++) {
      const before = await residentBytesOfRenderers(session);
      const mark = await page.evaluateHandle((byteLength) => new Uint8Array(byteLength).fill(1), MARK_BYTES);
      const after = await residentBytesOfRenderers(session);
      await mark.dispose();
      const grown = [...after].filter(([id, bytes]) => bytes - (before.get(id) ?? 0) > MARK_BYTES * 0.6);
      if (grown.length === 1) return (grown[0] as [number, number])[0];
    }
  } finally {
    await session.detach();
  }
  throw new Error('no renderer, or more than one, has grown by the mark');
}

async function residentBytesOfRenderers(session: CDPSession): Promise<ReadonlyMap<number, number>> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  return new Map(renderers.map(({ id }) => [id, residentBytes(id)]));
}

/** 0 of a process that has ended. */
function residentBytes(id: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
