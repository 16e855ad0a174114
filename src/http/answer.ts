/** Owns what goes out of a decision, a route, a receipt and a status: the projections that the OpenAPI document names. */

import type { Candidate, Decision, JsonValue, Metadata, MutationReceipt, RouterStatus } from '../core/types.ts';

/** Beyond these a caller learns little that it could act on. */
export const MAX_CANDIDATES = 100;
export const DEFAULT_CANDIDATES = 5;

/** Keys, so that a reason which the core gains is missed by the compiler and not by a client. */
const REASONS: Readonly<Record<Decision['reason'], true>> = {
  matched: true,
  'below-threshold': true,
  ambiguous: true,
  'no-routes': true,
};

export const REASON_NAMES: readonly string[] = Object.keys(REASONS);

/** A decision as `POST /route` answers it. */
export interface RouteAnswer {
  readonly reason: Decision['reason'];
  readonly route: string | null;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly utterance: string | null;
  readonly margin: number | null;
  readonly confidence: number | null;
  /** The routes that tied, where the reason is `ambiguous`; else empty. */
  readonly tied: readonly string[];
  readonly metadata?: Metadata;
  /** The best ones, at most as many as were asked for. */
  readonly candidates: readonly Candidate[];
  readonly truncated: boolean;
  readonly encoderId: string;
}

export function toRouteAnswer(decision: Decision, maxCandidates: number): RouteAnswer {
  const { reason, route, score, threshold, utterance, margin, confidence, truncated, encoderId } = decision;
  return {
    reason,
    route,
    score,
    threshold,
    utterance,
    margin,
    confidence,
    tied: 'tied' in decision ? decision.tied : [],
    ...('metadata' in decision && decision.metadata && { metadata: decision.metadata }),
    candidates: decision.candidates.slice(0, maxCandidates).map((candidate) => ({
      route: candidate.route,
      score: candidate.score,
      threshold: candidate.threshold,
      passed: candidate.passed,
      utterance: candidate.utterance,
      ...(candidate.negative !== undefined && { negative: candidate.negative }),
    })),
    truncated,
    encoderId,
  };
}

/** Sent when the change is durable, not before. */
export async function toWriteAnswer({ revision, truncated, durable }: MutationReceipt): Promise<JsonValue> {
  await durable;
  return { revision, truncated };
}

/** `reason` names the part that failed; its own words may tell of this place, and are in `router.status()`. */
export function toHealth(status: RouterStatus): { readonly status: 200 | 503; readonly body: JsonValue } {
  const { routes, utterances, revision, encoder, storage, index, writeFailure } = status;
  const reason = encoder.failure === undefined ? writeFailure && 'storage' : 'encoder';
  const body = {
    status: reason === null ? 'ok' : 'unavailable',
    reason,
    routes,
    utterances,
    revision,
    encoder: { id: encoder.id, runtime: encoder.runtime, device: encoder.device, threads: encoder.threads },
    storage: { kind: storage.kind, persistent: storage.persistent },
    kernel: index.kernel,
  };
  return { status: reason === null ? 200 : 503, body };
}
