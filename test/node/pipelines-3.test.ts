/** A pipeline that brings an older onnxruntime-node: one process loads one of them, so this one has no other. */

import { describePipeline } from '../support/pipeline-suite.ts';

describePipeline('transformers-3', 'wasm');
