// Owns the arithmetic of training, compiled from AssemblyScript to WASM SIMD: scores of a batch, what the softmax of the
// scores gets wrong, and one step of Adam on what was wrong. Knows addresses, neither samples nor routes.
//
// All numbers are float32. Rows of values are padded with zeros to a multiple of 32; the batch has 32 rows, and a row that is
// not used has the sample weight 0. Scores, and the errors that take their place, lie class by class: a class's 32 numbers
// behind each other, so that a vector holds four rows of one class and the softmax never adds across lanes.

const ROWS: usize = 32;
const CLASS_BYTES: usize = 128;
const ROW_STEP: usize = 16;

let rowBytes: usize = 0;
let classes: i32 = 0; // padded to an even number; the padding's numbers are never read by another class
let batch: usize = 0; // 32 rows, `batchStride` apart
let batchStride: usize = 0;
let weights: usize = 0; // a row of each class; behind them Adam's first moments, then its second ones
let momentBytes: usize = 0;
let biases: usize = 0; // a number of each class; behind them first and second moments
let biasBytes: usize = 0;
let errors: usize = 0;
let sampleWeights: usize = 0; // 32, each divided by the batch's size
let labels: usize = 0; // 32 int32
let listed: usize = 0; // room for 32 pairs of error and row address

export function setLayout(
  paddedDimensions: usize, classCount: i32, batchAddress: usize, stride: usize, weightsAddress: usize,
  biasesAddress: usize, errorsAddress: usize, sampleWeightsAddress: usize, labelsAddress: usize, listedAddress: usize,
): void {
  rowBytes = paddedDimensions << 2;
  classes = classCount;
  batch = batchAddress;
  batchStride = stride;
  weights = weightsAddress;
  momentBytes = <usize>classCount * rowBytes;
  biases = biasesAddress;
  biasBytes = <usize>classCount << 2;
  errors = errorsAddress;
  sampleWeights = sampleWeightsAddress;
  labels = labelsAddress;
  listed = listedAddress;
}

// The sums of four vectors' lanes, as one vector.
@inline
function sumEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// Scores every row for every class: four rows by two classes at a time, whose eight sums stay in registers.
export function scoreBatch(): void {
  for (let row: usize = 0; row < ROWS; row += 4) {
    const z0 = batch + row * batchStride;
    const z1 = z0 + batchStride;
    const z2 = z1 + batchStride;
    const z3 = z2 + batchStride;
    for (let label = 0; label < classes; label += 2) {
      const w = weights + <usize>label * rowBytes;
      const v = w + rowBytes;
      let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0), a3 = f32x4.splat(0);
      let b0 = f32x4.splat(0), b1 = f32x4.splat(0), b2 = f32x4.splat(0), b3 = f32x4.splat(0);
      for (let i: usize = 0; i < rowBytes; i += 16) {
        const a = v128.load(w + i);
        const b = v128.load(v + i);
        let z = v128.load(z0 + i);
        a0 = f32x4.add(a0, f32x4.mul(z, a));
        b0 = f32x4.add(b0, f32x4.mul(z, b));
        z = v128.load(z1 + i);
        a1 = f32x4.add(a1, f32x4.mul(z, a));
        b1 = f32x4.add(b1, f32x4.mul(z, b));
        z = v128.load(z2 + i);
        a2 = f32x4.add(a2, f32x4.mul(z, a));
        b2 = f32x4.add(b2, f32x4.mul(z, b));
        z = v128.load(z3 + i);
        a3 = f32x4.add(a3, f32x4.mul(z, a));
        b3 = f32x4.add(b3, f32x4.mul(z, b));
      }
      const bias = biases + (<usize>label << 2);
      const to = errors + <usize>label * CLASS_BYTES + (row << 2);
      v128.store(to, f32x4.add(sumEach(a0, a1, a2, a3), v128.load_splat<f32>(bias)));
      v128.store(to + CLASS_BYTES, f32x4.add(sumEach(b0, b1, b2, b3), v128.load_splat<f32>(bias, 4)));
    }
  }
}

// e to the power of each lane, for lanes <= 0, within 1e-7 of the result; 0 below -80, so that no product of it is a
// denormal, which would be slow. The polynomial is that of Cephes' expf.
@inline
function exp(x: v128): v128 {
  const isTiny = f32x4.lt(x, f32x4.splat(-80));
  const steps = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(steps, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(steps, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(steps), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(y, power), isTiny);
}

// Turns the scores of the first `count` classes into errors: (probability - (1 for the label)) * sample weight.
export function scoreErrors(count: i32): void {
  const end = errors + <usize>count * CLASS_BYTES;
  for (let row: usize = 0; row < CLASS_BYTES; row += ROW_STEP) {
    let largest = v128.load(errors + row);
    for (let at = errors + row; at < end; at += CLASS_BYTES) largest = f32x4.max(largest, v128.load(at));
    let sum = f32x4.splat(0);
    for (let at = errors + row; at < end; at += CLASS_BYTES) {
      const e = exp(f32x4.sub(v128.load(at), largest));
      sum = f32x4.add(sum, e);
      v128.store(at, e);
    }
    const share = f32x4.div(v128.load(sampleWeights + row), sum);
    for (let at = errors + row; at < end; at += CLASS_BYTES) v128.store(at, f32x4.mul(v128.load(at), share));
  }
  for (let row: usize = 0; row < CLASS_BYTES; row += 4) {
    const at = errors + <usize>load<i32>(labels + row) * CLASS_BYTES + row;
    store<f32>(at, load<f32>(at) - load<f32>(sampleWeights + row));
  }
}

// One step of Adam on four weights: `g` is the gradient, `rate` and `correction` carry the moments' bias corrections.
@inline
function adam(w: usize, g: v128, rate: v128, correction: v128): void {
  const m = f32x4.add(f32x4.mul(v128.load(w + momentBytes), f32x4.splat(0.9)), f32x4.mul(g, f32x4.splat(0.1)));
  const v = f32x4.add(
    f32x4.mul(v128.load(w + 2 * momentBytes), f32x4.splat(0.99)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(0.01)),
  );
  v128.store(w + momentBytes, m);
  v128.store(w + 2 * momentBytes, v);
  const length = f32x4.add(f32x4.sqrt(f32x4.mul(v, correction)), f32x4.splat(1e-8));
  v128.store(w, f32x4.sub(v128.load(w), f32x4.div(f32x4.mul(m, rate), length)));
}

@inline
function adamBias(bias: usize, g: f32, rate: f32, correction: f32): void {
  const m = load<f32>(bias + biasBytes) * 0.9 + g * 0.1;
  const v = load<f32>(bias + 2 * biasBytes) * 0.99 + g * g * 0.01;
  store<f32>(bias + biasBytes, m);
  store<f32>(bias + 2 * biasBytes, v);
  store<f32>(bias, load<f32>(bias) - m * rate / (sqrt(v * correction) + 1e-8));
}

// Lists the rows whose error for a class is more than `negligible`; returns where the list ends.
@inline
function listRows(from: usize, negligible: f32): usize {
  let to = listed;
  let z = batch;
  for (let row: usize = 0; row < CLASS_BYTES; row += 4) {
    const error = load<f32>(from + row);
    store<f32>(to, error);
    store<usize>(to, z, 4);
    to += <usize>(abs(error) > negligible) << 3;
    z += batchStride;
  }
  return to;
}

// Moves the first `count` classes' weights and biases one step. A class's gradient is summed in registers and used at once.
export function update(count: i32, decay: f32, rate: f32, correction: f32, negligible: f32): void {
  const rates = f32x4.splat(rate);
  const corrections = f32x4.splat(correction);
  const decays = f32x4.splat(decay);
  for (let label = 0; label < count; label++) {
    const from = errors + <usize>label * CLASS_BYTES;
    const end = listRows(from, negligible);
    let biasGradient: f32 = 0;
    for (let row: usize = 0; row < CLASS_BYTES; row += 4) biasGradient += load<f32>(from + row);
    adamBias(biases + (<usize>label << 2), biasGradient, rate, correction);
    const first = weights + <usize>label * rowBytes;
    for (let i: usize = 0; i < rowBytes; i += 128) {
      const w = first + i;
      let g0 = f32x4.mul(v128.load(w), decays);
      let g1 = f32x4.mul(v128.load(w, 16), decays);
      let g2 = f32x4.mul(v128.load(w, 32), decays);
      let g3 = f32x4.mul(v128.load(w, 48), decays);
      let g4 = f32x4.mul(v128.load(w, 64), decays);
      let g5 = f32x4.mul(v128.load(w, 80), decays);
      let g6 = f32x4.mul(v128.load(w, 96), decays);
      let g7 = f32x4.mul(v128.load(w, 112), decays);
      for (let at = listed; at < end; at += 8) {
        const error = v128.load_splat<f32>(at);
        const z = load<usize>(at, 4) + i;
        g0 = f32x4.add(g0, f32x4.mul(error, v128.load(z)));
        g1 = f32x4.add(g1, f32x4.mul(error, v128.load(z, 16)));
        g2 = f32x4.add(g2, f32x4.mul(error, v128.load(z, 32)));
        g3 = f32x4.add(g3, f32x4.mul(error, v128.load(z, 48)));
        g4 = f32x4.add(g4, f32x4.mul(error, v128.load(z, 64)));
        g5 = f32x4.add(g5, f32x4.mul(error, v128.load(z, 80)));
        g6 = f32x4.add(g6, f32x4.mul(error, v128.load(z, 96)));
        g7 = f32x4.add(g7, f32x4.mul(error, v128.load(z, 112)));
      }
      adam(w, g0, rates, corrections);
      adam(w + 16, g1, rates, corrections);
      adam(w + 32, g2, rates, corrections);
      adam(w + 48, g3, rates, corrections);
      adam(w + 64, g4, rates, corrections);
      adam(w + 80, g5, rates, corrections);
      adam(w + 96, g6, rates, corrections);
      adam(w + 112, g7, rates, corrections);
    }
  }
}
