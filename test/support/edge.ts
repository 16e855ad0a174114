/** Workers in the real workerd: bundled by wrangler as a deployment would be, run by miniflare. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TOKEN } from './http.ts';
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export const COMPATIBILITY_DATE = '2026-04-01';

export interface Bundle {
  readonly folder: string;
  /** The main module's file name. */
  readonly main: string;
  /** The main module and what it imports. */
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Bundles a Worker of this repository, without `nodejs_compat`. */
export function bundleWorker(entry: string): Bundle {
  const name = entry.replace(/^.*\/|\.ts$/g, '');
  const folder = path(`.cache/edge/${name}`);
  mkdirSync(folder, { recursive: true });
  const options = [
    '--name',
    'test',
    '--compatibility-date',
    COMPATIBILITY_DATE,
    '--tsconfig',
    'test/edge/workers/tsconfig.json',
  ];
  runWrangler(path(''), ['deploy', entry, '--dry-run', '--outdir', folder, ...options]);
  return readBundle(folder, `${name}.js`);
}

export function readBundle(folder: string, main: string): Bundle {
  const names = readdirSync(folder).filter((file) => file === main || /\.(wasm|bin|onnx)$/.test(file));
  return { folder, main, files: names.map((file) => ({ name: file, bytes: readFileSync(`${folder}/${file}`) })) };
}

/** Runs wrangler offline; what it prints is in the error where it fails. */
export function runWrangler(cwd: string, args: readonly string[]): string {
  return execFileSync('npx', ['wrangler', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
  });
}

/** A bundle as one of miniflare's Workers. */
export function toWorker({ folder, main, files }: Bundle, options: Partial<WorkerOptions> = {}): WorkerOptions {
  const others = files.filter(({ name }) => name !== main);
  return {
    compatibilityDate: COMPATIBILITY_DATE,
    modulesRoot: folder,
    modules: [
      { type: 'ESModule', path: `${folder}/${main}` },
      ...others.map(({ name }) => ({
        type: name.endsWith('.wasm') ? ('CompiledWasm' as const) : ('Data' as const),
        path: `${folder}/${name}`,
      })),
    ],
    ...options,
  } as WorkerOptions;
}

/** The embedded model's files as static assets, seen by the Worker alone. */
export const MODEL_ASSETS: NonNullable<WorkerOptions['assets']> = {
  directory: path('models'),
  binding: 'ASSETS',
  routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
};

/** The options of a Worker made of test/edge/workers/routers.ts. */
export const ROUTERS_OPTIONS: Partial<WorkerOptions> = {
  bindings: { TOKEN, MAX_STALENESS_MS: 200 },
  assets: MODEL_ASSETS,
  durableObjects: { ROUTER_OBJECT: { className: 'RouterObject', useSQLite: true } },
};

export interface Edge extends AsyncDisposable {
  readonly miniflare: Miniflare;
  readonly url: URL;
}

export async function startEdge(options: MiniflareOptions): Promise<Edge> {
  const miniflare = new Miniflare({ cf: false, ...options } as MiniflareOptions);
  const url = await miniflare.ready;
  return { miniflare, url, [Symbol.asyncDispose]: () => miniflare.dispose() };
}
