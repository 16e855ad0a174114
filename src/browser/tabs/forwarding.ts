/** Owns which calls of a router are passed on to another one, and what a repetition of each would do. */

import { makeDisposable } from '../../core/disposable.ts';
import type { AbortSignalLike, CallOptions, CloseOptions, ModelRouter } from '../../core/types.ts';

type Method = Exclude<keyof ModelRouter, 'close' | 'feedback' | typeof Symbol.asyncDispose>;

interface MethodKind {
  /** A read may be asked twice; a write may not. */
  readonly kind: 'read' | 'write';
  /** Which argument is the call's options. */
  readonly optionsAt?: number;
}

/** Every method there is: the compiler asks for the next one. */
const METHODS = {
  addRoute: { kind: 'write', optionsAt: 1 },
  removeRoute: { kind: 'write' },
  addUtterances: { kind: 'write', optionsAt: 2 },
  removeUtterances: { kind: 'write' },
  addNegatives: { kind: 'write', optionsAt: 2 },
  removeNegatives: { kind: 'write' },
  setThreshold: { kind: 'write' },
  fit: { kind: 'write', optionsAt: 0 },
  dropFit: { kind: 'write' },
  routes: { kind: 'read' },
  query: { kind: 'read', optionsAt: 1 },
  queryMany: { kind: 'read', optionsAt: 1 },
  encode: { kind: 'read', optionsAt: 1 },
  explain: { kind: 'read', optionsAt: 1 },
  replay: { kind: 'read', optionsAt: 2 },
  lint: { kind: 'read', optionsAt: 0 },
  evaluate: { kind: 'read', optionsAt: 1 },
  exportFile: { kind: 'read' },
  importFile: { kind: 'write', optionsAt: 1 },
  flush: { kind: 'read' },
  reload: { kind: 'read' },
  setModel: { kind: 'write', optionsAt: 1 },
  status: { kind: 'read' },
} as const satisfies Record<Method, MethodKind>;

/** One call on its way. */
export interface ForwardedCall {
  readonly method: Method;
  readonly kind: MethodKind['kind'];
  /** The caller's own. */
  readonly signal: AbortSignalLike | undefined;
  /** Makes the call there; `signal` takes the place of the caller's own. */
  readonly on: (router: ModelRouter, signal?: AbortSignalLike) => Promise<unknown>;
}

/** A router all of whose calls go through `dispatch`. */
export function forwardingRouter(
  dispatch: (call: ForwardedCall) => Promise<unknown>,
  close: (options?: CloseOptions) => Promise<void>,
): ModelRouter {
  const methods = Object.entries<MethodKind>(METHODS).map(([name, { kind, optionsAt }]) => {
    const method = name as Method;
    const forward = (...args: readonly unknown[]): Promise<unknown> => {
      const options = optionsAt === undefined ? undefined : (args[optionsAt] as CallOptions | undefined);
      const on = (router: ModelRouter, signal = options?.signal): Promise<unknown> => {
        const act = router[method] as (...args: readonly unknown[]) => Promise<unknown>;
        if (optionsAt === undefined || !signal) return act(...args);
        return act(...Array.from({ length: optionsAt }, (_, i) => args[i]), { ...options, signal });
      };
      return dispatch({ method, kind, signal: options?.signal, on });
    };
    return [method, forward] as const;
  });
  return makeDisposable<ModelRouter>({
    ...(Object.fromEntries(methods) as unknown as Omit<ModelRouter, 'close' | 'feedback'>),
    close,
  });
}
