/**
 * Empties dist, so that nothing of a deleted source is shipped, and puts the compiled kernel there for platforms that
 * compile nothing at run time: they import it as a module and pass it as `kernel`.
 */

import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

const TYPES = `/** The search kernel, as a compiled WebAssembly module, for \`openRouter({ kernel })\`. */
declare const kernel: object;
export default kernel;
`;

const dist = new URL('../dist/', import.meta.url);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
copyFileSync(new URL('../.cache/kernel.wasm', import.meta.url), new URL('kernel.wasm', dist));
writeFileSync(new URL('kernel.wasm.d.ts', dist), TYPES);
