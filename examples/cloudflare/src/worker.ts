/** The HTTP API at the edge: the model from static assets, the routes in one Durable Object. */

import { env } from 'cloudflare:workers';
import { fromAssets, openRouter } from 'synaptoroute/cloudflare';
import { createHandler } from 'synaptoroute/http';

export { RouterObject } from 'synaptoroute/cloudflare';

const router = openRouter({ model: fromAssets(env.ASSETS), object: { namespace: env.ROUTER_OBJECT } });
const handler = createHandler({ router, token: env.WRITE_TOKEN, onError: (error) => console.error(error) });

export default { fetch: (request) => handler(request) } satisfies ExportedHandler<Env>;
