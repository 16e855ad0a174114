/** Owns which part of the plane is seen: zoom and pan as arithmetic, without a canvas. */

/** The middle of what is seen, in the plane, and how far it is zoomed in. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const WHOLE: View = { x: 0, y: 0, zoom: 1 };

const MAX_ZOOM = 60;
/** Share of the shorter side that stays free around the whole plane. */
const MARGIN = 0.1;

/** Pixels for one unit of the plane. */
export function scaleOf({ zoom }: View, { width, height }: Size): number {
  return (Math.min(width, height) / 2) * (1 - MARGIN) * zoom;
}

export function toScreen(view: View, size: Size, x: number, y: number): readonly [x: number, y: number] {
  const scale = scaleOf(view, size);
  return [size.width / 2 + (x - view.x) * scale, size.height / 2 - (y - view.y) * scale];
}

/** What is under the pixel stays under it. */
export function zoomedAt(view: View, size: Size, factor: number, at: readonly [x: number, y: number]): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
  const before = scaleOf(view, size);
  const after = scaleOf({ ...view, zoom }, size);
  const shift = 1 / before - 1 / after;
  return kept({
    x: view.x + (at[0] - size.width / 2) * shift,
    y: view.y - (at[1] - size.height / 2) * shift,
    zoom,
  });
}

/** Moves what is seen by so many pixels. */
export function panned(view: View, size: Size, byX: number, byY: number): View {
  const scale = scaleOf(view, size);
  return kept({ ...view, x: view.x - byX / scale, y: view.y + byY / scale });
}

/** The middle never leaves the plane; the whole plane does not move. */
function kept({ x, y, zoom }: View): View {
  const reach = 1.2 - 1.2 / zoom;
  const clamp = (value: number): number => Math.min(reach, Math.max(-reach, value)) || 0;
  return { x: clamp(x), y: clamp(y), zoom };
}
