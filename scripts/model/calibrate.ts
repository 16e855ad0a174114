// Owns measuring the ranges of activation-ranges.ts: it runs the fp32 model on the golden texts and prints the table. It
// writes nothing, and the build does not use it.
//
//   tsx scripts/model/calibrate.ts
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ACTIVATION_RANGES } from './activation-ranges.ts';
import type { LinearSite } from './activation-ranges.ts';
import { buildModel } from './model-graph.ts';
import { INT8_LIMIT, UINT8_LIMIT } from './quantise.ts';

const TEXTS = new URL('../../test/golden/token-ids.json', import.meta.url);
// Every value of 34,000 tokens would be 1 GB; one in this many, a stride prime to every width, is as good.
const STRIDE = 37;
const FRACTIONS: readonly number[] = Array.from({ length: 71 }, (_, step) => 0.3 + step / 100);

/** Mean squared error of rounding and clamping the values to a range. */
function squaredError(values: readonly number[], range: number, positive: boolean): number {
  const [lowest, highest] = positive ? [0, UINT8_LIMIT] : [-INT8_LIMIT - 1, INT8_LIMIT];
  const step = range / highest;
  let sum = 0;
  for (const value of values) {
    const wanted = positive ? Math.max(value, 0) : value;
    const rounded = Math.min(Math.max(Math.round(wanted / step), lowest), highest) * step;
    sum += (rounded - wanted) ** 2;
  }
  return sum / values.length;
}

async function collect(): Promise<Map<LinearSite, number[]>> {
  const { onnx, observed } = buildModel('fp32', { observeLinearInputs: true });
  const session = await InferenceSession.create(onnx);
  const values = new Map<LinearSite, number[]>([...observed.keys()].map((site) => [site, []]));
  const texts = JSON.parse(readFileSync(TEXTS, 'utf8')) as [text: string, ids: number[]][];
  let seen = 0;
  for (const [, ids] of texts) {
    if (ids.length === 0) continue;
    const shape = [1, ids.length];
    const outputs = await session.run({
      input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    });
    for (const [site, name] of observed) {
      const output = outputs[name]?.data as Float32Array;
      for (let at = seen % STRIDE; at < output.length; at += STRIDE) values.get(site)?.push(output[at] ?? 0);
    }
    seen++;
  }
  await session.release();
  return values;
}

for (const [site, values] of await collect()) {
  const { positive } = ACTIVATION_RANGES[site];
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const errors = FRACTIONS.map((fraction) => squaredError(values, fraction * peak, positive));
  const best = (FRACTIONS[errors.indexOf(Math.min(...errors))] ?? 1) * peak;
  console.log(`  '${site}': { range: ${best.toPrecision(3)}, positive: ${positive} }, // peak ${peak.toPrecision(3)}`);
}
