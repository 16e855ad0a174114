/** The change of a model behind a port: its choice, progress and receipt cross, and its refusals. */

import { createMemoryStorage, openRouter, type ModelProgress, type ModelRouter } from 'synaptoroute';
import { describe, expect, test } from 'vitest';
import { createHashEncoder } from '../support/encoders.ts';
import { codeOf, refusal } from '../support/promises.ts';
import { connectPair, openPlain } from '../support/wire.ts';

describe('the change of a model', () => {
  const STEPS: readonly ModelProgress[] = [
    { step: 'load', loadedBytes: 1, totalBytes: 2 },
    { step: 'encode', encodedTexts: 3, totalTexts: 3 },
  ];

  /** A router that takes any choice for the name of an encoder. */
  async function openNamed(): Promise<ModelRouter> {
    const router = await openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
    return {
      ...router,
      async setModel(choice, { onProgress, signal } = {}) {
        for (const step of STEPS) onProgress?.(step);
        const next = createHashEncoder({ id: String(choice) });
        const { retired: _, ...receipt } = await router.setEncoder(next, signal ? { signal } : {});
        return receipt;
      },
    };
  }

  test('crosses with its choice, its progress and its receipt', async () => {
    const { client } = await connectPair(openNamed);
    await client.addRoute({ name: 'fruit', utterances: ['red apple'] });
    const seen: ModelProgress[] = [];
    const { durable, revision } = await client.setModel('next', { onProgress: (step) => seen.push(step) });
    await durable;
    expect([seen, revision]).toEqual([STEPS, 2]);
    expect((await client.query('red apple')).encoderId).toBe('next');
    await client.close();
  });

  test('that is aborted, or cannot be sent, changes nothing', async () => {
    const { client } = await connectPair(openNamed);
    const before = (await client.status()).encoder.id;
    expect(await codeOf(client.setModel('next', { signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await codeOf(client.setModel({ run: () => 1 }))).toBe('INVALID_OPTION');
    expect((await client.status()).encoder.id).toBe(before);
    await client.close();
  });

  test('is UNSUPPORTED of a router that was given its encoder', async () => {
    const { client } = await connectPair(openPlain);
    expect((await refusal(client.setModel({}))).message).toContain('setEncoder');
    expect(await codeOf(client.setModel({}))).toBe('UNSUPPORTED');
    await client.close();
  });
});
