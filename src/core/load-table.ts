/** Owns the trust in storages: what was stored becomes the routes in memory, or is refused by name. */

import { RouterError, toRouterError } from './errors.ts';
import { parseName } from './input.ts';
import { RouteTable } from './route-table.ts';
import type { Encoder, KernelChoice, Storage, StoredRoute } from './types.ts';
import { isFloat32Array, isUnitOrZero } from './vectors.ts';

/** Rejects with `STORAGE_FAILED` where loading fails, `STORAGE_CORRUPT` where what was loaded cannot be routes. */
export async function loadTable(encoder: Encoder, storage: Storage, kernel?: KernelChoice): Promise<RouteTable> {
  const { id, dimensions, defaultThreshold } = encoder;
  const table = new RouteTable(dimensions, defaultThreshold, kernel);
  for (const route of await loadRoutes(storage, id, dimensions)) {
    try {
      checkRoute(route, dimensions);
      table.apply({ type: 'add-route', route });
    } catch (cause) {
      const { message } = toRouterError(cause, 'STORAGE_CORRUPT', 'Reading it');
      throw new RouterError('STORAGE_CORRUPT', `Got a stored route that is damaged. ${message}`, { cause });
    }
  }
  return table;
}

async function loadRoutes(storage: Storage, id: string, dimensions: number): Promise<readonly StoredRoute[]> {
  let routes: unknown;
  try {
    routes = await storage.load({ id, dimensions });
  } catch (error) {
    throw toRouterError(error, 'STORAGE_FAILED', 'Loading the routes');
  }
  if (Array.isArray(routes)) return routes as readonly StoredRoute[];
  throw new RouterError('STORAGE_CORRUPT', 'Got no list of routes from the storage; it must resolve to an array.');
}

function checkRoute({ name, utterances }: StoredRoute, dimensions: number): void {
  parseName(name);
  const texts = new Set(utterances.map(({ text }) => text));
  if (texts.size === 0 || texts.size < utterances.length) {
    throw new RangeError(`"${name}" has ${utterances.length} utterances, ${texts.size} of them distinct`);
  }
  for (const { text, vector } of utterances) {
    if (!isFloat32Array(vector) || vector.length !== dimensions || !isUnitOrZero(vector)) {
      throw new RangeError(
        `the vector of "${text.slice(0, 60)}" of "${name}" has ${vector.length} numbers, or is no unit vector`,
      );
    }
  }
}
