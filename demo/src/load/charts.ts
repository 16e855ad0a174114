/** Owns the two kinds of charts of the load test: bars and a line over time. Each says in words what it shows. */

import { element, setText } from '../dom.ts';
import { svg } from '../svg.ts';

export interface Chart {
  readonly root: HTMLElement;
  readonly show: (shown: ChartShown) => void;
}

export interface ChartShown {
  readonly values: readonly number[];
  /** Under the left end, the middle, the right end. */
  readonly axis: readonly string[];
  /** How many whole ones the highest value is. */
  readonly most: number;
  /** What it comes to, in words. */
  readonly summary: string;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** What one value is. */
  readonly note: string;
  /** What goes up, and what goes to the right. */
  readonly axes: readonly [up: string, across: string];
  readonly kind: 'bars' | 'line';
}

const [WIDTH, HEIGHT] = [300, 96];

export function createChart({ id, title, note, axes: [up, across], kind }: ChartOptions): Chart {
  const plot = svg('svg', {
    class: `chart__plot chart__plot--${kind}`,
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': title,
  });
  const summary = element('p', { class: 'chart__summary', attributes: { 'data-testid': `chart-${id}` } });
  const axis = element('p', { class: 'chart__axis', attributes: { 'aria-hidden': 'true' } });
  const top = element('span');
  const scale = element('div', {
    class: 'chart__scale',
    attributes: { 'aria-hidden': 'true' },
    children: [top, element('span', { text: '0' })],
  });
  const path = svg('path', { class: 'chart__shape', 'vector-effect': 'non-scaling-stroke' });
  plot.append(path);
  const root = element('figure', {
    class: 'chart',
    children: [
      element('figcaption', {
        children: [
          element('h3', { class: 'chart__title', text: title }),
          element('p', { class: 'chart__note', text: note }),
          summary,
        ],
      }),
      element('p', { class: 'chart__up', text: `↑ ${up}` }),
      element('div', { class: 'chart__frame', children: [scale, plot, axis] }),
      element('p', { class: 'chart__across', text: `${across} →` }),
    ],
  });

  return {
    root,
    show({ values, axis: ticks, most, summary: words }) {
      path.setAttribute('d', kind === 'bars' ? barsOf(values) : lineOf(values));
      plot.setAttribute('aria-label', `${title}: ${words}`);
      setText(summary, words);
      setText(top, most === 0 ? '' : Math.round(most).toLocaleString('en'));
      const labels = ticks.join('\n');
      if (axis.dataset['ticks'] === labels) return;
      axis.dataset['ticks'] = labels;
      axis.replaceChildren(...ticks.map((tick) => element('span', { text: tick })));
    },
  };
}

function barsOf(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length);
  const gap = Math.min(2, step * 0.2);
  return values
    .map((value, i) => {
      if (value === 0) return '';
      // The least is still seen.
      const height = Math.max(1.5, (value / most) * (HEIGHT - 2));
      const [left, width] = [(i * step + gap / 2).toFixed(2), (step - gap).toFixed(2)];
      return `M${left} ${HEIGHT}v${(-height).toFixed(2)}h${width}V${HEIGHT}Z`;
    })
    .join('');
}

function lineOf(values: readonly number[]): string {
  if (values.length === 0) return '';
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map(
    (value, i) => `${(i * step).toFixed(1)} ${(HEIGHT - 2 - (value / most) * (HEIGHT - 6)).toFixed(1)}`,
  );
  return `M${points.join('L')}${values.length === 1 ? `h${WIDTH}` : ''}`;
}
