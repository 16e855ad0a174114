import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright';
import { build, createServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.ts';
import { pack, TARBALL } from '../../scripts/pack.ts';

const ROUTING = `
  await router.addRoute({ name: 'billing', utterances: ['I need a refund', 'Where is my receipt?'] });
  const { route } = await router.query('How do I get my money back?');
  const { encoder } = await router.status();`;

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><output></output>
<script type="module" src="./main.js"></script>`;

const MAIN = `
  import { openRouter } from 'synaptoroute/browser';
  const router = await openRouter({ threads: 2, storage: { name: 'app' } });${ROUTING}
  const { storage } = await router.status();
  document.querySelector('output').textContent = JSON.stringify({ route, threads: encoder.threads, kept: storage.kind });`;

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

describe('the packed tarball', () => {
  let paths: readonly string[] = [];
  let app = '';
  let browser: Browser;

  beforeAll(async () => {
    paths = pack();
    app = mkdtempSync(join(tmpdir(), 'synaptoroute-consumer-'));
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    writeFileSync(join(app, 'index.html'), PAGE);
    writeFileSync(join(app, 'main.js'), MAIN);
    execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', TARBALL], {
      cwd: app,
      stdio: 'pipe',
    });
    const executablePath = findChromium();
    browser = await chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath && { executablePath }) });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(app, { recursive: true, force: true });
  });

  test('holds dist, the embedded model and what npm always adds, and nothing else', () => {
    const outside = paths.filter((path) => !/^(dist|models\/use-lite)\//.test(path));
    expect(outside.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(paths).toContain('models/use-lite/onnx/model_quantized.onnx');
    expect(paths).toContain('models/use-lite/LICENSE');
    expect(paths.filter((path) => path.endsWith('.onnx'))).toHaveLength(1);
  });

  test('routes in Node with nothing beside it, on WASM, and says why not natively', () => {
    const script = `import { openRouter } from 'synaptoroute/node';
      const router = await openRouter();${ROUTING}
      await router.close();
      process.stdout.write(JSON.stringify({ route, encoder }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: app }).toString();
    const { route, encoder } = JSON.parse(output) as { route: string; encoder: { device: string; note: string } };
    expect(route).toBe('billing');
    expect(encoder.device).toBe('wasm');
    expect(encoder.note).toContain('onnxruntime-node');
  });

  test('lets the process end when nothing is under way, closed or not', () => {
    const script = `import { openRouter } from 'synaptoroute/node';
      const router = await openRouter();${ROUTING}
      process.stdout.write(encoder.thread + ' ' + route);`;
    const options = { cwd: app, timeout: 60_000 };
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], options).toString();
    expect(output).toBe('worker billing');
  });

  test('brings the kernel as a module for platforms that compile nothing, and refuses any other module', () => {
    const script = `import { readFile } from 'node:fs/promises';
      import { createMemoryStorage, createEncoder } from 'synaptoroute/node';
      import { openRouter } from 'synaptoroute';
      const kernel = new WebAssembly.Module(await readFile(new URL(import.meta.resolve('synaptoroute/kernel.wasm'))));
      const model = await createEncoder();
      // From here on as where compiling is forbidden; the module still has its class.
      const { Instance, Memory } = WebAssembly;
      globalThis.WebAssembly = { Instance, Memory, Module() { throw new Error('forbidden'); } };
      const open = (choice) => openRouter({ encoder: model, storage: createMemoryStorage(), kernel: choice });
      const router = await open(kernel);${ROUTING}
      const { index } = await router.status();
      const without = await (await open('auto')).status();
      const code = await open({}).catch(({ code }) => code);
      process.stdout.write(JSON.stringify({ route, kernel: index.kernel, without: without.index.kernel, code }));
      process.exit();`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: app }).toString();
    expect(JSON.parse(output)).toEqual({
      route: 'billing',
      kernel: 'wasm-simd',
      without: 'js',
      code: 'UNSUPPORTED',
    });
  });

  test("routes and keeps them in a page built by Vite's defaults, in two threads where it is isolated", async () => {
    await build({ configFile: false, root: app, logLevel: 'error' });
    const server = await preview({
      configFile: false,
      root: app,
      logLevel: 'error',
      preview: { headers: ISOLATION, port: 0 },
    });
    expect(await outputOf(server.resolvedUrls?.local[0])).toEqual({
      route: 'billing',
      threads: 2,
      kept: 'wa-sqlite/opfs',
    });
    await server.close();
  });

  test("routes and keeps them in a page of Vite's development server, in one thread where it is not isolated", async () => {
    const server = await createServer({ configFile: false, root: app, logLevel: 'error', server: { port: 0 } });
    await server.listen();
    expect(await outputOf(server.resolvedUrls?.local[0])).toEqual({
      route: 'billing',
      threads: 1,
      kept: 'wa-sqlite/opfs',
    });
    await server.close();
  });

  async function outputOf(url: string | undefined): Promise<unknown> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(url ?? '');
    await page.waitForFunction(() => document.querySelector('output')?.textContent !== '', null, { timeout: 60_000 });
    const text = await page.textContent('output');
    await page.close();
    expect(complaints).toEqual([]);
    return JSON.parse(text ?? '');
  }
});
