import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
);
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

test("the documentation's code compiles against the built package, as strictly as the package itself", () => {
  const blocks = pages.flatMap((page) => [...read(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code));
  expect(blocks.length).toBeGreaterThanOrEqual(8);
  // Inside the repository, so that `synaptoroute` means the package itself, through its exports.
  const folder = join(root, '.cache/documentation');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = blocks.map((code, i) => {
    const file = join(folder, `block-${i}.ts`);
    writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  });
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { paths: {}, isolatedDeclarations: false, declaration: false, noUnusedLocals: false },
    files,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { status, stdout } = spawnSync('npx', ['--no-install', 'tsc', '-p', folder], { cwd: root, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

test('every link between pages leads to a file', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target = '']) => join(root, dirname(page), target))
      .filter((target) => !existsSync(target)),
  );
  expect(broken).toEqual([]);
});

test('README fits on a few screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(161);
});
