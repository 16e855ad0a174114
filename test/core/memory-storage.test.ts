import { createMemoryStorage } from 'synaptoroute';
import { describe, test } from 'vitest';
import { STORAGE_CONTRACT } from '../support/storage-contract.ts';

describe('the memory storage keeps the contract:', () => {
  test.each(STORAGE_CONTRACT)('$name', async ({ run }) => {
    const storage = createMemoryStorage();
    await run({ open: async () => storage });
  });
});
