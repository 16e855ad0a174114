/** Owns a router with the encoder that was made for it: changes it for one of another model, and closes what is not used. */

import { withOwned } from '../core/disposable.ts';
import { parseObject } from '../core/input.ts';
import type { Encoder, LocalRouter, ModelRouter } from '../core/types.ts';
import type { ModelChoice } from '../encoder/model-choice.ts';
import type { OpenRequest } from '../rpc/server.ts';

/** Loads the encoder of another model, on the device of the first. */
export type CreateEncoder = (
  choice: ModelChoice,
  request: Pick<OpenRequest, 'onProgress' | 'signal'>,
) => Promise<Encoder>;

/** The router closes its encoder with itself. */
export function withChangeableModel(
  router: LocalRouter,
  first: Encoder,
  createEncoder: CreateEncoder,
): ModelRouter<ModelChoice> {
  let current = first;
  /** Those that answer what they were asked before. */
  const leaving = new Set<Promise<void>>();

  async function closeAll(): Promise<void> {
    await Promise.all([...leaving, current.close?.()]);
  }

  const changeable: ModelRouter<ModelChoice> = {
    ...router,
    async setModel(choice, { onProgress, signal = new AbortController().signal, ...options } = {}) {
      parseObject(choice, 'model choice');
      const next = await createEncoder(choice, {
        onProgress: (progress) => onProgress?.({ step: 'load', ...progress }),
        signal,
      });
      try {
        const { retired, ...receipt } = await router.setEncoder(next, {
          ...options,
          signal,
          onReencode: (progress) => onProgress?.({ step: 'encode', ...progress }),
        });
        const old = current;
        current = next;
        // It serves nobody any more: how its end goes is no caller's concern.
        const left = retired
          .then(() => old.close?.())
          .catch(() => undefined)
          .finally(() => leaving.delete(left));
        leaving.add(left);
        return receipt;
      } catch (error) {
        await next.close?.();
        throw error;
      }
    },
  };
  return withOwned(changeable, { close: closeAll });
}
