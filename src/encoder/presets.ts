/** Owns what is known of some models of the hub that their repositories do not say. */

import type { LayoutOptions } from './hub-layout.ts';

export interface Preset extends LayoutOptions {
  /** The commit; a model that changes under the same name would be another one. */
  readonly revision: string;
  /**
   * Of the files of that commit that are known: as several public projects, independent of each other, pin them at it.
   * The hub itself was not asked.
   */
  readonly sha256: Readonly<Record<string, string>>;
  readonly maxTokens: number;
  readonly defaultThreshold?: number;
}

const PRESETS: ReadonlyMap<string, Preset> = new Map([
  [
    'Xenova/all-MiniLM-L6-v2',
    {
      revision: '751bff37182d3f1213fa05d7196b954e230abad9',
      sha256: {
        'onnx/model.onnx': '759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e',
        'onnx/model_quantized.onnx': 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
        'tokenizer.json': 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
        'tokenizer_config.json': '9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3',
        'config.json': '7135149f7cffa1a573466c6e4d8423ed73b62fd2332c575bf738a0d033f70df7',
      },
      pooling: 'mean',
      maxTokens: 256,
    },
  ],
  [
    // A query prefix is for finding passages; utterances are like queries, and get none on either side.
    'Xenova/bge-small-en-v1.5',
    {
      revision: 'ea104dacec62c0de699686887e3f920caeb4f3e3',
      sha256: {
        'onnx/model.onnx': '828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35',
        'onnx/model_quantized.onnx': '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4',
        'tokenizer.json': 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
        'tokenizer_config.json': '9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3',
        'config.json': 'fa73f90bf92c8cace1fbcb709626306f2bdbc9ea3e5b5f94b440df9b6aa56350',
      },
      pooling: 'cls',
      maxTokens: 512,
    },
  ],
  [
    // Its authors want "query: " on both sides where the two are alike.
    'Xenova/multilingual-e5-small',
    {
      revision: '761b726dd34fb83930e26aab4e9ac3899aa1fa78',
      // onnx/model.onnx is pinned by the commit alone.
      sha256: {
        'onnx/model_quantized.onnx': 'f80102d3f2a1229f387d3c81909990d8945513e347b0eab049f7de3c6f98c193',
        'tokenizer.json': '0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39',
        'tokenizer_config.json': 'a1d6bc8734a6f635dc158508bef000f8e2e5a759c7d92f984b2c86e5ff53425b',
        'config.json': 'cb99455288675345e1a4f411438d5d0adbba5fbd3a67ea4fb03c015433b996c1',
      },
      pooling: 'mean',
      maxTokens: 512,
      prefixes: { query: 'query: ', utterance: 'query: ' },
    },
  ],
]);

export function findPreset(repo: string): Preset | undefined {
  return PRESETS.get(repo);
}
