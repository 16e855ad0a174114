/** Owns the choice between the two projections. */

import { element } from '../dom.ts';
import type { Method } from './messages.ts';

export interface MethodChoice {
  readonly root: HTMLElement;
  readonly method: () => Method;
  /** `undefined`: none, so that either may be chosen. */
  readonly select: (method: Method | undefined) => void;
  readonly allowUmap: (allowed: 'yes' | 'no') => void;
}

const METHODS: readonly (readonly [Method, string, string])[] = [
  ['pca', 'PCA', 'Straight axes, at once'],
  ['umap', 'UMAP', 'Neighbourhoods, takes a while'],
];

export function createMethodChoice(onChange: () => void): MethodChoice {
  const inputs = new Map(
    METHODS.map(([value]) => [
      value,
      element('input', { attributes: { type: 'radio', name: 'map-method', value, 'data-testid': `map-${value}` } }),
    ]),
  );
  const labels = METHODS.map(([value, name, note]) =>
    element('label', {
      class: 'choice',
      children: [
        inputs.get(value) as HTMLInputElement,
        element('span', { class: 'choice__name', text: name }),
        element('span', { class: 'choice__note', text: note }),
      ],
    }),
  );
  const root = element('fieldset', {
    class: 'choices',
    children: [element('legend', { class: 'choices__label', text: 'Projection' }), ...labels],
  });
  const select = (method: Method | undefined): void => {
    for (const [value, input] of inputs) input.checked = value === method;
  };
  select('pca');
  root.addEventListener('change', onChange);

  return {
    root,
    method: () => (inputs.get('umap')?.checked ? 'umap' : 'pca'),
    select,
    allowUmap(allowed) {
      const umap = inputs.get('umap') as HTMLInputElement;
      umap.disabled = allowed === 'no';
      if (umap.disabled) select('pca');
    },
  };
}
