/** Starts a worker that has WebGPU beside WASM; apart, so that only pages which want it ship ONNX Runtime's larger file. */

/**
 * A worker for `openRouter({ device: 'auto', worker: startWebgpuWorker })`.
 */
export function startWebgpuWorker(): Worker {
  // Written out in this form, bundlers find the worker and keep its URL right.
  return new Worker(new URL('./webgpu-worker.js', import.meta.url), { type: 'module', name: 'synaptoroute' });
}
