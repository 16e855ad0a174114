/** Owns the drawing of the map on a canvas: marks, names at clusters, the query. Decides nothing about what is shown. */

import type { Placement, Projection } from './messages.ts';
import { COLOURS, markOf, outline } from './marks.ts';
import { scaleOf, toScreen, type Size, type View } from './view.ts';

export interface Scene {
  readonly projection: Projection;
  /** As drawn, which may be on the way from one projection to the next. */
  readonly positions: Float32Array;
  readonly view: View;
  /** The query, where there is one. */
  readonly query: Placement | undefined;
  /** The only route that is not faint. */
  readonly chosenRoute: number | undefined;
  /** The text that is pointed at. */
  readonly pointedAt: number | undefined;
}

/** What the marks and names are drawn from; while it is the same, they are copied. */
type Ground = Pick<Scene, 'projection' | 'positions' | 'view' | 'chosenRoute'>;

/** So many marks a software rasteriser draws in less than 10 ms. */
const PART = 400;
const QUERY_RADIUS = 11;
const LABEL_FONT = '700 13px ui-sans-serif, system-ui, sans-serif';

interface Colours {
  readonly marks: readonly string[];
  readonly ground: string;
  readonly ink: string;
  readonly line: string;
  readonly signal: string;
  readonly onSignal: string;
}

export interface Scatter {
  /** Draws, and returns whether that was all: of thousands of marks, the first drawing is made in parts. */
  readonly draw: (scene: Scene, size: Size) => boolean;
  /** The theme or the resolution of the screen is another. */
  readonly refresh: () => void;
}

export function createScatter(canvas: HTMLCanvasElement): Scatter {
  const front = canvas.getContext('2d') as CanvasRenderingContext2D;
  /** Marks and names, without what changes with every key. */
  const layer = document.createElement('canvas');
  const context = layer.getContext('2d') as CanvasRenderingContext2D;
  let drawn: Ground | undefined;
  /** Marks that are on the layer. */
  let count = 0;
  let colours = readColours(canvas);
  /** Marks drawn once and copied thousands of times, by route and radius. */
  const stamps = new Map<string, HTMLCanvasElement>();

  function stampOf(route: number, radius: number, ratio: number): HTMLCanvasElement {
    const { colour, shape } = markOf(route);
    const key = `${colour}${shape}${radius}${ratio}`;
    const known = stamps.get(key);
    if (known) return known;
    const stamp = document.createElement('canvas');
    stamp.width = stamp.height = Math.ceil((radius * 1.3 + 2) * 2 * ratio);
    const pen = stamp.getContext('2d') as CanvasRenderingContext2D;
    pen.setTransform(ratio, 0, 0, ratio, stamp.width / 2, stamp.height / 2);
    const path = new Path2D(outline(shape, radius));
    pen.lineWidth = radius > 3 ? 2 : 1;
    pen.strokeStyle = colours.ground;
    pen.stroke(path);
    pen.fillStyle = colours.marks[colour - 1] as string;
    // oxlint-disable-next-line no-array-fill-with-reference-type -- a path on a canvas, no array
    pen.fill(path);
    stamps.set(key, stamp);
    return stamp;
  }

  /** Those from one position on up to another; the faint ones first. */
  function drawMarks(
    { projection, positions, view, chosenRoute }: Ground,
    [from, to]: readonly [number, number],
    size: Size,
    ratio: number,
  ): void {
    const radius = radiusFor(projection.texts.length, view.zoom);
    const { owners } = projection;
    // Whole pixels, copied as they are: several times faster than scaled ones.
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const isChosen of [false, true]) {
      context.globalAlpha = isChosen || chosenRoute === undefined ? 1 : 0.16;
      for (let i = from; i < to; i++) {
        const route = owners[i] as number;
        if ((chosenRoute === undefined || route === chosenRoute) !== isChosen) continue;
        const [x, y] = toScreen(view, size, positions[i * 2] as number, positions[i * 2 + 1] as number);
        if (x < -20 || y < -20 || x > size.width + 20 || y > size.height + 20) continue;
        const stamp = stampOf(route, radius, ratio);
        context.drawImage(stamp, Math.round(x * ratio - stamp.width / 2), Math.round(y * ratio - stamp.height / 2));
      }
    }
    context.globalAlpha = 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Largest clusters first; a name that would lie on another is left out, and comes when one zooms in. */
  function drawNames({ projection, positions, view, chosenRoute }: Ground, size: Size): void {
    context.font = LABEL_FONT;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    context.lineWidth = 4;
    context.strokeStyle = colours.ground;
    const taken: { left: number; right: number; y: number }[] = [];
    for (const { route, x: planeX, y: planeY } of clustersOf(projection, positions)) {
      if (chosenRoute !== undefined && route !== chosenRoute) continue;
      const name = projection.routes[route] as string;
      const half = context.measureText(name).width / 2;
      const [screenX, screenY] = toScreen(view, size, planeX, planeY);
      if (screenX < 0 || screenY < 0 || screenX > size.width || screenY > size.height) continue;
      const x = Math.min(Math.max(screenX, half + 6), size.width - half - 6);
      const y = Math.min(Math.max(screenY, 14), size.height - 14);
      const isTaken = taken.some(
        (other) => x - half < other.right && x + half > other.left && Math.abs(y - other.y) < 17,
      );
      if (isTaken) continue;
      taken.push({ left: x - half - 6, right: x + half + 6, y });
      context.strokeText(name, x, y);
      context.fillStyle = colours.ink;
      context.fillText(name, x, y);
    }
  }

  function drawQuery({ query, positions, view }: Scene, size: Size): void {
    if (!query) return;
    const [x, y] = onScreen(view, size, query);
    front.lineWidth = 1.5;
    front.strokeStyle = colours.line;
    for (const { index } of query.neighbours.slice(0, 3)) {
      const to = toScreen(view, size, positions[index * 2] as number, positions[index * 2 + 1] as number);
      front.beginPath();
      front.moveTo(x, y);
      front.lineTo(...to);
      front.stroke();
    }
    front.beginPath();
    front.arc(x, y, QUERY_RADIUS, 0, 2 * Math.PI);
    front.fillStyle = colours.signal;
    front.fill();
    front.lineWidth = 3;
    front.strokeStyle = colours.onSignal;
    front.stroke();
    front.beginPath();
    front.arc(x, y, QUERY_RADIUS + 2.5, 0, 2 * Math.PI);
    front.lineWidth = 2;
    front.strokeStyle = colours.ground;
    front.stroke();
    front.beginPath();
    front.arc(x, y, 3, 0, 2 * Math.PI);
    front.fillStyle = colours.onSignal;
    front.fill();
  }

  function drawPointedAt({ pointedAt, positions, view }: Scene, size: Size): void {
    if (pointedAt === undefined) return;
    const [x, y] = toScreen(view, size, positions[pointedAt * 2] as number, positions[pointedAt * 2 + 1] as number);
    front.beginPath();
    front.arc(x, y, 12, 0, 2 * Math.PI);
    front.lineWidth = 3;
    front.strokeStyle = colours.ink;
    front.stroke();
  }

  /** What is seen for the first time comes in parts; what moves is drawn at once, or it would never be whole. */
  function drawGround(scene: Scene, size: Size, ratio: number): boolean {
    const total = scene.projection.owners.length;
    if (!drawn || !isSame(drawn, scene)) {
      const isFirst = drawn?.projection !== scene.projection && scene.positions === scene.projection.positions;
      drawn = scene;
      count = 0;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.fillStyle = colours.ground;
      context.fillRect(0, 0, size.width, size.height);
      if (!isFirst) {
        drawMarks(scene, [0, total], size, ratio);
        drawNames(scene, size);
        count = total;
      }
    }
    if (count === total) return true;
    const next = Math.min(total, count + PART);
    drawMarks(scene, [count, next], size, ratio);
    count = next;
    if (count === total) drawNames(scene, size);
    return count === total;
  }

  return {
    draw(scene, size) {
      const ratio = devicePixelRatio;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = layer.width = width;
        canvas.height = layer.height = height;
        drawn = undefined;
      }
      const isWhole = drawGround(scene, size, ratio);
      front.setTransform(1, 0, 0, 1, 0, 0);
      front.drawImage(layer, 0, 0);
      front.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawQuery(scene, size);
      drawPointedAt(scene, size);
      return isWhole;
    },
    refresh() {
      colours = readColours(canvas);
      stamps.clear();
      drawn = undefined;
    },
  };
}

function isSame(a: Ground, b: Ground): boolean {
  return a.positions === b.positions && a.view === b.view && a.chosenRoute === b.chosenRoute;
}

/** Where the query is drawn: at the edge where it lies beyond. */
function onScreen(view: View, size: Size, { x, y }: Placement): readonly [number, number] {
  const edge = QUERY_RADIUS + 4;
  const [left, top] = toScreen(view, size, x, y);
  return [Math.min(Math.max(left, edge), size.width - edge), Math.min(Math.max(top, edge), size.height - edge)];
}

/** Thousands are small, a dozen large; zooming in makes room. */
function radiusFor(count: number, zoom: number): number {
  const base = count > 2000 ? 2.5 : count > 300 ? 3.5 : count > 60 ? 5 : 7;
  return Math.round(Math.min(9, base * zoom ** 0.35) * 2) / 2;
}

interface Cluster {
  readonly route: number;
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** Each route's median, which strays less than its mean. */
function clustersOf({ owners, routes }: Projection, positions: Float32Array): readonly Cluster[] {
  const members = routes.map((): number[] => []);
  for (const [i, route] of owners.entries()) members[route]?.push(i);
  return members
    .map((indices, route) => ({
      route,
      x: median(indices.map((i) => positions[i * 2] as number)),
      y: median(indices.map((i) => positions[i * 2 + 1] as number)),
      count: indices.length,
    }))
    .toSorted((a, b) => b.count - a.count);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The text whose mark is nearest to a pixel, within reach. */
export function textAt({ positions, view }: Scene, size: Size, at: readonly [number, number]): number | undefined {
  const scale = scaleOf(view, size);
  const x = view.x + (at[0] - size.width / 2) / scale;
  const y = view.y - (at[1] - size.height / 2) / scale;
  let best: number | undefined;
  let nearest = (14 / scale) ** 2;
  for (let i = 0; i * 2 < positions.length; i++) {
    const distance = ((positions[i * 2] as number) - x) ** 2 + ((positions[i * 2 + 1] as number) - y) ** 2;
    if (distance >= nearest) continue;
    nearest = distance;
    best = i;
  }
  return best;
}

function readColours(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    marks: Array.from({ length: COLOURS }, (_, i) => read(`--map-${i + 1}`)),
    ground: read('--surface'),
    ink: read('--ink'),
    line: read('--line-strong'),
    signal: read('--signal'),
    onSignal: '#14171a',
  };
}
