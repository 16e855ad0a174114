/** Owns the box in which a route is named: no longer than the router takes, never empty. What it may hold, the router says. */

import { element } from '../dom.ts';

export function createNameInput(testId: string): HTMLInputElement {
  return element('input', {
    class: 'input',
    attributes: {
      type: 'text',
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxlength: '64',
      required: '',
      'data-testid': testId,
    },
  });
}
