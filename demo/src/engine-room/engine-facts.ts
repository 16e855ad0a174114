/** Owns which facts the engine tab tells. */

import type { RouterStatus } from 'synaptoroute/browser';
import type { Fact } from '../facts.ts';
import { formatBytes, formatCount, formatMs } from '../format.ts';

const DEVICES: Readonly<Record<RouterStatus['encoder']['device'], string>> = {
  native: 'CPU, native',
  wasm: 'WebAssembly, CPU',
  webgpu: 'WebGPU',
  remote: 'elsewhere',
  unknown: 'unknown',
};

export const ENGINE_FACTS: readonly Fact[] = [
  {
    id: 'runtime',
    label: 'Runtime',
    read: ({ encoder }) => encoder.runtime,
    explain: ({ encoder }) => encoder.note ?? 'In a worker of this tab',
  },
  {
    id: 'device',
    label: 'Device',
    read: ({ encoder }) => DEVICES[encoder.device],
    explain: ({ encoder }) =>
      encoder.batchDevice && encoder.batchDevice !== encoder.device
        ? `${DEVICES[encoder.batchDevice]} for 32 texts at once`
        : `${encoder.dimensions} numbers for each sentence`,
  },
  {
    id: 'threads',
    label: 'Threads',
    read: ({ encoder }) => String(encoder.threads),
    explain: ({ encoder: { threads, batchThreads = threads } }) => {
      if (batchThreads !== threads) return `${batchThreads} for 32 texts at once`;
      return crossOriginIsolated
        ? 'More are possible, and measured where you ask for it'
        : 'More need an isolated page';
    },
  },
  {
    id: 'isolated',
    label: 'Cross-origin isolated',
    read: () => (crossOriginIsolated ? 'Yes' : 'No'),
    explain: () => (crossOriginIsolated ? 'Memory may be shared' : 'COOP and COEP headers are missing'),
  },
  {
    id: 'encoder',
    label: 'Encoder',
    read: ({ encoder }) => (encoder.id.length > 16 ? `${encoder.id.slice(0, 15)}…` : encoder.id),
    explain: () => 'Fingerprint of the model',
    whole: ({ encoder }) => encoder.id,
  },
  {
    id: 'loading',
    label: 'Session and first run',
    read: ({ encoder: { loading } }) => (loading ? formatMs(loading.sessionMs + loading.firstRunMs) : 'not told'),
    explain: ({ encoder: { loading } }) =>
      loading ? `after ${formatMs(loading.filesMs)} for files, ${formatMs(loading.runtimeMs)} for the runtime` : '',
  },
  {
    id: 'index-memory',
    label: 'Memory of the index',
    read: ({ index }) => formatBytes(index.byteLength),
    explain: ({ index }) =>
      index.kernel === 'wasm-simd' ? 'Searched with WASM SIMD' : 'Searched in JavaScript: no WASM SIMD here',
  },
  {
    id: 'storage',
    label: 'Storage',
    read: ({ storage }) => storage.kind,
    explain: ({ storage }) => (storage.persistent ? 'Kept on this device' : 'Gone when the tab closes'),
  },
  {
    id: 'routes',
    label: 'In the index',
    read: (status) => formatCount(status.routes, 'route'),
    explain: (status) => formatCount(status.utterances, 'sentence'),
  },
];
