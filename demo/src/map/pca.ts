/** Owns the principal axes of rows of numbers: block power iteration, the same axes for the same rows every time. */

export interface Axes {
  readonly mean: Float64Array;
  /** `count x dimensions`, row-major, orthonormal, the one of the greatest variance first. */
  readonly axes: Float64Array;
  readonly count: number;
  /** Of each axis: the share of all variance that it holds. */
  readonly shares: readonly number[];
}

export interface AxesOptions {
  readonly dimensions: number;
  readonly count: number;
  readonly onProgress?: (done: number) => void;
}

/** Axes beyond those asked for, with which those converge sooner. */
const SPARE_AXES = 6;
const MAX_ROUNDS = 60;
/** The variances no longer move by more than this part of themselves. */
const TOLERANCE = 1e-5;

/** The fewer of `count`, `dimensions` and the number of rows. */
export function principalAxes(rows: Float32Array, { dimensions, count, onProgress }: AxesOptions): Axes {
  const centred = centre(rows, dimensions);
  const block = Math.min(count + SPARE_AXES, dimensions, centred.rowCount);
  let axes = orthonormalise(startingBlock(block, dimensions), dimensions);
  let variances: readonly number[] = [];
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const next = turn(applyCovariance(centred, axes, dimensions), axes, dimensions);
    const isSettled = next.variances
      .slice(0, count)
      .every((variance, i) => Math.abs(variance - (variances[i] ?? Infinity)) <= TOLERANCE * variance);
    ({ axes, variances } = next);
    if (isSettled) break;
    onProgress?.(round / MAX_ROUNDS);
  }
  const kept = Math.min(count, block);
  return {
    mean: centred.mean,
    axes: withSigns(axes.slice(0, kept * dimensions), dimensions),
    count: kept,
    shares: variances.slice(0, kept).map((variance) => shareOf(variance, centred.variance)),
  };
}

/** Coordinates of rows on axes: `rows x count`, row-major. */
export function project(rows: Float32Array, { mean, axes, count }: Axes): Float32Array {
  const dimensions = mean.length;
  const rowCount = rows.length / dimensions;
  const coordinates = new Float32Array(rowCount * count);
  for (let row = 0; row < rowCount; row++) {
    for (let axis = 0; axis < count; axis++) {
      let sum = 0;
      for (let i = 0; i < dimensions; i++) {
        sum += ((rows[row * dimensions + i] as number) - (mean[i] as number)) * (axes[axis * dimensions + i] as number);
      }
      coordinates[row * count + axis] = sum;
    }
  }
  return coordinates;
}

/** Rows that are all the same have nothing but the noise of rounding. */
function shareOf(variance: number, total: number): number {
  return total > 0 ? Math.min(1, Math.max(0, variance / total)) : 0;
}

interface Centred {
  readonly values: Float32Array;
  readonly rowCount: number;
  readonly mean: Float64Array;
  /** Of all dimensions together. */
  readonly variance: number;
}

function centre(rows: Float32Array, dimensions: number): Centred {
  const rowCount = rows.length / dimensions;
  const mean = new Float64Array(dimensions);
  for (let i = 0; i < rows.length; i++) mean[i % dimensions] = (mean[i % dimensions] as number) + (rows[i] as number);
  for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] as number) / rowCount;
  const values = new Float32Array(rows.length);
  let squares = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = (rows[i] as number) - (mean[i % dimensions] as number);
    values[i] = value;
    squares += value * value;
  }
  return { values, rowCount, mean, variance: squares / rowCount };
}

/** Any numbers will do that no data lies square to; these are the same on every machine. */
function startingBlock(count: number, dimensions: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: count * dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Each axis times the covariance matrix, which is never made: one pass over the rows for all axes. */
function applyCovariance({ values, rowCount }: Centred, axes: Float64Array, dimensions: number): Float64Array {
  const count = axes.length / dimensions;
  const image = new Float64Array(axes.length);
  for (let row = 0; row < rowCount; row++) {
    const start = row * dimensions;
    for (let axis = 0; axis < count; axis++) {
      const offset = axis * dimensions;
      let dot = 0;
      for (let i = 0; i < dimensions; i++) dot += (values[start + i] as number) * (axes[offset + i] as number);
      dot /= rowCount;
      for (let i = 0; i < dimensions; i++) {
        image[offset + i] = (image[offset + i] as number) + dot * (values[start + i] as number);
      }
    }
  }
  return image;
}

/** The axes turned within their space to where the covariance is diagonal, greatest first, and one step nearer. */
function turn(
  image: Float64Array,
  axes: Float64Array,
  dimensions: number,
): { readonly axes: Float64Array; readonly variances: readonly number[] } {
  const count = axes.length / dimensions;
  const small = Array.from({ length: count }, (_, a) =>
    Array.from({ length: count }, (_unused, b) => dotOf(axes, a, image, b, dimensions)),
  );
  const { values, vectors } = diagonalise(small);
  const order = values.map((_, i) => i).toSorted((a, b) => (values[b] as number) - (values[a] as number));
  const turned = new Float64Array(axes.length);
  for (const [to, from] of order.entries()) {
    for (let axis = 0; axis < count; axis++) {
      const weight = vectors[axis]?.[from] ?? 0;
      for (let i = 0; i < dimensions; i++) {
        turned[to * dimensions + i] =
          (turned[to * dimensions + i] as number) + weight * (image[axis * dimensions + i] as number);
      }
    }
  }
  return { axes: orthonormalise(turned, dimensions), variances: order.map((i) => values[i] as number) };
}

function dotOf(left: Float64Array, a: number, right: Float64Array, b: number, dimensions: number): number {
  let sum = 0;
  for (let i = 0; i < dimensions; i++) {
    sum += (left[a * dimensions + i] as number) * (right[b * dimensions + i] as number);
  }
  return sum;
}

/** Gram-Schmidt, in place and twice over for the sake of rounding; a row that depends on those before becomes zeros. */
function orthonormalise(rows: Float64Array, dimensions: number): Float64Array {
  const count = rows.length / dimensions;
  for (let row = 0; row < count; row++) {
    const before = Math.sqrt(dotOf(rows, row, rows, row, dimensions));
    for (let pass = 0; pass < 2; pass++) {
      for (let earlier = 0; earlier < row; earlier++) {
        const dot = dotOf(rows, row, rows, earlier, dimensions);
        for (let i = 0; i < dimensions; i++) {
          rows[row * dimensions + i] =
            (rows[row * dimensions + i] as number) - dot * (rows[earlier * dimensions + i] as number);
        }
      }
    }
    const length = Math.sqrt(dotOf(rows, row, rows, row, dimensions));
    const scale = length > before * 1e-9 ? 1 / length : 0;
    for (let i = 0; i < dimensions; i++) rows[row * dimensions + i] = (rows[row * dimensions + i] as number) * scale;
  }
  return rows;
}

/** Jacobi's method for a small symmetric matrix: its eigenvalues, and its eigenvectors as columns. */
function diagonalise(matrix: readonly (readonly number[])[]): {
  readonly values: readonly number[];
  readonly vectors: readonly (readonly number[])[];
} {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = matrix.map((_, i) => Array.from({ length: size }, (_unused, j) => Number(i === j)));
  const at = (row: number, column: number): number => a[row]?.[column] as number;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        off += at(p, q) ** 2;
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(t * t + 1);
        const sine = t * cosine;
        for (const row of a) rotate(row, p, q, cosine, sine);
        rotateRows(a[p] as Float64Array, a[q] as Float64Array, cosine, sine);
        for (const row of vectors) rotate(row, p, q, cosine, sine);
      }
    }
    if (off < 1e-24) break;
  }
  return { values: a.map((row, i) => row[i] as number), vectors };
}

function rotate(row: Float64Array | number[], p: number, q: number, cosine: number, sine: number): void {
  const [x, y] = [row[p] as number, row[q] as number];
  row[p] = cosine * x - sine * y;
  row[q] = sine * x + cosine * y;
}

function rotateRows(p: Float64Array, q: Float64Array, cosine: number, sine: number): void {
  for (let i = 0; i < p.length; i++) {
    const [x, y] = [p[i] as number, q[i] as number];
    p[i] = cosine * x - sine * y;
    q[i] = sine * x + cosine * y;
  }
}

/** An axis has two directions; the one in which its greatest number is positive is taken. */
function withSigns(axes: Float64Array, dimensions: number): Float64Array {
  for (let start = 0; start < axes.length; start += dimensions) {
    const axis = axes.subarray(start, start + dimensions);
    const greatest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    if (greatest < 0) for (let i = 0; i < dimensions; i++) axis[i] = -(axis[i] as number);
  }
  return axes;
}
