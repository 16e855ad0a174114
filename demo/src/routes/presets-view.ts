/** Owns the choice of routes to start from. */

import { button, element, field } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { PRESETS } from '../presets/presets.ts';
import { replaceAll } from '../route-edits.ts';

export interface PresetsView {
  readonly root: HTMLElement;
}

export function createPresetsView(make: (edit: Edit) => Promise<boolean>, onUsed: () => void): PresetsView {
  const select = element('select', {
    class: 'select',
    attributes: { 'data-testid': 'preset' },
    children: PRESETS.map(({ id, label }) => element('option', { text: label, attributes: { value: id } })),
  });
  const use = button('Use', { kind: 'primary', testId: 'use-preset' }, () => void take());

  async function take(): Promise<void> {
    const preset = PRESETS.find(({ id }) => id === select.value);
    if (!preset || use.getAttribute('aria-busy') === 'true') return;
    use.setAttribute('aria-busy', 'true');
    try {
      onUsed();
      const label = `Use ${preset.label}`;
      await make({ label, make: async (router) => replaceAll(label, await preset.load()).make(router) });
    } finally {
      use.removeAttribute('aria-busy');
    }
  }

  return {
    root: element('div', {
      class: 'row row--end',
      children: [field('Start from', select, 'Takes the place of all routes; undo brings them back.'), use],
    }),
  };
}
