/** Runs on a thread of its own: vectors to a plane, and queries onto it. It answers one map; another has another worker. */

import { readRouterFile, type EmbeddedUtterance } from 'synaptoroute';
import type { MapRequest, MapResponse, Method, Placement } from './messages.ts';
import { principalAxes, project, type Axes } from './pca.ts';
import { smallest, umapPositions } from './umap.ts';

const NEIGHBOURS = 5;
const PROGRESS_MS = 50;

interface Ground {
  readonly rows: Float32Array;
  readonly dimensions: number;
  readonly place: (vector: Float32Array, neighbours: Placement['neighbours']) => { x: number; y: number };
}

/** What is used of a worker's global scope. */
interface Scope {
  postMessage(message: MapResponse, transfer?: readonly Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<MapRequest>) => void): void;
}

const scope = globalThis as unknown as Scope;
let ground: Ground | undefined;

scope.addEventListener('message', ({ data: request }) => {
  try {
    if (request.type === 'project') projectFile(request.file, request.method);
    else if (ground) scope.postMessage({ type: 'placed', id: request.id, placement: placeOn(ground, request.vector) });
  } catch (error) {
    scope.postMessage({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});

function projectFile(file: Uint8Array, method: Method): void {
  const startedAt = performance.now();
  const { routes, encoder } = readRouterFile(file);
  const utterances = routes.flatMap((route) => route.utterances);
  const { dimensions } = encoder;
  const rows = joined(utterances, dimensions);
  const { positions, variance, place } =
    method === 'pca' ? byAxes(rows, dimensions) : byNeighbourhood(rows, dimensions);
  ground = { rows, dimensions, place };
  const owners = Uint32Array.from(routes.flatMap((route, i) => route.utterances.map(() => i)));
  const sent = positions.slice();
  const response: MapResponse = {
    type: 'projected',
    projection: {
      method,
      routes: routes.map(({ name }) => name),
      texts: utterances.map(({ text }) => text),
      owners,
      positions: sent,
      variance,
      elapsedMs: performance.now() - startedAt,
    },
  };
  scope.postMessage(response, [owners.buffer, sent.buffer]);
}

function joined(utterances: readonly EmbeddedUtterance[], dimensions: number): Float32Array {
  const rows = new Float32Array(utterances.length * dimensions);
  for (const [i, { vector }] of utterances.entries()) rows.set(vector, i * dimensions);
  return rows;
}

interface Laid extends Pick<Ground, 'place'> {
  /** Normalised. */
  readonly positions: Float32Array;
  readonly variance: number | undefined;
}

function byAxes(rows: Float32Array, dimensions: number): Laid {
  const axes = principalAxes(rows, { dimensions, count: 2, onProgress: (done) => report('Finding the axes', done) });
  const fit = fitSquare(planeOf(rows, axes));
  return {
    positions: fit.positions,
    variance: axes.shares.reduce((sum, share) => sum + share, 0),
    place(vector) {
      const [x = 0, y = 0] = planeOf(vector, axes);
      return { x: (x - fit.x) / fit.scale, y: (y - fit.y) / fit.scale };
    },
  };
}

/** Two coordinates each, also where there are fewer axes. */
function planeOf(rows: Float32Array, axes: Axes): Float32Array {
  const coordinates = project(rows, axes);
  if (axes.count === 2) return coordinates;
  const plane = new Float32Array((rows.length / axes.mean.length) * 2);
  if (axes.count === 1) for (const [i, x] of coordinates.entries()) plane[i * 2] = x;
  return plane;
}

function byNeighbourhood(rows: Float32Array, dimensions: number): Laid {
  const { positions } = fitSquare(umapPositions(rows, { dimensions, onProgress: report }));
  return {
    positions,
    variance: undefined,
    // There is no formula for a new point: it lies among its neighbours, nearest to the nearest.
    place(_, neighbours) {
      const last = neighbours.at(-1)?.score ?? 0;
      let [x, y, total] = [0, 0, 0];
      for (const { index, score } of neighbours) {
        const weight = (score - last) ** 2 + 1e-6;
        x += weight * (positions[index * 2] as number);
        y += weight * (positions[index * 2 + 1] as number);
        total += weight;
      }
      return { x: x / total, y: y / total };
    },
  };
}

/** Moved and scaled, alike in both directions, to fill [-1, 1]. */
function fitSquare(plane: Float32Array): { positions: Float32Array; x: number; y: number; scale: number } {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const [i, value] of plane.entries()) {
    low[i % 2] = Math.min(low[i % 2] as number, value);
    high[i % 2] = Math.max(high[i % 2] as number, value);
  }
  const [x, y] = [0, 1].map((i) => ((low[i] as number) + (high[i] as number)) / 2) as [number, number];
  const widest = Math.max((high[0] as number) - (low[0] as number), (high[1] as number) - (low[1] as number));
  // One text, or texts that are all the same, lie in the middle.
  const scale = widest > 1e-9 ? widest / 2 : 1;
  return { positions: plane.map((value, i) => (value - (i % 2 === 0 ? x : y)) / scale), x, y, scale };
}

function placeOn({ rows, dimensions, place }: Ground, vector: Float32Array): Placement {
  const distances = new Float32Array(rows.length / dimensions);
  for (let row = 0; row < distances.length; row++) {
    let dot = 0;
    for (let i = 0; i < dimensions; i++) dot += (rows[row * dimensions + i] as number) * (vector[i] as number);
    distances[row] = -dot;
  }
  const neighbours = smallest(distances, NEIGHBOURS).map((index) => ({ index, score: -(distances[index] as number) }));
  return { ...place(vector, neighbours), neighbours };
}

let reportedAt = 0;

function report(step: string, done: number): void {
  const now = performance.now();
  if (now - reportedAt < PROGRESS_MS) return;
  reportedAt = now;
  scope.postMessage({ type: 'progress', step, done });
}
