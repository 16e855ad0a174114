/** Owns how routes are told apart: a colour and a shape each, 48 pairs, so that no route rests on its colour alone. */

export const COLOURS = 8;

export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'wedge';

const SHAPES: readonly Shape[] = ['circle', 'square', 'triangle', 'diamond', 'cross', 'wedge'];

export interface Mark {
  /** The number of a `--map-N` of map.css. */
  readonly colour: number;
  readonly shape: Shape;
}

/** Neighbours in the list differ in both. After 48 routes the pairs come again; names tell those apart. */
export function markOf(route: number): Mark {
  return {
    colour: (route % COLOURS) + 1,
    shape: SHAPES[(route + Math.floor(route / 24)) % SHAPES.length] as Shape,
  };
}

/** The outline of a shape about the origin, in SVG's words, for canvas and legend alike. */
const OUTLINES: Readonly<Record<Shape, (r: number) => string>> = {
  circle: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  square: (r) => polygon(r * 0.9, [-1, -1, 1, -1, 1, 1, -1, 1]),
  triangle: (r) => polygon(r * 1.15, [0, -1, 0.95, 0.75, -0.95, 0.75]),
  diamond: (r) => polygon(r * 1.2, [0, -1, 1, 0, 0, 1, -1, 0]),
  cross: (r) =>
    polygon(
      r * 1.1,
      [
        -0.36, -1, 0.36, -1, 0.36, -0.36, 1, -0.36, 1, 0.36, 0.36, 0.36, 0.36, 1, -0.36, 1, -0.36, 0.36, -1, 0.36, -1,
        -0.36, -0.36, -0.36,
      ],
    ),
  wedge: (r) => polygon(r * 1.15, [0, 1, 0.95, -0.75, -0.95, -0.75]),
};

export function outline(shape: Shape, radius: number): string {
  return OUTLINES[shape](radius);
}

function polygon(scale: number, points: readonly number[]): string {
  return `M${points.map((value) => (value * scale).toFixed(2)).join(' ')}Z`;
}
