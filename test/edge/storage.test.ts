import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleWorker, startEdge, toWorker, type Edge } from '../support/edge.ts';
import { STORAGE_CONTRACT } from '../support/storage-contract.ts';

let edge: Edge;

beforeAll(async () => {
  const durableObjects = {
    CONTRACT: { className: 'ContractObject', useSQLite: true },
    ROUTER_OBJECT: { className: 'RouterObject', useSQLite: true },
  };
  edge = await startEdge({ workers: [toWorker(bundleWorker('test/edge/workers/contract.ts'), { durableObjects })] });
});
afterAll(() => edge[Symbol.asyncDispose]());

test('workerd runs the cases that are named here', async () => {
  const response = await fetch(new URL('cases', edge.url));
  expect(await response.json()).toEqual(STORAGE_CONTRACT.map(({ name }) => name));
});

for (const [kind, title] of [
  ['sql', "a Durable Object's SQL keeps the contract:"],
  ['remote', 'the storage in a RouterObject keeps the contract:'],
] as const) {
  test.each([...STORAGE_CONTRACT.entries()].map(([number, { name }]) => [name, number] as const))(
    `${title} %s`,
    async (_, number) => {
      const response = await fetch(new URL(`${kind}/${number}`, edge.url));
      expect(await response.text()).toBe('');
    },
  );
}
