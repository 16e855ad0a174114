/** Owns where a Worker finds the model's files: among its static assets, in a bucket, or bundled with it. */

import type { Encoder } from '../core/types.ts';
import { messageOf } from '../core/errors.ts';
import { EMBEDDED_FILES } from '../encoder/embedded-files.ts';
import { EMBEDDED_SETTINGS } from '../encoder/embedded-settings.ts';
import { loadError } from '../encoder/load-errors.ts';
import type { FileSource, ReadFile } from '../encoder/model-source.ts';
import { createOnnxEncoder } from '../encoder/onnx-encoder.ts';
import { loadOrt } from './ort-module.ts';

/** A model's files and how they are read. Made by `fromAssets`, `fromBucket` and `fromBytes`. */
export interface EdgeModel {
  readonly model: FileSource;
  readonly tokenizer: FileSource;
  readonly readFile?: ReadFile;
  /** The most tokens that the model reads. Default 128. */
  readonly maxTokens?: number;
  /** The threshold of routes that name none. Default 0.5. */
  readonly defaultThreshold?: number;
}

/** Another model than the embedded one, by its files in the folder. */
export interface OwnModel extends Pick<EdgeModel, 'maxTokens' | 'defaultThreshold'> {
  /** For instance `onnx/model.onnx`. */
  readonly model: string;
  /** For instance `tokenizer.json`. */
  readonly tokenizer: string;
}

/** A binding of static assets, or another fetcher. */
export interface AssetsBinding {
  fetch(input: string): Promise<Response>;
}

/** A binding of an R2 bucket. */
export interface BucketBinding {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/**
 * A model in a folder of the static assets. Default: the embedded one, whose folder is `use-lite` where the assets'
 * directory is `node_modules/synaptoroute/models`. A file may have 25 MiB at most.
 */
export function fromAssets(assets: AssetsBinding, folder = 'use-lite', own?: OwnModel): EdgeModel {
  return inFolder(folder, own, async (path) => {
    // The host is of no account: the binding looks at the path.
    const response = await assets.fetch(`https://assets.invalid/${path}`);
    if (response.ok) return response.arrayBuffer();
    throw new Error(`the asset /${path} answered ${response.status}`);
  });
}

/** A model in a folder of an R2 bucket. Default: the embedded one. */
export function fromBucket(bucket: BucketBinding, folder = 'use-lite', own?: OwnModel): EdgeModel {
  return inFolder(folder, own, async (path) => {
    const file = await bucket.get(path);
    if (file) return file.arrayBuffer();
    throw new Error(`the bucket has no ${path}`);
  });
}

/** The embedded model's files as bytes, for instance of `Data` modules, which count towards the size of the script. */
export function fromBytes(files: {
  readonly model: ArrayBuffer | Uint8Array;
  readonly tokenizer: ArrayBuffer | Uint8Array;
}): EdgeModel {
  const { model, tokenizer } = EMBEDDED_FILES;
  return {
    model: { location: files.model, ...model },
    tokenizer: { location: files.tokenizer, ...tokenizer },
    ...EMBEDDED_SETTINGS,
  };
}

/** The model on ONNX Runtime's WASM, one thread. Rejects with `MODEL_LOAD_FAILED`. */
export async function createEncoder(model: EdgeModel): Promise<Encoder> {
  return createOnnxEncoder({ ...loadOrt(), ...model });
}

function inFolder(folder: string, own: OwnModel | undefined, read: (path: string) => Promise<ArrayBuffer>): EdgeModel {
  const prefix = folder === '' ? '' : `${folder.replace(/^\/|\/$/g, '')}/`;
  const readFile: ReadFile = async (location) => {
    try {
      return new Uint8Array(await read(String(location)));
    } catch (error) {
      throw loadError(`Reading ${location} failed: ${messageOf(error)}; check binding and folder.`, error);
    }
  };
  if (own) {
    const { model, tokenizer, ...settings } = own;
    return { model: prefix + model, tokenizer: prefix + tokenizer, readFile, ...settings };
  }
  const { model, tokenizer } = EMBEDDED_FILES;
  return {
    model: { location: prefix + model.path, ...model },
    tokenizer: { location: prefix + tokenizer.path, ...tokenizer },
    readFile,
    ...EMBEDDED_SETTINGS,
  };
}
