import { IDENTITY, addRoute, routeOf, vectorOf, type ContractCase, type StoragePlace } from './contract-parts.ts';
import { same } from './stored-states.ts';

/** What rot does to a stored row must be told. */
export const ALTERED: ContractCase = {
  name: 'an utterance, a negative, a name, a threshold, metadata, an encoder that changed by itself is named',
  async run(place) {
    if (!place.alter) return;
    const storage = await place.open();
    await storage.load(IDENTITY);
    const { utterances } = routeOf('', 0, 3);
    const route = { name: 'first-name', utterances, threshold: 0.58125, metadata: { place: 'Vienna' } };
    const negatives = [{ text: 'a negative', vector: vectorOf(7) }];
    await storage.apply([addRoute({ ...route, negatives }), addRoute(routeOf('other', 10, 100))]);
    await storage.close();
    for (const [from, to] of [
      ['text 2', 'test 2'],
      ['a negative', 'b negative'],
      ['first-name', 'third-name'],
      ['0.58125', '0.58173'],
      ['Vienna', 'Geneva'],
      ['contract', 'contrast'],
    ] as const) {
      await place.alter(from, to);
      await expectCorrupt(place, `${from} as ${to}`);
      await place.alter(to, from);
    }
    const again = await place.open();
    same((await again.load(IDENTITY)).routes[0], { ...route, negatives }, 'what is loaded after all is well again');
    await again.close();
  },
};

async function expectCorrupt(place: StoragePlace, what: string): Promise<void> {
  const storage = await place.open();
  const code = await storage.load(IDENTITY).then(
    () => 'no error',
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );
  await storage.close();
  if (code !== 'STORAGE_CORRUPT') throw new Error(`${what} was loaded with ${code}`);
}
