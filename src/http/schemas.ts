/** Owns the JSON schemas of what comes in and goes out. */

import type { JsonValue } from '../core/types.ts';
import { DEFAULT_CANDIDATES, MAX_CANDIDATES, REASON_NAMES } from './answer.ts';
import type { HttpLimits } from './limits.ts';

const THRESHOLD = { type: 'number', minimum: -1, maximum: 1 };
/** In [-1, 1] by most rules; a sum may exceed it. */
const SCORE = { type: 'number' };
const NULLABLE_NUMBER = { type: ['number', 'null'] };
const NULLABLE_TEXT = { type: ['string', 'null'] };
const COUNT = { type: 'integer', minimum: 0 };
const TEXT = { type: 'string' };
const TEXTS = { type: 'array', items: TEXT };
const METADATA = { type: 'object', description: 'JSON that the route carries and a decision gives back.' };

export function createSchemas(limits: Required<HttpLimits>): JsonValue {
  return { ...createQuestions(limits), ...createAnswers() };
}

function createQuestions({ maxTexts, maxTextLength }: Required<HttpLimits>): Readonly<Record<string, JsonValue>> {
  const text = { type: 'string', maxLength: maxTextLength };
  const list = { type: 'array', minItems: 1, maxItems: maxTexts };
  const utterances = { ...list, items: { ...text, pattern: '\\S' } };
  const maxCandidates = { type: 'integer', minimum: 0, maximum: MAX_CANDIDATES, default: DEFAULT_CANDIDATES };
  return {
    Name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
    RouteQuestion: closed({ text, maxCandidates }, ['text']),
    BatchQuestion: closed({ texts: { ...list, items: text }, maxCandidates }, ['texts']),
    NewRoute: closed({ utterances, negatives: utterances, threshold: THRESHOLD, metadata: METADATA }, ['utterances']),
    NewUtterances: closed({ utterances }),
  };
}

function createAnswers(): Readonly<Record<string, JsonValue>> {
  const candidate = { route: TEXT, score: SCORE, threshold: SCORE, passed: { type: 'boolean' }, utterance: TEXT };
  const route = { name: TEXT, utterances: TEXTS, threshold: SCORE, thresholdFrom: TEXT };
  const answer = {
    reason: { type: 'string', enum: REASON_NAMES },
    route: { ...NULLABLE_TEXT, description: 'The winner, or null where no route won.' },
    score: NULLABLE_NUMBER,
    threshold: NULLABLE_NUMBER,
    utterance: NULLABLE_TEXT,
    margin: NULLABLE_NUMBER,
    confidence: { type: ['number', 'null'], minimum: 0, maximum: 1 },
    tied: { ...TEXTS, description: 'Routes that came as near as each other.' },
    candidates: {
      type: 'array',
      items: closed({ ...candidate, negative: TEXT }, Object.keys(candidate)),
      description: 'The best, highest score first.',
    },
    truncated: { type: 'boolean', description: 'The end of the text was not read.' },
    encoderId: TEXT,
  };
  return {
    RouteAnswer: closed({ ...answer, metadata: METADATA }, Object.keys(answer)),
    BatchAnswer: closed({ decisions: { type: 'array', items: { $ref: '#/components/schemas/RouteAnswer' } } }),
    Route: closed({ ...route, negatives: TEXTS, metadata: METADATA }, Object.keys(route)),
    Receipt: closed({
      revision: { ...COUNT, description: 'Number of this change.' },
      truncated: { ...TEXTS, description: 'Utterances whose end was not read.' },
    }),
    Health: closed({
      status: { type: 'string', enum: ['ok', 'unavailable'] },
      reason: { enum: [null, 'encoder', 'storage'], description: 'What does not work: no questions, or no writes.' },
      routes: COUNT,
      utterances: COUNT,
      revision: COUNT,
      encoder: closed({ id: TEXT, runtime: TEXT, device: TEXT, threads: COUNT }),
      storage: closed({ kind: TEXT, persistent: { type: 'boolean' } }),
      kernel: { type: 'string', enum: ['wasm-simd', 'js'] },
    }),
    Error: closed({ error: closed({ code: TEXT, message: TEXT }) }),
  };
}

/** An object with these properties and no other; all are required unless said otherwise. */
function closed(
  properties: Readonly<Record<string, JsonValue>>,
  required: readonly string[] = Object.keys(properties),
): JsonValue {
  return { type: 'object', additionalProperties: false, properties, required };
}
