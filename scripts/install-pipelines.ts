// Owns installing releases 2, 3 and 4 of transformers.js for the tests of pipelines, under .cache/pipelines. Not part of
// the installation: they are 1 GB together.
//
//   tsx scripts/install-pipelines.ts
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../.cache/pipelines/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(
  `${folder}package.json`,
  JSON.stringify({
    private: true,
    dependencies: {
      '@huggingface/transformers': '4.3.1',
      'transformers-3': 'npm:@huggingface/transformers@3.8.1',
      '@xenova/transformers': '2.17.2',
    },
    // The release of sharp that the older one wants fetches a binary when it is installed; this one ships it.
    overrides: { sharp: '^0.34.0' },
  }),
);
execFileSync('npm', ['install', '--no-audit', '--no-fund'], {
  cwd: folder,
  stdio: 'inherit',
  // Else onnxruntime-node fetches CUDA files; its releases have two names for it.
  env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip' },
});
