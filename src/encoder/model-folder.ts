/** Owns a model whose own files say how it is fed: a repository of the hub, a folder, or an ONNX file with neighbours. */

import { RouterError, toRouterError } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import type { AbortSignalLike } from '../core/types.ts';
import { readLayout, type LayoutOptions } from './hub-layout.ts';
import { parseJson } from './json-file.ts';
import {
  isHubModel,
  isRepo,
  missing,
  type ChosenModel,
  type Dtype,
  type HubModel,
  type ModelChoice,
} from './model-choice.ts';
import { locationOf, readSource, type FileSource, type ReadFile } from './model-source.ts';
import { findPreset, type Preset } from './presets.ts';
import { isRepositoryPath } from './repository-path.ts';

const FILES: Readonly<Record<Dtype, string>> = {
  fp32: 'onnx/model.onnx',
  fp16: 'onnx/model_fp16.onnx',
  q8: 'onnx/model_quantized.onnx',
  int8: 'onnx/model_int8.onnx',
  uint8: 'onnx/model_uint8.onnx',
  q4: 'onnx/model_q4.onnx',
  q4f16: 'onnx/model_q4f16.onnx',
};

interface Folder {
  readonly at: (path: string) => FileSource;
  readonly file: string;
  readonly preset?: Preset | undefined;
}

/** Reads the small files of the layout. Rejects with `INVALID_OPTION`, `UNSUPPORTED`, `MODEL_LOAD_FAILED`, `ABORTED`, `TIMEOUT`. */
export async function readFolder(
  { model, tokenizer, dtype }: ModelChoice,
  given: LayoutOptions,
  readFile: ReadFile,
  signal: AbortSignalLike | undefined,
): Promise<ChosenModel> {
  const { at, file, preset } = findFolder(model as FileSource | HubModel, parseDtype(dtype));
  const options = { parse: parseJson, ...(signal && { signal }) };
  const readJson = async (path: string): Promise<object> => (await readSource(at(path), readFile, options)).value;
  const layout = await readLayout(readJson, given, preset).catch((error: unknown) => {
    // A repository may say anything.
    throw toRouterError(error, 'MODEL_LOAD_FAILED', "Reading the model's layout");
  });
  return { model: at(file), tokenizer: tokenizer ?? at('tokenizer.json'), ...layout };
}

function findFolder(model: FileSource | HubModel, dtype: Dtype): Folder {
  if (isHubModel(model)) return findRepo(model, dtype);
  if (isRepo(model)) return findRepo({ repo: model }, dtype);
  const location = locationOf(model);
  if (location === undefined) throw missing('the bytes of a model without `tokenizer`');
  const path = String(location).replace(/\/+$/, '');
  const [, folder, file] = /^(.*?)\/((?:onnx\/)?[^/]+\.onnx)$/.exec(path) ?? [];
  if (folder !== undefined && file !== undefined) return { at: (name) => `${folder}/${name}`, file };
  if (path.endsWith('.onnx')) return { at: (name) => name, file: path };
  return { at: (name) => `${path}/${name}`, file: FILES[dtype] };
}

function findRepo(
  { repo, revision, file, baseUrl = 'https://huggingface.co', sha256 }: HubModel,
  dtype: Dtype,
): Folder {
  if (!isRepo(repo)) {
    throw new RouterError('INVALID_OPTION', `Expected \`model.repo\` to be owner/name, got ${show(repo)}.`);
  }
  if (typeof baseUrl !== 'string' && !(baseUrl instanceof URL)) {
    throw new RouterError('INVALID_OPTION', `Expected \`model.baseUrl\` to be a URL, got ${show(baseUrl)}.`);
  }
  for (const [name, text] of Object.entries({ revision, file })) {
    if (text === undefined || isRepositoryPath(text)) continue;
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`model.${name}\` to be a plain relative path (parts of letters, digits and _ . + -), got ${show(text)}.`,
    );
  }
  const preset = findPreset(repo);
  const commit = revision ?? preset?.revision ?? 'main';
  const onnx = file ?? FILES[dtype];
  const hashes = new Map(Object.entries(sha256 ?? (commit === preset?.revision ? preset.sha256 : {})));
  const unpinned = [onnx, 'tokenizer.json'].find((path) => sha256 !== undefined && !hashes.has(path));
  if (unpinned !== undefined) {
    throw new RouterError('INVALID_OPTION', `Expected \`model.sha256\` to have ${unpinned}, which is read; add it.`);
  }
  const base = `${String(baseUrl).replace(/\/+$/, '')}/${repo}/resolve/${encodeURIComponent(commit)}`;
  const at = (path: string): FileSource => {
    const hash = hashes.get(path);
    return { location: `${base}/${path}`, ...(hash !== undefined && { sha256: hash }) };
  };
  return { at, file: onnx, preset };
}

function parseDtype(dtype: Dtype = 'fp32'): Dtype {
  if (typeof dtype === 'string' && Object.hasOwn(FILES, dtype)) return dtype;
  throw new RouterError(
    'INVALID_OPTION',
    `Expected \`dtype\` to be ${Object.keys(FILES).join(', ')}, got ${show(dtype)}.`,
  );
}
