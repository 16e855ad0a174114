/** What the package weighs: bundles as an app loads them, the model, the tarball. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliBytes, bundleSizes } from '../scripts/sizes.ts';
import type { Metrics } from './measure.ts';

export async function run(): Promise<Metrics> {
  const { core, page, worker } = await bundleSizes();
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString(),
  ) as readonly { readonly size: number }[];
  return {
    core_brotli_bytes: core,
    browser_page_brotli_bytes: page,
    worker_brotli_bytes: worker,
    model_brotli_bytes: modelFile('onnx/model_quantized.onnx') + modelFile('tokenizer.json'),
    tarball_bytes: packed[0]?.size ?? NaN,
  };
}

function modelFile(path: string): number {
  return brotliBytes(readFileSync(new URL(`../models/use-lite/${path}`, import.meta.url)));
}
