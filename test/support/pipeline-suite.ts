/** A real pipeline of a release of transformers.js drives a router over the same local files. */

import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { createEncoder, createPipelineEncoder, openRouter, type FeatureExtractionPipeline } from 'synaptoroute/node';
import { describe, expect, test } from 'vitest';
import { cosine } from './cosine.ts';
import { findMinilm } from './minilm.ts';
import { REFERENCE_QUERIES, REFERENCE_ROUTES } from './reference.ts';

interface TransformersJs {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  pipeline(
    this: void,
    task: string,
    model: string,
    options: object,
  ): Promise<FeatureExtractionPipeline & { dispose(): unknown }>;
}

const installed = new URL('../../.cache/pipelines/', import.meta.url);
const minilm = findMinilm();

async function openPipeline(name: string): ReturnType<TransformersJs['pipeline']> {
  const path = createRequire(new URL('package.json', installed)).resolve(name);
  const { env, pipeline } = (await import(pathToFileURL(path).href)) as TransformersJs;
  env.localModelPath = fileURLToPath(new URL('../../.cache/models/', import.meta.url));
  env.allowRemoteModels = false;
  const precision = name.startsWith('@xenova') ? { quantized: false } : { dtype: 'fp32' };
  return pipeline('feature-extraction', 'sentence-transformers/all-MiniLM-L6-v2', precision);
}

/** The cases of a release, by its name in `.cache/pipelines`; our own encoder runs on `device` beside it. */
export function describePipeline(name: string, device: 'native' | 'wasm'): void {
  const isInstalled = existsSync(new URL(`node_modules/${name}/package.json`, installed));
  if (!isInstalled) {
    process.stderr.write(`skipped: ${name} is not there; run \`npx tsx scripts/install-pipelines.ts\` (1 GB)\n`);
  }
  describe.skipIf(!isInstalled || !minilm)(`a pipeline of ${name}`, () => {
    test('drives a router as our own encoder of the same files does', async () => {
      const pipeline = await openPipeline(name);
      const encoder = await createPipelineEncoder(pipeline, { dtype: 'fp32' });
      const own = await createEncoder({ model: minilm as string, device });
      const [theirs, ours] = [await openRouter({ encoder }), await openRouter({ encoder: own })];
      for (const route of REFERENCE_ROUTES) {
        await theirs.addRoute(route);
        await ours.addRoute(route);
      }
      const [expected, actual] = [await ours.queryMany(REFERENCE_QUERIES), await theirs.queryMany(REFERENCE_QUERIES)];
      expect(actual.map(({ route }) => route)).toEqual(expected.map(({ route }) => route));
      const [a, b] = [await encoder.encode(['Where is my receipt?']), await own.encode(['Where is my receipt?'])];
      expect(cosine(a.vectors, b.vectors)).toBeGreaterThan(0.9999);
      expect((await encoder.encode(['hello', 'hello '.repeat(600)])).truncated).toEqual([1]);
      expect([...(await encoder.encode([' '])).vectors].every((value) => value === 0)).toBe(true);
      expect((await theirs.status()).encoder.runtime).toBe('transformers.js');
      await theirs.close();
      await ours.close();
      await own.close?.();
      await pipeline.dispose();
    });

    test('has an id of its model, precision, pooling and prefixes', async () => {
      const pipeline = await openPipeline(name);
      const options = [{}, { pooling: 'cls' }, { prefixes: { query: 'query: ' } }, { dtype: 'q4' }] as const;
      const ids = [];
      for (const each of [...options, {}]) ids.push((await createPipelineEncoder(pipeline, each)).id);
      expect(new Set(ids).size).toBe(options.length);
      expect(ids[0]).toBe(ids.at(-1));
      await pipeline.dispose();
    });
  });
}
