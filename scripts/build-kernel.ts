/** Compiles src/core/kernel/scan.as.ts to WASM: embedded as text for every bundler, and as a file for platforms that compile nothing. */

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const SOURCE = path('src/core/kernel/scan.as.ts');
const BINARY = path('.cache/kernel.wasm');
const EMBEDDED = path('src/core/kernel/scan-wasm.ts');

const isFresh = [EMBEDDED, BINARY].every(
  (made) => existsSync(made) && statSync(made).mtimeMs > statSync(SOURCE).mtimeMs,
);
if (!(isFresh && process.argv.includes('--if-stale'))) {
  mkdirSync(path('.cache'), { recursive: true });
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd,bulk-memory'];
  const { error } = await main([SOURCE, '-o', BINARY, ...options]);
  if (error) throw new Error(`Compiling ${SOURCE} failed: ${error.message}`, { cause: error });
  const bytes = readFileSync(BINARY);
  const lines = [
    '/** Made by scripts/build-kernel.ts from scan.as.ts; not to be edited. */',
    '',
    `export const SCAN_WASM: string =\n  '${bytes.toString('base64')}';`,
    '',
  ];
  writeFileSync(EMBEDDED, lines.join('\n'));
  console.log(`kernel: ${bytes.length} bytes of WASM`);
}
