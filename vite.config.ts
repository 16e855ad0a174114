/** Serves and builds the playground in demo/, and runs the tests. */

import { playwright } from '@vitest/browser-playwright';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.ts';
import { precache } from './scripts/precache.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What the playground's host is asked to send; the first two make SharedArrayBuffer, and ONNX Runtime's threads, possible. */
const headers = Object.fromEntries(
  readFileSync(here('./demo/public/_headers'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .map((line) => line.trim().split(/: (.*)/, 2)),
) as Readonly<Record<string, string>>;

/** Of these the tests' own pages, which lie in frames and have inline scripts, take what makes threads possible. */
const testHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('Cross-Origin-')));
const isTest = Boolean(process.env['VITEST']);

const shared = {
  resolve: {
    alias: [
      { find: /^synaptoroute$/, replacement: here('./src/index.ts') },
      { find: /^synaptoroute\/node$/, replacement: here('./src/node/index.ts') },
      { find: /^synaptoroute\/browser\/webgpu$/, replacement: here('./src/browser/webgpu.ts') },
      { find: /^synaptoroute\/http$/, replacement: here('./src/http/index.ts') },
      { find: /^synaptoroute\/browser$/, replacement: here('./src/browser/index.ts') },
    ],
  },
  // It loads its own wasm by a URL next to itself, which pre-bundling would move.
  optimizeDeps: { exclude: ['onnxruntime-web'], include: ['@huggingface/tokenizers'] },
  worker: { format: 'es' as const },
  server: { headers: isTest ? testHeaders : headers, fs: { allow: [here('.')] } },
};

const chromium = findChromium();

const config: ViteUserConfig = defineConfig({
  ...shared,
  root: isTest ? '.' : 'demo',
  // Any path may be the playground's home.
  base: './',
  plugins: [precache()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    rolldownOptions: {
      input: { index: here('./demo/index.html'), sw: here('./demo/service-worker/sw.ts') },
      // A service worker rules the folder that it lies in, by a name that stays.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  preview: { headers },
  test: {
    reporters: ['default', here('./scripts/count-reporter.ts')],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['node', 'core', 'http', 'fuzz', 'scripts'].map((folder) => `test/${folder}/**/*.test.ts`),
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: [here('./test/setup/reference.ts'), here('./test/setup/models.ts')],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: [...CHROMIUM_ARGS], ...(chromium && { executablePath: chromium }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        // In workerd, from dist, bundled by wrangler.
        test: {
          name: 'edge',
          include: ['test/edge/**/*.test.ts'],
          globalSetup: [here('./test/setup/reference.ts')],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        // Routes that outlive their page: a real browser with a profile, many tabs, and their deaths. One at a time.
        test: {
          name: 'tabs',
          include: ['test/tabs/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        // What a newcomer does: whole processes, a packed tarball, a built page. Slow, and one at a time.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

export default config;
