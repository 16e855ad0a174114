import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { bundleWorker } from '../support/edge.ts';

test('the bundle imports its WASM modules and the Workers runtime, and nothing of Node, without nodejs_compat', () => {
  const { files, main } = bundleWorker('test/edge/workers/routers.ts');
  const code = new TextDecoder().decode(files.find(({ name }) => name === main)?.bytes);
  const imports = parseAst(code).body.flatMap((node) => (node.type === 'ImportDeclaration' ? [node.source.value] : []));
  expect(imports.filter((source) => source !== 'cloudflare:workers' && !source.endsWith('.wasm'))).toEqual([]);
  expect(imports.filter((source) => source.endsWith('.wasm'))).toHaveLength(2);
  // Of ONNX Runtime's Node branch too, which never runs here.
  expect(code).not.toMatch(/\bimport\(\s*["'](node:|fs|module|path|worker_threads)/);
});
