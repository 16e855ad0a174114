/** What a Worker's isolate takes, as its limit counts it: V8's heap and backing stores by the inspector, ONNX Runtime's shared memory. */

import { fetch as fetchSocket } from 'miniflare';
import type { Edge } from './edge.ts';

export interface MemoryWatch {
  /** The most bytes so far: V8's whole heap and its backing stores, at one moment. */
  readonly peakBytes: () => number;
  readonly stop: () => Promise<void>;
}

interface HeapUsage {
  readonly totalSize: number;
  readonly backingStorageSize: number;
}

/** Samples without pause; the inspector answers between the isolate's own tasks. */
export async function watchMemory(inspectorPort: number, worker: string): Promise<MemoryWatch> {
  const { webSocket: socket } = await fetchSocket(`http://127.0.0.1:${inspectorPort}/core:user:${worker}`, {
    headers: { Upgrade: 'websocket' },
  });
  if (!socket) throw new Error('the inspector took no connection');
  socket.accept();
  const state = { peakBytes: 0, isOver: false, asked: 0 };
  const stopped = new Promise<void>((resolve) => {
    const ask = (): void => socket.send(JSON.stringify({ id: ++state.asked, method: 'Runtime.getHeapUsage' }));
    socket.addEventListener('message', ({ data }) => {
      const { result } = JSON.parse(data as string) as { readonly result?: HeapUsage };
      if (result) state.peakBytes = Math.max(state.peakBytes, result.totalSize + result.backingStorageSize);
      if (state.isOver) resolve();
      else setTimeout(ask, 5);
    });
    ask();
  });
  return {
    peakBytes: () => state.peakBytes,
    async stop() {
      state.isOver = true;
      await stopped;
      socket.close();
    },
  };
}

/** The largest WASM memory: ONNX Runtime's, which is shared and so in none of V8's figures; it never shrinks. */
export async function ortMemoryBytes(edge: Edge): Promise<number> {
  const memories = (await (await fetch(new URL('memories/', edge.url))).json()) as readonly number[];
  return Math.max(...memories);
}
