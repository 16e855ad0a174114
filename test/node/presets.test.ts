/** The playground's presets in a real router: they are told well apart, and their sample sentences go where they should. */

import { describe, expect, test } from 'vitest';
import { openRouter } from 'synaptoroute/node';
import { PRESETS, samplesFor } from '../../demo/src/presets/presets.ts';

describe.each(PRESETS)('the preset $id', ({ id, load, samples }) => {
  test('sends some sample to its route, the last one nowhere, and is as sure as it may be', async () => {
    await using router = await openRouter();
    await Promise.all((await load()).map((route) => router.addRoute(route)));
    const decisions = await router.queryMany(samples);
    const routes = decisions.map(({ route }) => route);
    expect(routes.at(-1)).toBeNull();
    // README's last but one is a near miss, to show one.
    expect(routes.slice(0, id === 'readme' ? 3 : -1)).not.toContain(null);
    for (const { reason, confidence } of decisions) {
      if (reason === 'matched') expect(confidence).toBeGreaterThan(0.1);
      expect(confidence).toBeLessThan(1);
      expect(confidence).toBeGreaterThan(0);
    }
    expect(samplesFor(await router.routes())).toBe(samples);
  });
});
