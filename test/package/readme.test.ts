import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test("README's code compiles against the built package, as strictly as the package itself", () => {
  const blocks = [...readFileSync(`${root}README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThanOrEqual(3);
  // Inside the repository, so that `synaptoroute` means the package itself, through its exports.
  const folder = `${root}.cache/readme`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = blocks.map(([, code], i) => {
    const file = `${folder}/block-${i}.ts`;
    writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  });
  const config = {
    extends: `${root}tsconfig.json`,
    compilerOptions: { paths: {}, isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
    files,
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  const { status, stdout } = spawnSync('npx', ['--no-install', 'tsc', '-p', folder], { cwd: root, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
