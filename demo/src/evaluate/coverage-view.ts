/** Owns the plot of risk over coverage: how many answers are wrong, if only so sure ones are given. */

import type { CoveragePoint } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { svg, svgText } from '../svg.ts';
import { formatShare, latestOf, type Results } from './results.ts';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [480, 260, 52, 40, 14, 24];

export function createCoverageView(results: Results): HTMLElement {
  const curves = [
    { points: results.plain?.coverageRisk, name: 'without fit', kind: 'plain' },
    { points: results.fitted?.coverageRisk, name: 'with fit', kind: 'fitted' },
  ].filter((curve): curve is { points: readonly CoveragePoint[]; name: string; kind: string } => Boolean(curve.points));
  const most = ceilingOf(curves.flatMap(({ points }) => points.map(({ risk }) => risk)));
  const plot = svg(
    'svg',
    {
      class: 'coverage',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-labelledby': 'coverage-title coverage-words',
    },
    [
      ...createAxes(most),
      ...curves.map(({ points, kind }) =>
        svg('path', { class: `coverage__curve coverage__curve--${kind}`, d: pathOf(points, most) }),
      ),
      ...curves.flatMap(({ points, kind }) =>
        points.map(({ coverage, risk }) =>
          svg('circle', {
            class: `coverage__point coverage__point--${kind}`,
            cx: x(coverage),
            cy: y(risk, most),
            r: 3,
          }),
        ),
      ),
    ],
  );
  const key =
    curves.length < 2 ? [] : [element('p', { class: 'coverage__key', text: 'Dashed: without fit. Solid: with fit.' })];
  return element('section', {
    class: 'result',
    attributes: { 'aria-labelledby': 'coverage-title' },
    children: [
      element('h3', { text: 'Wrong answers over answers given', attributes: { id: 'coverage-title' } }),
      element('p', {
        class: 'result__note',
        text: 'If only the surest answers were given: few and sure ones at the left, all that pass their thresholds at the right. Lower is better.',
      }),
      plot,
      ...key,
      element('p', {
        class: 'coverage__words',
        text: wordsOf(latestOf(results).coverageRisk),
        attributes: { id: 'coverage-words', 'data-testid': 'coverage-words' },
      }),
    ],
  });
}

function x(coverage: number): number {
  return LEFT + coverage * (WIDTH - LEFT - RIGHT);
}

function y(risk: number, most: number): number {
  return HEIGHT - BOTTOM - (risk / most) * (HEIGHT - BOTTOM - TOP);
}

function createAxes(most: number): readonly Node[] {
  const across = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg('line', { class: 'coverage__grid', x1: x(share), x2: x(share), y1: TOP, y2: HEIGHT - BOTTOM }),
    svgText(`${share * 100}%`, {
      class: 'coverage__tick',
      x: x(share),
      y: HEIGHT - BOTTOM + 16,
      'text-anchor': 'middle',
    }),
  ]);
  const up = [0, 0.5, 1].flatMap((share) => [
    svg('line', {
      class: 'coverage__grid',
      x1: LEFT,
      x2: WIDTH - RIGHT,
      y1: y(share * most, most),
      y2: y(share * most, most),
    }),
    svgText(formatShare(share * most), {
      class: 'coverage__tick',
      x: LEFT - 6,
      y: y(share * most, most) + 4,
      'text-anchor': 'end',
    }),
  ]);
  return [
    ...across,
    ...up,
    svgText('↑ wrong among them', { class: 'coverage__tick', x: LEFT + 6, y: TOP + 12 }),
    svgText('samples that get a route →', {
      class: 'coverage__tick',
      x: (LEFT + WIDTH) / 2,
      y: HEIGHT - 6,
      'text-anchor': 'middle',
    }),
  ];
}

function pathOf(points: readonly CoveragePoint[], most: number): string {
  const places = points.map(({ coverage, risk }) => `${x(coverage).toFixed(1)} ${y(risk, most).toFixed(1)}`);
  return places.length === 0 ? '' : `M${places.join('L')}`;
}

/** A round share that no point is above. */
function ceilingOf(risks: readonly number[]): number {
  const highest = Math.max(0.01, ...risks);
  return [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 1].find((step) => step >= highest) ?? 1;
}

function wordsOf(points: readonly CoveragePoint[]): string {
  const last = points.at(-1);
  if (!last) return 'No sample got a route.';
  const sure = points.findLast(({ risk }) => risk === 0);
  const all = `All answers: ${formatShare(last.coverage)} of the samples get a route, ${formatShare(last.risk)} of those a wrong one.`;
  if (!sure || sure === last) return all;
  return `${all} With confidence of at least ${sure.confidence.toFixed(2)}: ${formatShare(sure.coverage)} get one, and none a wrong one.`;
}
