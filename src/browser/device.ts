/**
 * Owns which devices a worker's encoder runs on: WASM, beside it WebGPU in a worker that brings it along, and more threads
 * where they may help.
 */

import { RouterError } from '../core/errors.ts';
import { show } from '../core/guard.ts';
import type { Accelerator, OtherDevice, Verdict, VerdictStore } from '../encoder/accelerator.ts';
import type { FragileRunner } from '../encoder/fragile-runner.ts';
import { createSessionRunner, type OnnxRuntime, type SessionSettings } from '../encoder/onnx-session.ts';
import { openModelCache } from './model-cache.ts';

export interface DeviceOptions {
  /**
   * `wasm`; `webgpu`, which then must be there; or `auto`: WASM answers first, WebGPU and more threads are measured in the
   * background, for one text and for a full batch, and each is used for what it does faster than the others. All but
   * `wasm` need the worker of `synaptoroute/browser/webgpu`, which loads another 27 MB of WASM. `status().encoder` tells.
   * Default `wasm`.
   */
  readonly device?: 'auto' | 'wasm' | 'webgpu';
  /**
   * Threads that one run may use, where the page is cross-origin isolated; elsewhere it is 1, and
   * `status().encoder.threads` says so. Default: with `auto` and three processors or more, 1 or one less than there are
   * (at most 4), as measured; 1 otherwise. The others run in a second worker, with the model's weights once more while they
   * are used. On two cores a second one took 32 texts from 59 to 33 ms with the
   * embedded model and from 345 to 208 with all-MiniLM-L6-v2; where the cores had other work the embedded model became slower.
   */
  readonly threads?: number;
}

/** What is used of `onnxruntime-web/webgpu`. */
export interface WebgpuOnnxRuntime extends OnnxRuntime {
  readonly env: {
    readonly wasm: { numThreads?: number };
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

/** A bound on what one router takes of the machine; whether so many help is measured, whether more would is not. */
const MOST_THREADS = 4;

let runtime: WebgpuOnnxRuntime | undefined;

/** Makes WebGPU available to encoders of this thread. */
export function offerWebgpu(ort: WebgpuOnnxRuntime): void {
  // By itself it takes more in an isolated page of three processors: workers of this script, where the WASM runtime that it is
  // bundled with takes their messages for its own, and neither starts.
  ort.env.wasm.numThreads = 1;
  runtime = ort;
}

/** The devices that the options ask for besides WASM with one thread, if any. Throws `INVALID_OPTION`, `UNSUPPORTED`. */
export function chooseAccelerator({ device = 'wasm', threads }: DeviceOptions): Accelerator | undefined {
  if (device === 'wasm') return undefined;
  if (device !== 'auto' && device !== 'webgpu') {
    throw new RouterError(
      'INVALID_OPTION',
      `Expected \`device\` to be auto, wasm or webgpu, got ${show(device)}; leave it out for wasm.`,
    );
  }
  const ort = runtime;
  if (!ort) {
    throw new RouterError(
      'UNSUPPORTED',
      `Got \`device: '${device}'\` in a worker without WebGPU; pass \`worker: startWebgpuWorker\` of synaptoroute/browser/webgpu.`,
    );
  }
  const webgpu: OtherDevice = {
    name: 'webgpu',
    device: 'webgpu',
    threads: 1,
    adapter: nameAdapter,
    start: (model, { pooling }) => startWebgpu(ort, model, pooling),
  };
  if (device === 'webgpu') return { use: 'preferred', device: webgpu };
  return { use: 'measured', devices: [webgpu, ...(threads === undefined ? [moreThreads()] : [])], verdicts };
}

/** WASM again, with as many threads as the page can spare. One processor is the page's own. */
function moreThreads(): OtherDevice {
  const processors = navigator.hardwareConcurrency;
  const threads = Math.min(processors - 1, MOST_THREADS);
  return {
    name: 'threads',
    device: 'wasm',
    threads,
    async adapter() {
      if (!crossOriginIsolated) throw new RouterError('UNSUPPORTED', 'one, for the page is not cross-origin isolated');
      if (threads < 2) throw new RouterError('UNSUPPORTED', `one, for this machine has ${processors} processors`);
      return `${threads} threads of ${processors} processors`;
    },
    async start(model, settings) {
      const { startThreads } = await import('./threads.ts');
      return startThreads({ threads, model, settings });
    },
  };
}

async function nameAdapter(): Promise<string> {
  const gpu = (navigator as { readonly gpu?: GpuLike }).gpu;
  const adapter = await gpu?.requestAdapter();
  if (!adapter) throw new RouterError('UNSUPPORTED', 'this browser offers no WebGPU adapter; use `device: "wasm"`.');
  const { vendor, architecture, device, description } = adapter.info ?? {};
  return [vendor, architecture, device, description].map(String).join(' ');
}

async function startWebgpu(
  ort: WebgpuOnnxRuntime,
  model: Uint8Array,
  pooling: SessionSettings['pooling'],
): Promise<FragileRunner> {
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
const verdicts: VerdictStore = {
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
