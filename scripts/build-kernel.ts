/** Compiles the AssemblyScript of src/core/kernel to WASM: embedded as text for every bundler, and as a file for platforms that compile nothing. */

import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const KERNEL = new URL('../src/core/kernel/', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const BINARIES = { scan: path('.cache/kernel.wasm'), train: path('.cache/train.wasm') } as const;
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd,bulk-memory'];

/** When any source was last changed: an entry imports others. */
const changedMs = Math.max(
  ...readdirSync(KERNEL)
    .filter((name) => name.endsWith('.as.ts'))
    .map((name) => statSync(new URL(name, KERNEL)).mtimeMs),
);
mkdirSync(path('.cache'), { recursive: true });
for (const [name, binary] of Object.entries(BINARIES)) {
  const source = path(`src/core/kernel/${name}.as.ts`);
  const embedded = path(`src/core/kernel/${name}-wasm.ts`);
  const isFresh = [embedded, binary].every((made) => existsSync(made) && statSync(made).mtimeMs > changedMs);
  if (isFresh && process.argv.includes('--if-stale')) continue;
  const { error } = await main([source, '-o', binary, ...OPTIONS]);
  if (error) throw new Error(`Compiling ${source} failed: ${error.message}`, { cause: error });
  const bytes = readFileSync(binary);
  const lines = [
    `/** Made by scripts/build-kernel.ts from ${name}.as.ts; not to be edited. */`,
    '',
    `export const ${name.toUpperCase()}_WASM: string =\n  '${bytes.toString('base64')}';`,
    '',
  ];
  writeFileSync(embedded, lines.join('\n'));
  console.log(`${name} kernel: ${bytes.length} bytes of WASM`);
}
