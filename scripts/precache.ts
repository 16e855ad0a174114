/** Owns which files of the built playground its service worker keeps: all but what only measured devices need. */

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** The runtimes of WebGPU and of more threads are loaded by those who choose them, from the network. */
const LEFT_OUT = /^_headers$|^sw\.js$|\.map$|asyncify|webgpu-worker|threads-worker/;
const PLACE = /(["'`])__PRECACHE__\1/;

/** Writes the list into `sw.js` when all else is written. */
export function precache(): Plugin {
  let outDir = '';
  let isWritten = false;
  return {
    name: 'precache',
    apply: 'build',
    configResolved(config) {
      outDir = join(config.root, config.build.outDir);
      if (config.build.outDir.startsWith('/')) ({ outDir } = config.build);
    },
    writeBundle() {
      isWritten = true;
    },
    closeBundle() {
      // After a build that failed too, which has its own message.
      if (!isWritten) return;
      const paths = readdirSync(outDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(outDir.length + 1)
            .replaceAll('\\', '/'),
        )
        .filter((path) => !LEFT_OUT.test(path))
        .toSorted();
      const hash = createHash('sha256');
      for (const path of paths) hash.update(path).update(readFileSync(join(outDir, path)));
      const files = paths.map((path) => (path === 'index.html' ? './' : path));
      const list = JSON.stringify({ version: hash.digest('hex').slice(0, 16), files });
      const script = join(outDir, 'sw.js');
      const source = readFileSync(script, 'utf8');
      if (!PLACE.test(source)) throw new Error('Expected sw.js to have a place for the list of files, found none');
      writeFileSync(
        script,
        source.replace(PLACE, () => JSON.stringify(list)),
      );
    },
  };
}
