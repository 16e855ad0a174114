/** Owns which call on the wire is which method of a router; any other is refused. */

import { RouterError } from '../core/errors.ts';
import type { AbortSignalLike, ModelRouter, MutationReceipt, Router } from '../core/types.ts';
import type { Answer, Call, CallProgress } from './wire.ts';

type Result = MutationReceipt | Answer | void;

/** What is served: a router, which may be able to change its model. */
export type ServedRouter = Router & Partial<Pick<ModelRouter, 'setModel'>>;

export async function invoke(
  router: ServedRouter,
  call: Call,
  { signal, onProgress }: { readonly signal: AbortSignalLike; readonly onProgress: (progress: CallProgress) => void },
): Promise<Result> {
  if (!Array.isArray(call?.args)) throw unknownCall(call);
  switch (call.method) {
    case 'addRoute':
      return router.addRoute(call.args[0], { signal });
    case 'removeRoute':
      return router.removeRoute(call.args[0]);
    case 'addUtterances':
      return router.addUtterances(call.args[0], call.args[1], { signal });
    case 'removeUtterances':
      return router.removeUtterances(call.args[0], call.args[1]);
    case 'addNegatives':
      return router.addNegatives(call.args[0], call.args[1], { signal });
    case 'removeNegatives':
      return router.removeNegatives(call.args[0], call.args[1]);
    case 'fit':
      return router.fit({ ...call.args[0], signal });
    case 'dropFit':
      return router.dropFit();
    case 'setThreshold':
      return router.setThreshold(call.args[0], call.args[1]);
    case 'query':
      return router.query(call.args[0], { signal });
    case 'queryMany':
      return router.queryMany(call.args[0], { signal });
    case 'encode':
      return router.encode(call.args[0], { kind: call.args[1], signal });
    case 'explain':
      return router.explain(call.args[0], { candidates: call.args[1], signal });
    case 'lint':
      return router.lint({ signal });
    case 'replay':
      return router.replay(call.args[0], call.args[1], { signal });
    case 'evaluate':
      return router.evaluate(call.args[0], { signal, onProgress: call.args[1] && onProgress });
    case 'routes':
      return router.routes();
    case 'flush':
      return router.flush();
    case 'reload':
      return router.reload();
    case 'exportFile':
      return router.exportFile();
    case 'importFile':
      return router.importFile(call.args[0], { signal, ...(call.args[1] && { onMismatch: call.args[1] }) });
    case 'setModel':
      if (!router.setModel) throw fixedModel();
      return router.setModel(call.args[0], { signal, onProgress });
    case 'status':
      return router.status();
    case 'close':
      return router.close(call.args[0]);
    default:
      throw unknownCall(call);
  }
}

export function isReceipt(result: Result): result is MutationReceipt {
  return typeof result === 'object' && 'durable' in result;
}

function fixedModel(): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    'Got a call of setModel on a router that was given its encoder; change it with setEncoder on the side that serves it.',
  );
}

function unknownCall(call: unknown): RouterError {
  const method = typeof call === 'object' && call !== null && 'method' in call ? String(call.method) : String(call);
  return new RouterError(
    'UNSUPPORTED',
    `Got a call of "${method}", which is none of a router's; use connectRouter of the same release.`,
  );
}
