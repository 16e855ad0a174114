/** Makes one script of a TypeScript file, which Node starts by itself: as fast as a user's, with no loader's threads beside it. */

import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param folder under `.cache`, where packages are found @returns the script's path */
export async function bundleScript(entry: string, folder: string): Promise<string> {
  const outDir = join(ROOT, '.cache', folder);
  await build({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    resolve: { tsconfigPaths: true },
    build: { ssr: entry, outDir, emptyOutDir: false, target: 'node20' },
  });
  return join(outDir, `${basename(entry, '.ts')}.js`);
}
