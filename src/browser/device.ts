/** Owns which device a worker's encoder runs on: WASM, and WebGPU beside it in a worker that brings it along. */

import { RouterError } from '../core/errors.ts';
import type { Accelerator, FragileRunner, Verdict, VerdictStore } from '../encoder/accelerator.ts';
import { createSessionRunner, type OnnxRuntime } from '../encoder/onnx-session.ts';
import type { Pooling } from '../encoder/pooling.ts';
import { openModelCache } from './model-cache.ts';

export interface DeviceOptions {
  /**
   * `wasm`; `webgpu`, which then must be there; or `auto`: WASM answers first, WebGPU is measured in the background, for
   * one text and for a full batch, and used for what it does faster. All but `wasm` need the worker of
   * `synaptoroute/browser/webgpu`, which loads another 27 MB of WASM. `status().encoder` tells. Default `wasm`.
   */
  readonly device?: 'auto' | 'wasm' | 'webgpu';
  /**
   * Threads that one run may use, where the page is cross-origin isolated; elsewhere it is 1, and
   * `status().encoder.threads` says so. Default 1. On two cores a second one took 32 texts from 59 to 33 ms with the
   * embedded model and from 345 to 208 with all-MiniLM-L6-v2; where the cores had other work the embedded model became slower.
   */
  readonly threads?: number;
}

/** What is used of `onnxruntime-web/webgpu`. */
export interface WebgpuOnnxRuntime extends OnnxRuntime {
  readonly env: {
    readonly webgpu: { readonly device?: unknown };
    readonly versions: { readonly web?: string };
  };
}

interface DeviceLike {
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>;
}

interface GpuLike {
  requestAdapter(): Promise<{ readonly info?: Readonly<Record<string, unknown>> } | null>;
}

let runtime: WebgpuOnnxRuntime | undefined;

/** Makes WebGPU available to encoders of this thread. */
export function offerWebgpu(ort: WebgpuOnnxRuntime): void {
  runtime = ort;
}

/** The second device that the options ask for, if any. Throws `INVALID_OPTION`, `UNSUPPORTED`. */
export function chooseAccelerator({ device = 'wasm' }: DeviceOptions): Accelerator | undefined {
  if (device === 'wasm') return undefined;
  if (device !== 'auto' && device !== 'webgpu') {
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`device\` to be auto, wasm or webgpu, got ${String(device)}; leave it out for wasm.`,
    );
  }
  const ort = runtime;
  if (!ort) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got \`device: '${device}'\` in a worker without WebGPU; pass \`worker: startWebgpuWorker\` of synaptoroute/browser/webgpu.`,
    );
  }
  return {
    use: device === 'auto' ? 'measured' : 'preferred',
    adapter: nameAdapter,
    start: (model, pooling) => startWebgpu(ort, model, pooling),
    verdicts: cachedVerdicts,
  };
}

async function nameAdapter(): Promise<string> {
  const gpu = (navigator as { readonly gpu?: GpuLike }).gpu;
  const adapter = await gpu?.requestAdapter();
  if (!adapter) throw new RouterError('UNSUPPORTED', 'this browser offers no WebGPU adapter; use `device: "wasm"`.');
  const { vendor, architecture, device, description } = adapter.info ?? {};
  return [vendor, architecture, device, description].map(String).join(' ');
}

async function startWebgpu(ort: WebgpuOnnxRuntime, model: Uint8Array, pooling: Pooling): Promise<FragileRunner> {
  const describe = { runtime: `onnxruntime-web ${ort.env.versions.web ?? ''}`, device: 'webgpu', threads: 1 } as const;
  // Errors alone (3): its warnings say that it leaves shapes to the processor, which it does with intent.
  const sessionOptions = { executionProviders: ['webgpu'], graphOptimizationLevel: 'all', logSeverityLevel: 3 };
  const runner = await createSessionRunner({ ort, sessionOptions, describe, pooling }, model);
  const device = (await ort.env.webgpu.device) as DeviceLike | undefined;
  const lost = device
    ? device.lost.then(({ reason, message }) => `its device was lost (${reason ?? 'unknown'}): ${message}`)
    : new Promise<string>(() => undefined);
  return { ...runner, lost };
}

/** Beside the models that they are of, so that they are forgotten together. */
const cachedVerdicts: VerdictStore = {
  async get(key) {
    const cache = await openModelCache().catch(() => undefined);
    const response = await cache?.match(verdictUrl(key));
    return (await response?.json()) as Verdict | undefined;
  },
  async set(key, verdict) {
    const cache = await openModelCache().catch(() => undefined);
    // Unremembered, it is measured again.
    await cache?.put(verdictUrl(key), Response.json(verdict)).catch(() => undefined);
  },
};

function verdictUrl(key: string): string {
  return new URL(`/synaptoroute-device-verdicts/${encodeURIComponent(key)}`, self.location.origin).href;
}
