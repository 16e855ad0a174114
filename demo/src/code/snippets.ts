/** Owns the code that a person takes along: whole programs for three homes, with the routes in them. Pure. */

import type { Route } from 'synaptoroute/browser';

export type Home = 'browser' | 'node' | 'edge';

export function toSnippet(home: Home, routes: readonly Route[], text: string): string {
  return MAKERS[home](formatRoutes(routes), JSON.stringify(text === '' ? 'How do I get my money back?' : text));
}

const MAKERS: Readonly<Record<Home, (routes: string, text: string) => string>> = {
  browser: (routes, text) => `// npm install synaptoroute
import { openRouter, type Route } from 'synaptoroute/browser';

const routes: readonly Route[] = ${routes};

// Kept on the device, and shared by all tabs; leave \`storage\` out to keep nothing.
const router = await openRouter({ storage: { name: 'app' } });
const known = new Set((await router.routes()).map(({ name }) => name));
await Promise.all(routes.filter(({ name }) => !known.has(name)).map((route) => router.addRoute(route)));

const decision = await router.query(${text});
console.log(decision.route ?? 'none of the routes', decision.score, decision.confidence);
`,
  node: (routes, text) => `// npm install synaptoroute onnxruntime-node
import { openRouter } from 'synaptoroute/node';
import type { Route } from 'synaptoroute';

const routes: readonly Route[] = ${routes};

// In memory; \`storage: 'routes.db'\` keeps them in SQLite (npm install better-sqlite3).
await using router = await openRouter();
await Promise.all(routes.map((route) => router.addRoute(route)));

const decision = await router.query(${text});
console.log(decision.route ?? 'none of the routes', decision.score, decision.confidence);
`,
  edge: (
    routes,
  ) => `// A Cloudflare Worker: bindings ASSETS (the package's models folder) and ROUTER_OBJECT (a Durable Object).
// examples/cloudflare in the repository has the wrangler.jsonc that goes with it.
import { env } from 'cloudflare:workers';
import { fromAssets, openRouter, type AssetsBinding, type Route, type RouterObjectNamespace } from 'synaptoroute/cloudflare';
export { RouterObject } from 'synaptoroute/cloudflare';

const routes: readonly Route[] = ${routes};

const bindings = env as unknown as { readonly ASSETS: AssetsBinding; readonly ROUTER_OBJECT: RouterObjectNamespace };
const router = openRouter({ model: fromAssets(bindings.ASSETS), object: { namespace: bindings.ROUTER_OBJECT } });
let adding: Promise<unknown> | undefined;

/** Once for each isolate; what another has added already stays as it is. */
async function addRoutes(): Promise<void> {
  const known = new Set((await router.routes()).map(({ name }) => name));
  await Promise.all(routes.filter(({ name }) => !known.has(name)).map((route) => router.addRoute(route)));
}

export default {
  async fetch(request: Request): Promise<Response> {
    await (adding ??= addRoutes());
    const { route, score, confidence } = await router.query(await request.text());
    return Response.json({ route, score, confidence });
  },
};
`,
};

/** JSON is TypeScript, with one sentence a line. */
function formatRoutes(routes: readonly Route[]): string {
  if (routes.length === 0) return '[]';
  const entries = routes.map(({ name, utterances, negatives, threshold, metadata }) =>
    [
      '  {',
      `    name: ${JSON.stringify(name)},`,
      ...formatSentences('utterances', utterances),
      ...(negatives ? formatSentences('negatives', negatives) : []),
      ...(threshold === undefined ? [] : [`    threshold: ${threshold},`]),
      ...(metadata ? [`    metadata: ${JSON.stringify(metadata)},`] : []),
      '  },',
    ].join('\n'),
  );
  return ['[', ...entries, ']'].join('\n');
}

function formatSentences(key: string, sentences: readonly string[]): readonly string[] {
  return [`    ${key}: [`, ...sentences.map((text) => `      ${JSON.stringify(text)},`), '    ],'];
}
