/** The playground's plane: principal axes against a space that is known, and a layout that is the same every time. */

import { expect, test } from 'vitest';
import { principalAxes, project } from '../../demo/src/map/pca.ts';
import { smallest, umapPositions } from '../../demo/src/map/umap.ts';
import { WHOLE, panned, toScreen, zoomedAt } from '../../demo/src/map/view.ts';

const DIMENSIONS = 24;

/** Rows about three centres, of unlike spread along the first three coordinates, turned by nothing. */
function clusters(count: number): Float32Array {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length: count * DIMENSIONS }, (_, i) => {
    const [row, column] = [Math.floor(i / DIMENSIONS), i % DIMENSIONS];
    return (column === row % 3 ? 5 - (row % 3) : 0) + random() * 0.2;
  });
}

test('axes are orthonormal, in the order of their variance, and hold what the rows have', () => {
  const rows = clusters(90);
  const { axes, shares, count, mean } = principalAxes(rows, { dimensions: DIMENSIONS, count: 2 });
  expect(count).toBe(2);
  const dot = (a: number, b: number): number =>
    Array.from(
      { length: DIMENSIONS },
      (_, i) => (axes[a * DIMENSIONS + i] ?? 0) * (axes[b * DIMENSIONS + i] ?? 0),
    ).reduce((sum, value) => sum + value, 0);
  expect(dot(0, 0)).toBeCloseTo(1, 9);
  expect(dot(1, 1)).toBeCloseTo(1, 9);
  expect(dot(0, 1)).toBeCloseTo(0, 9);
  expect(shares[0]).toBeGreaterThan(shares[1] ?? 1);
  // Three centres span a plane, and the noise is small.
  expect((shares[0] ?? 0) + (shares[1] ?? 0)).toBeGreaterThan(0.95);
  const coordinates = project(rows, { axes, shares, count, mean });
  const varianceOf = (axis: number): number =>
    coordinates.reduce((sum, value, i) => (i % 2 === axis ? sum + value * value : sum), 0) / 90;
  let total = 0;
  for (const [i, value] of rows.entries()) total += (value - (mean[i % DIMENSIONS] ?? 0)) ** 2 / 90;
  expect(varianceOf(0) / total).toBeCloseTo(shares[0] ?? 0, 5);
  expect(varianceOf(1) / total).toBeCloseTo(shares[1] ?? 0, 5);
});

test('one row, two rows, and rows that are all the same have a plane too', () => {
  const same = new Float32Array(4 * DIMENSIONS).fill(0.2);
  for (const rows of [same.slice(0, DIMENSIONS), same.slice(0, 2 * DIMENSIONS), same, clusters(2)]) {
    const axes = principalAxes(rows, { dimensions: DIMENSIONS, count: 2 });
    expect([...project(rows, axes)].every(Number.isFinite)).toBe(true);
    expect(axes.shares.every((share) => share >= 0 && share <= 1 + 1e-9)).toBe(true);
  }
});

test('UMAP keeps clusters together, and lays the same rows out the same way every time', () => {
  const rows = clusters(60);
  const steps = new Set<string>();
  const lay = (): Float32Array =>
    umapPositions(rows, { dimensions: DIMENSIONS, onProgress: (step) => void steps.add(step) });
  const positions = lay();
  expect(lay()).toEqual(positions);
  expect(steps).toEqual(new Set(['Reducing dimensions', 'Finding neighbours', 'Laying out']));
  for (let row = 0; row < 60; row++) {
    const squares = Float64Array.from({ length: 60 }, (_, other) =>
      other === row
        ? Infinity
        : Math.hypot(
            (positions[row * 2] ?? 0) - (positions[other * 2] ?? 0),
            (positions[row * 2 + 1] ?? 0) - (positions[other * 2 + 1] ?? 0),
          ),
    );
    expect((smallest(squares, 1)[0] ?? 0) % 3).toBe(row % 3);
  }
});

test('zooming keeps what is under the pointer there, and never leaves the plane', () => {
  const size = { width: 800, height: 400 };
  let view = zoomedAt(WHOLE, size, 3, [500, 220]);
  const before = toScreen(view, size, 0.3, 0.1);
  view = zoomedAt(view, size, 1.7, before);
  const after = toScreen(view, size, 0.3, 0.1);
  expect(after.map((value) => Math.round(value * 1e6))).toEqual(before.map((value) => Math.round(value * 1e6)));
  for (let i = 0; i < 100; i++) view = panned(view, size, 300, -300);
  const [x, y] = toScreen(view, size, -1, -1);
  expect(x >= 0 && x <= size.width && y >= 0 && y <= size.height).toBe(true);
  expect(zoomedAt(view, size, 1e-9, [3, 3])).toEqual(WHOLE);
});
