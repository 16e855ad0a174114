/** Owns folders that end with their test. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Folder extends Disposable {
  path(name: string): string;
}

export function createFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), 'synaptoroute-'));
  return {
    path: (name) => join(root, name),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
