/** The script of a worker that has WebGPU beside WASM. */

import * as ort from 'onnxruntime-web/webgpu';
import { offerWebgpu } from './device.ts';
import './worker.ts';

offerWebgpu(ort);
