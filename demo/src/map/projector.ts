/** Owns the map's worker: one for each projection, ended when that is given up or another takes its place. */

import type { MapRequest, MapResponse, Method, Placement, Projection } from './messages.ts';

export interface ProjectorEvents {
  readonly onProgress: (step: string, done: number) => void;
  readonly onProjected: (projection: Projection) => void;
  readonly onFailed: (message: string) => void;
}

export interface Projector {
  /** In place of any before. `file` is given away. */
  readonly project: (file: Uint8Array<ArrayBuffer>, method: Method) => void;
  /** Where a vector lies on the projection there is; `undefined` where another vector or projection came between. */
  readonly place: (vector: Float32Array) => Promise<Placement | undefined>;
  /** Ends the projection that is being made; the one before stays. */
  readonly cancel: () => void;
}

export function createProjector({ onProgress, onProjected, onFailed }: ProjectorEvents): Projector {
  /** What is shown, and what is being made. */
  let active: Worker | undefined;
  let pending: Worker | undefined;
  let waiting: { readonly id: number; readonly resolve: (placement: Placement | undefined) => void } | undefined;
  let lastId = 0;

  function cancel(): void {
    pending?.terminate();
    pending = undefined;
  }

  function settle(placement: Placement | undefined): void {
    waiting?.resolve(placement);
    waiting = undefined;
  }

  function adopt(worker: Worker): void {
    settle(undefined);
    active?.terminate();
    active = worker;
    pending = undefined;
  }

  function receive(worker: Worker, response: MapResponse): void {
    const isPending = worker === pending;
    if (!isPending && worker !== active) return;
    switch (response.type) {
      case 'progress':
        if (isPending) onProgress(response.step, response.done);
        return;
      case 'projected':
        adopt(worker);
        return onProjected(response.projection);
      case 'placed':
        if (response.id === waiting?.id) settle(response.placement);
        return;
      case 'failed':
        if (isPending) cancel();
        else settle(undefined);
        return onFailed(response.message);
    }
  }

  return {
    project(file, method) {
      cancel();
      // Written out in this form, the bundler finds the worker.
      const worker = new Worker(new URL('./map-worker.ts', import.meta.url), { type: 'module', name: 'map' });
      pending = worker;
      worker.addEventListener('message', ({ data }: MessageEvent<MapResponse>) => receive(worker, data));
      worker.addEventListener('error', ({ message }) =>
        receive(worker, { type: 'failed', message: message || 'Its script could not be loaded.' }),
      );
      worker.postMessage({ type: 'project', file, method } satisfies MapRequest, [file.buffer]);
    },
    place(vector) {
      settle(undefined);
      if (!active) return Promise.resolve(undefined);
      const id = ++lastId;
      active.postMessage({ type: 'place', id, vector } satisfies MapRequest);
      return new Promise((resolve) => {
        waiting = { id, resolve };
      });
    },
    cancel,
  };
}
