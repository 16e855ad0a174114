/** Made by scripts/build-model.ts; not to be edited. */

/** Below `models/use-lite`. With the lengths progress has a total where a server compresses what it sends. */
export const EMBEDDED_FILES = {
  model: {
    path: 'onnx/model_quantized.onnx',
    byteLength: 7088185,
    sha256: '33f0cb2c79db2fc9a1e85d294139c365908458fc273eea150859c6ccb7430523',
  },
  tokenizer: {
    path: 'tokenizer.json',
    byteLength: 218853,
    sha256: '030f36add6de2732759f77b7c92ea624c93d874a9fe56d0551c159089bdd6bf9',
  },
} as const;
