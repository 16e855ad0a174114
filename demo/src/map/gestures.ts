/** Owns what hands do on the map: wheel, pointers and keys become zooms, pans and pointings. */

export interface GestureTargets {
  readonly zoom: (factor: number, at?: readonly [x: number, y: number]) => void;
  readonly pan: (byX: number, byY: number) => void;
  readonly reset: () => void;
  /** The pointer is at a pixel of the map, or nowhere on it. */
  readonly pointAt: (at: readonly [x: number, y: number] | undefined) => void;
  /** To the next or the previous text. */
  readonly step: (by: 1 | -1) => void;
}

const PAN_STEP = 48;
export const ZOOM_STEP = 1.5;

type At = readonly [x: number, y: number];

export function listenToGestures(canvas: HTMLCanvasElement, targets: GestureTargets): void {
  const pointers = new Map<number, At>();

  const placeOf = ({ clientX, clientY }: MouseEvent): At => {
    const { left, top } = canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };

  canvas.addEventListener('pointerdown', (event) => {
    pointers.set(event.pointerId, placeOf(event));
    canvas.setPointerCapture(event.pointerId);
    targets.pointAt(placeOf(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    const now = placeOf(event);
    if (!before) return targets.pointAt(now);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other) targets.zoom(distance(now, other) / Math.max(1, distance(before, other)), middle(now, other));
    else targets.pan(now[0] - before[0], now[1] - before[1]);
  });
  for (const type of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(type, ({ pointerId }) => pointers.delete(pointerId));
  }
  canvas.addEventListener('pointerleave', () => targets.pointAt(undefined));
  canvas.addEventListener(
    'wheel',
    (event) => {
      // A page that is scrolled past must not catch on the map: it zooms once it has the focus, and with a pinch.
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      targets.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), placeOf(event));
    },
    { passive: false },
  );
  listenToKeys(canvas, targets);
}

function listenToKeys(canvas: HTMLCanvasElement, { zoom, pan, reset, step, pointAt }: GestureTargets): void {
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => pan(PAN_STEP, 0),
    ArrowRight: () => pan(-PAN_STEP, 0),
    ArrowUp: () => pan(0, PAN_STEP),
    ArrowDown: () => pan(0, -PAN_STEP),
    '+': () => zoom(ZOOM_STEP),
    '=': () => zoom(ZOOM_STEP),
    '-': () => zoom(1 / ZOOM_STEP),
    '0': reset,
    n: () => step(1),
    p: () => step(-1),
    Escape: () => pointAt(undefined),
  };
  canvas.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function distance(a: At, b: At): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function middle(a: At, b: At): At {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}
