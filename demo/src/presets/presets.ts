/** Owns which presets there are, and sentences to try with each; the routes themselves are loaded when asked for. */

import type { Route, RouteSnapshot } from 'synaptoroute/browser';
import { README_ROUTES, SAMPLE_QUERIES } from '../readme-routes.ts';

export interface Preset {
  readonly id: string;
  readonly label: string;
  /** Names that only its routes have. */
  readonly marks: readonly string[];
  readonly samples: readonly string[];
  readonly load: () => Promise<readonly Route[]>;
}

export const PRESETS: readonly Preset[] = [
  {
    id: 'readme',
    label: 'README’s three routes',
    marks: ['tech-support', 'billing', 'hours'],
    samples: SAMPLE_QUERIES,
    load: async () => README_ROUTES,
  },
  {
    id: 'customer-support',
    label: 'Customer support',
    marks: ['refund', 'track-order', 'cancel-order'],
    samples: [
      'Where did my delivery go?',
      'I want to send these shoes back',
      'Do you take credit cards?',
      'Let me talk to a person',
      'What is the capital of Peru?',
    ],
    load: async () => (await import('./small-presets.ts')).CUSTOMER_SUPPORT,
  },
  {
    id: 'smart-home',
    label: 'Smart home',
    marks: ['lights-on', 'lights-off', 'thermostat'],
    samples: [
      'Put on some music',
      'Make it warmer upstairs',
      'Wake me at half past six',
      'Did I leave the door open?',
      'Who won the match last night?',
    ],
    load: async () => (await import('./small-presets.ts')).SMART_HOME,
  },
  {
    id: 'developer-assistant',
    label: 'Developer assistant: choose a tool',
    marks: ['run-tests', 'search-code', 'git-history'],
    samples: [
      'Which function reads the settings?',
      'Who changed this line last?',
      'Run all the tests again',
      'Install the date library',
      'What shall I have for lunch?',
    ],
    load: async () => (await import('./small-presets.ts')).DEVELOPER_ASSISTANT,
  },
  {
    id: 'small-talk',
    label: 'Small talk against the off-topic',
    marks: ['greeting', 'farewell', 'thanks'],
    samples: [
      'Hey, good to see you',
      'Are you a robot?',
      'See you tomorrow then',
      'That was very helpful, thank you',
      'Solve this integral for me',
    ],
    load: async () => (await import('./small-presets.ts')).SMALL_TALK,
  },
  {
    id: 'many-intents',
    label: 'Personal assistant: 60 intents',
    marks: ['exchange-rate', 'jump-start', 'pto-request'],
    samples: [
      'How many pounds do I get for a hundred euros?',
      'My battery is dead and the car will not start',
      'I want next Friday off',
      'Is my flight still on time?',
      'Explain quantum entanglement',
    ],
    load: async () => (await import('./many-intents.ts')).MANY_INTENTS,
  },
];

/** Sentences to try with these routes: those of the preset that they look like, else of the routes' own. */
export function samplesFor(routes: readonly RouteSnapshot[]): readonly string[] {
  const names = new Set(routes.map(({ name }) => name));
  const preset = PRESETS.find(({ marks }) => marks.every((mark) => names.has(mark)));
  if (preset) return preset.samples;
  return routes.slice(0, 4).map(({ utterances: [first = ''] }) => first);
}
