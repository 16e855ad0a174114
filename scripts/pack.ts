/** Owns the tarball as it would be published, in .cache/synaptoroute.tgz; needs dist and models to be built. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const TARBALL: string = `${root}.cache/synaptoroute.tgz`;

/** Packs without running `prepare`, which would rebuild what others may be reading. Returns the packed paths. */
export function pack(): readonly string[] {
  mkdirSync(`${root}.cache`, { recursive: true });
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', '.cache'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(output.toString()) as readonly PackedFile[];
  if (!packed) throw new Error('npm pack made nothing');
  renameSync(`${root}.cache/${packed.filename}`, TARBALL);
  return packed.files.map(({ path }) => path);
}

interface PackedFile {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) pack();
