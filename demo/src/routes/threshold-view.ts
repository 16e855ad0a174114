/** Owns a route's threshold: a slider whose effect is seen while it moves, on the ruler where the query's score stands. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import type { Edit } from '../edits.ts';
import { formatScore } from '../format.ts';
import { setThreshold } from '../route-edits.ts';

export interface ThresholdView {
  readonly root: HTMLElement;
  readonly show: (route: RouteSnapshot) => void;
  /** Where the query stands; `undefined`: there is none. */
  readonly showScore: (score: number | undefined) => void;
}

const ORIGINS: Readonly<Record<RouteSnapshot['thresholdFrom'], string>> = {
  route: 'Set by hand',
  calibration: 'Learnt from the sentences of all routes',
  fit: 'Set by the fit',
  encoder: 'The model’s default',
};

export function createThresholdView(
  make: (edit: Edit) => Promise<boolean>,
  tryThreshold: (route: string, threshold: number) => void,
): ThresholdView {
  const slider = element('input', {
    class: 'slider',
    attributes: { type: 'range', min: '0', max: '1', step: '0.01', id: 'threshold', 'data-testid': 'threshold-slider' },
  });
  const value = element('output', { class: 'threshold__value', attributes: { for: 'threshold' } });
  const origin = element('p', { class: 'field__note' });
  const learn = button('Let it learn', {}, () => {
    if (current) void make(setThreshold(current.name, undefined, ownThreshold(current)));
  });
  const mark = element('span', { class: 'threshold__mark' });
  const ruler = element('div', { class: 'threshold__ruler', children: [slider, mark] });
  const label = element('label', { class: 'field__label', text: 'Threshold', attributes: { for: 'threshold' } });
  const root = element('div', {
    class: 'threshold',
    children: [
      element('div', { class: 'threshold__head', children: [label, value] }),
      ruler,
      element('div', { class: 'threshold__foot', children: [origin, learn] }),
    ],
  });
  let current: RouteSnapshot | undefined;
  /** What was set before the slider began to move. */
  let before: { readonly threshold: number | undefined } | undefined;

  slider.addEventListener('input', () => {
    if (!current) return;
    before ??= { threshold: ownThreshold(current) };
    setText(value, formatScore(slider.valueAsNumber));
    tryThreshold(current.name, slider.valueAsNumber);
  });
  slider.addEventListener('change', () => {
    if (!current) return;
    const old = before ? before.threshold : ownThreshold(current);
    before = undefined;
    void make(setThreshold(current.name, slider.valueAsNumber, old));
  });

  return {
    root,
    show(route) {
      const isSame = route.name === current?.name;
      current = route;
      setText(origin, `${ORIGINS[route.thresholdFrom]}. A score must reach it.`);
      learn.hidden = route.thresholdFrom !== 'route';
      // Under the hand that moves it, the slider is not put anywhere.
      if (isSame && before) return;
      before = undefined;
      slider.value = String(route.threshold);
      setText(value, formatScore(route.threshold));
    },
    showScore(score) {
      mark.hidden = score === undefined;
      if (score !== undefined) mark.style.setProperty('--score', String(Math.min(1, Math.max(0, score))));
    },
  };
}

function ownThreshold({ threshold, thresholdFrom }: RouteSnapshot): number | undefined {
  return thresholdFrom === 'route' ? threshold : undefined;
}
