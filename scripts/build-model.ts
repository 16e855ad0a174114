// Owns writing the embedded model's folder: graph, tokenizer, configuration, README and licence, all or nothing; and beside
// it, in src/encoder/embedded-files.ts, what the package checks them by. What is in the graph and in the tokenizer is
// decided in model/.
//
//   tsx scripts/build-model.ts [--if-missing] [--variant static|fp32] [--out DIR]
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Variant } from './model/model-graph.ts';

// Raise it with every change that alters the output: `--if-missing` then builds again.
const BUILD_VERSION = 1;
const CONFIG = 'config.json';
const MODEL_FILES: Readonly<Record<Variant, string>> = { static: 'onnx/model_quantized.onnx', fp32: 'onnx/model.onnx' };
const DEFAULT_FOLDER = fileURLToPath(new URL('../models/use-lite', import.meta.url));
const PINS = fileURLToPath(new URL('../src/encoder/embedded-files.ts', import.meta.url));

interface BuildStamp {
  readonly version: number;
  readonly variant: string;
  /** Byte lengths of the other files of the folder. */
  readonly files: Readonly<Record<string, number>>;
}

interface BuiltFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** True if the folder holds a whole build by this version of the script. */
function isComplete(folder: string, variant: Variant): boolean {
  try {
    const config = JSON.parse(readFileSync(join(folder, CONFIG), 'utf8')) as {
      readonly build: BuildStamp;
      readonly sha256: Readonly<Record<string, string>>;
    };
    const { build } = config;
    if (build.version !== BUILD_VERSION || build.variant !== variant) return false;
    if (Object.entries(config.sha256).some(([name, hash]) => sha256(readFileSync(join(folder, name))) !== hash))
      return false;
    return Object.entries(build.files).every(([name, byteLength]) => statSync(join(folder, name)).size === byteLength);
  } catch {
    return false;
  }
}

async function buildFiles(variant: Variant): Promise<BuiltFile[]> {
  // Loaded here, so that a finished build costs no more than its check.
  const { buildModel, EMBEDDING_SIZE, MAX_TOKENS, VOCABULARY_SIZE } = await import('./model/model-graph.ts');
  const { buildTokenizer, UNKNOWN_ID } = await import('./model/tokenizer.ts');
  const { modelReadme } = await import('./model/readme.ts');
  const { readLicence, readVocabulary, WEIGHTS_PACKAGE, WEIGHTS_VERSION } = await import('./model/weights.ts');

  const { tokenizer, config, repairs } = buildTokenizer(readVocabulary(), MAX_TOKENS);
  const hashed: BuiltFile[] = [
    { name: MODEL_FILES[variant], bytes: buildModel(variant).onnx },
    // Without white space: this file goes to browsers.
    { name: 'tokenizer.json', bytes: Buffer.from(JSON.stringify(tokenizer)) },
    { name: 'tokenizer_config.json', bytes: json(config) },
  ];
  const described = hashed.map(({ name, bytes }) => ({ name, byteLength: bytes.length, sha256: sha256(bytes) }));
  const files: BuiltFile[] = [
    ...hashed,
    { name: 'README.md', bytes: Buffer.from(modelReadme({ variant, files: described, repairs })) },
    { name: 'LICENSE', bytes: readLicence() },
  ];
  const stamp: BuildStamp = {
    version: BUILD_VERSION,
    variant,
    files: Object.fromEntries(files.map(({ name, bytes }) => [name, bytes.length])),
  };
  const configuration = {
    model_type: 'use-lite',
    hidden_size: EMBEDDING_SIZE,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: VOCABULARY_SIZE,
    max_position_embeddings: MAX_TOKENS,
    unk_token_id: UNKNOWN_ID,
    // Padding is masked by its place, so any valid id serves.
    pad_token_id: UNKNOWN_ID,
    padding_side: 'right',
    sentence_embedding: {
      output: 'sentence_embedding',
      pooling: 'mean',
      pooled_in_graph: true,
      normalized_in_graph: true,
    },
    source: { package: WEIGHTS_PACKAGE, version: WEIGHTS_VERSION, license: 'Apache-2.0' },
    sha256: Object.fromEntries(described.map((file) => [file.name, file.sha256])),
    build: stamp,
  };
  return [...files, { name: CONFIG, bytes: json(configuration) }];
}

/** Writes next to the folder and renames, so that a killed build leaves the old folder or none, never a half one. */
function replaceFolder(folder: string, files: readonly BuiltFile[]): void {
  const fresh = `${folder}.${process.pid}.new`;
  const old = `${folder}.${process.pid}.old`;
  try {
    for (const { name, bytes } of files) {
      mkdirSync(dirname(join(fresh, name)), { recursive: true });
      writeFileSync(join(fresh, name), bytes);
    }
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** The lengths and hashes that the package has in its code. */
function writePins(files: readonly BuiltFile[]): void {
  const pin = (path: string): string => {
    const { bytes } = files.find(({ name }) => name === path) as BuiltFile;
    return `{\n    path: '${path}',\n    byteLength: ${bytes.length},\n    sha256: '${sha256(bytes)}',\n  }`;
  };
  const code = [
    '/** Made by scripts/build-model.ts; not to be edited. */',
    '',
    '/** Below `models/use-lite`. With the lengths progress has a total where a server compresses what it sends. */',
    `export const EMBEDDED_FILES = {\n  model: ${pin(MODEL_FILES.static)},\n  tokenizer: ${pin('tokenizer.json')},\n} as const;`,
    '',
  ].join('\n');
  // Unchanged, it is left alone: who watches the sources builds nothing anew.
  if (!existsSync(PINS) || readFileSync(PINS, 'utf8') !== code) writeFileSync(PINS, code);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'if-missing': { type: 'boolean', default: false },
      variant: { type: 'string', default: 'static' },
      out: { type: 'string', default: DEFAULT_FOLDER },
    },
  });
  const { variant } = values;
  if (variant !== 'static' && variant !== 'fp32') {
    throw new Error(`Expected \`--variant\` to be \`static\` or \`fp32\`, got \`${variant}\`.`);
  }
  const folder = resolve(values.out);
  if (values['if-missing'] && isComplete(folder, variant)) return;
  const files = await buildFiles(variant);
  replaceFolder(folder, files);
  if (variant === 'static' && folder === resolve(DEFAULT_FOLDER)) writePins(files);
  for (const { name, bytes } of files)
    console.log(`${sha256(bytes)}  ${String(bytes.length).padStart(9)}  ${join(folder, name)}`);
}

try {
  await main();
} catch (error) {
  console.error(`build-model: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
