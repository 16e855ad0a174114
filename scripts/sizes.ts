/** Owns what the package weighs in an app: bundles each export as a consumer's bundler does, minified, Brotli 11. */

import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Rolldown } from 'vite';

const dist = (path: string): string => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** What each bundle imports. The page's is all that its main thread loads; the worker's counts ONNX Runtime's script, not its wasm. */
const ENTRIES = {
  core: `export { openRouter, createMemoryStorage } from '${dist('index.js')}';`,
  page: `export { openRouter } from '${dist('browser/index.js')}';`,
  worker: `import '${dist('browser/worker.js')}';`,
  // What a worker loads besides, where routes are kept: tabs, IndexedDB, SQLite's script; not its wasm.
  kept: `export { openDurable } from '${dist('browser/durable.js')}';
    export { openOpfsStorage } from '${dist('browser/opfs/storage.js')}';`,
  // ONNX Runtime stays outside, as it does where Node runs it.
  node: `export { openRouter } from '${dist('node/index.js')}';`,
};

/** Bytes after Brotli; a bundle that grows beyond its budget fails the check, and is raised only in a commit that says why. */
export const BUDGETS: Readonly<Record<keyof typeof ENTRIES, number>> = {
  core: 30_400,
  page: 5_400,
  worker: 69_800,
  kept: 36_400,
  node: 59_900,
};

export async function bundleSizes(): Promise<Record<keyof typeof ENTRIES, number>> {
  const names = Object.keys(ENTRIES) as (keyof typeof ENTRIES)[];
  const sizes = await Promise.all(
    names.map(
      async (name) =>
        [name, brotliBytes(await bundle(ENTRIES[name], name === 'node' ? [/^node:/, /^onnxruntime-/] : []))] as const,
    ),
  );
  return Object.fromEntries(sizes) as Record<keyof typeof ENTRIES, number>;
}

export function brotliBytes(content: string | Uint8Array): number {
  return brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
  }).length;
}

async function bundle(entry: string, external: readonly RegExp[]): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('..', import.meta.url)),
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'virtual:entry' ? id : undefined),
        load: (id) => (id === 'virtual:entry' ? entry : undefined),
      },
    ],
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: { input: 'virtual:entry', preserveEntrySignatures: 'strict', external: [...external] },
    },
  })) as Rolldown.RolldownOutput;
  const chunks = output.output.filter((file) => file.type === 'chunk');
  return chunksAtStart(chunks)
    .map((file) => file.code)
    .join('\n');
}

/** The entry and what it imports at once, in turn; not what it may import later. */
function chunksAtStart(chunks: readonly Rolldown.OutputChunk[]): readonly Rolldown.OutputChunk[] {
  const atStart = new Set(chunks.filter((chunk) => chunk.isEntry));
  for (const { imports } of atStart) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) atStart.add(chunk);
  }
  return [...atStart];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = await bundleSizes();
  for (const name of Object.keys(BUDGETS) as (keyof typeof BUDGETS)[]) {
    const fits = sizes[name] <= BUDGETS[name];
    console.log(`${name}: ${sizes[name]} of ${BUDGETS[name]} bytes${fits ? '' : ' - TOO LARGE'}`);
    if (!fits) process.exitCode = 1;
  }
}
