/** How fast routes come back: 50,000 stored vectors to a router that answers, beside the plain read of the same bytes. */

import { bootChromium } from './boot/chromium.ts';
import { createRoutes } from './boot/material.ts';
import { bootNode } from './boot/node.ts';
import type { Metrics } from './measure.ts';

export async function run(): Promise<Metrics> {
  const routes = createRoutes();
  return { ...(await bootNode(routes)), ...(await bootChromium()) };
}
