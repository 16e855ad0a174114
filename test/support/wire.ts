/** Routers at both ends of a real MessageChannel, and the list of the two ways in which every caller meets a router. */

import {
  connectRouter,
  createMemoryStorage,
  openRouter,
  serveRouter,
  type ConnectOptions,
  type ModelRouter,
  type OpenRequest,
  type Router,
  type RouterOptions,
} from 'synaptoroute';
import { createHashEncoder } from './encoders.ts';
import { createDeferred } from './promises.ts';

export interface WirePair {
  /** The router behind the port. */
  readonly client: ModelRouter;
  /** The router that is served, called directly. */
  readonly served: Router;
  readonly clientPort: MessagePort;
  readonly serverPort: MessagePort;
}

/** A router on the hash encoder, in memory. */
export function openPlain(): Promise<Router> {
  return openRouter({ encoder: createHashEncoder(), storage: createMemoryStorage() });
}

/** Serves what `open` opens and connects to it. The ports are closed when the connection ends. */
export async function connectPair(
  open: (request: OpenRequest) => Promise<Router>,
  options: ConnectOptions = {},
): Promise<WirePair> {
  const { port1: clientPort, port2: serverPort } = new MessageChannel();
  const served = createDeferred<Router>();
  serveRouter(serverPort, async (request) => {
    const router = await open(request);
    served.resolve(router);
    return router;
  });
  const client = await connectRouter(clientPort, {
    ...options,
    onEnd() {
      options.onEnd?.();
      clientPort.close();
      serverPort.close();
    },
  });
  return { client, served: await served.promise, clientPort, serverPort };
}

export interface Side {
  readonly side: string;
  readonly open: (options: RouterOptions) => Promise<Router>;
}

/** A rule that holds in process must hold over the wire. */
export const SIDES: readonly Side[] = [
  { side: 'in process', open: openRouter },
  {
    side: 'over a MessageChannel',
    open: async (options) => (await connectPair(() => openRouter(options))).client,
  },
];
