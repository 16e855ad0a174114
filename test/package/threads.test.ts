/** More threads in a bundled page: a worker in a worker is found and started by what Vite makes of it, in either of its formats. */

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import type { EncoderStatus } from 'synaptoroute';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><output></output>
<script type="module" src="./main.js"></script>`;

const MAIN = `
  import { openRouter } from 'synaptoroute/browser';
  import { startWebgpuWorker } from 'synaptoroute/browser/webgpu';
  const router = await openRouter({ device: 'auto', worker: startWebgpuWorker });
  await router.addRoute({ name: 'billing', utterances: ['I need a refund', 'Where is my receipt?'] });
  const text = 'How do I get my money back?';
  const { candidates: [first] } = await router.query(text);
  const isPending = async () => (await router.status()).encoder.note?.includes('being measured');
  while (await isPending()) await router.query(text);
  const { candidates: [last] } = await router.query(text);
  const { encoder } = await router.status();
  document.querySelector('output').textContent = JSON.stringify({ encoder, scores: [first.score, last.score] });`;

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
/** Two of these may be measured, on any machine. */
const FOUR_PROCESSORS = `Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });\n`;

const dist = (file: string): string => fileURLToPath(new URL(`../../dist/browser/${file}.js`, import.meta.url));

interface Seen {
  readonly encoder: EncoderStatus;
  readonly scores: readonly [first: number, last: number];
}

describe.each(['iife', 'es'] as const)('a page whose workers Vite builds as %s', (format) => {
  const app = mkdtempSync(join(tmpdir(), 'synaptoroute-threads-'));
  const shared = { configFile: false, root: app, base: './', logLevel: 'error' } as const;

  beforeAll(async () => {
    writeFileSync(join(app, 'index.html'), PAGE);
    writeFileSync(join(app, 'main.js'), MAIN);
    await build({
      ...shared,
      resolve: {
        alias: [
          { find: /^synaptoroute\/browser$/, replacement: dist('index') },
          { find: /^synaptoroute\/browser\/webgpu$/, replacement: dist('webgpu') },
        ],
      },
      worker: { format },
      build: { target: 'es2023' },
    });
    const assets = join(app, 'dist/assets');
    for (const name of readdirSync(assets).filter((each) => /^webgpu-worker-.*\.js$/.test(each))) {
      writeFileSync(join(assets, name), FOUR_PROCESSORS + readFileSync(join(assets, name), 'utf8'));
    }
  });
  afterAll(() => {
    rmSync(app, { recursive: true, force: true });
  });

  test('measures WebGPU and three threads where it is isolated, and uses what was fastest', async () => {
    const { encoder, scores } = await visit(CHROMIUM_ARGS, ISOLATION);
    const { measured = [] } = encoder;
    expect(measured.map(({ device, threads }) => `${device} ${threads}`)).toEqual(['wasm 1', 'webgpu 1', 'wasm 3']);
    const best = (key: 'oneTextMs' | 'batchMs'): unknown => {
      const { device, threads } = measured.toSorted((a, b) => a[key] - b[key])[0] ?? {};
      return [device, threads];
    };
    expect([encoder.device, encoder.threads]).toEqual(best('oneTextMs'));
    expect([encoder.batchDevice, encoder.batchThreads]).toEqual(best('batchMs'));
    expect(encoder.note).toBeUndefined();
    expect(Math.abs(scores[0] - scores[1])).toBeLessThan(1e-2);
  });

  test('stays at one thread where it is not isolated, and says so', async () => {
    const withoutWebgpu = CHROMIUM_ARGS.filter((arg) => !arg.includes('webgpu'));
    const { encoder } = await visit(withoutWebgpu, {});
    expect(encoder).toMatchObject({ device: 'wasm', threads: 1, batchThreads: 1 });
    expect(encoder.note).toContain('threads: one, for the page is not cross-origin isolated');
    expect(encoder.measured).toBeUndefined();
  });

  async function visit(args: readonly string[], headers: Readonly<Record<string, string>>): Promise<Seen> {
    const server = await preview({ ...shared, preview: { headers, port: 0 } });
    const executablePath = findChromium();
    const browser = await chromium.launch({ args: [...args], ...(executablePath && { executablePath }) });
    const page = await browser.newPage();
    try {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      await page.waitForFunction(() => document.querySelector('output')?.textContent !== '', null, {
        timeout: 200_000,
      });
      const seen = JSON.parse((await page.textContent('output')) ?? '') as Seen;
      expect(complaints).toEqual([]);
      return seen;
    } finally {
      await browser.close();
      await server.close();
    }
  }
});
