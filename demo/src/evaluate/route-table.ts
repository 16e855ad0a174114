/** Owns the table of routes: how each fared, sorted by whichever column is chosen. */

import type { RouteReport } from 'synaptoroute/browser';
import { element } from '../dom.ts';
import { formatShare, latestOf, type Results } from './results.ts';

interface Column {
  readonly label: string;
  readonly key: (route: RouteReport, plain: RouteReport | undefined) => number | string | null;
  readonly show: (route: RouteReport, plain: RouteReport | undefined) => string;
}

const COLUMNS: readonly Column[] = [
  { label: 'Route', key: ({ route }) => route, show: ({ route }) => route },
  { label: 'Samples', key: ({ samples }) => samples, show: ({ samples }) => String(samples) },
  { label: 'Answered', key: ({ answered }) => answered, show: ({ answered }) => String(answered) },
  { label: 'Precision', key: ({ precision }) => precision, show: ({ precision }) => formatShare(precision) },
  { label: 'Recall', key: ({ recall }) => recall, show: ({ recall }) => formatShare(recall) },
  { label: 'F1', key: ({ f1 }) => f1, show: ({ f1 }) => formatShare(f1) },
];

const CHANGE: Column = {
  label: 'F1 by the fit',
  key: ({ f1 }, plain) => (plain ? f1 - plain.f1 : null),
  show: ({ f1 }, plain) => {
    const points = plain ? (f1 - plain.f1) * 100 : 0;
    return Math.abs(points) < 0.05 ? 'the same' : `${points > 0 ? '+' : '−'}${Math.abs(points).toFixed(1)}`;
  },
};

export function createRouteTable(results: Results): HTMLElement {
  const evaluation = latestOf(results);
  const columns = results.plain && results.fitted ? [...COLUMNS, CHANGE] : COLUMNS;
  const plainByRoute = new Map(results.plain?.routes.map((route) => [route.route, route]));
  const counted = evaluation.routes.filter(({ samples, answered }) => samples + answered > 0);
  const body = element('tbody');
  const headers = columns.map((column, i) => {
    const button = element('button', { class: 'sort', text: column.label, attributes: { type: 'button' } });
    button.addEventListener('click', () => sortBy(i));
    return element('th', { attributes: { scope: 'col', 'aria-sort': 'none' }, children: [button] });
  });

  /** The worst first; names from A. Once more: the other way round. */
  function sortBy(index: number): void {
    const header = headers[index] as HTMLElement;
    const isUp = header.getAttribute('aria-sort') !== 'ascending';
    for (const other of headers) other.setAttribute('aria-sort', 'none');
    header.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
    const { key } = columns[index] as Column;
    const keyOf = (route: RouteReport): number | string | null => key(route, plainByRoute.get(route.route));
    const sorted = counted.toSorted((a, b) => compare(keyOf(a), keyOf(b)) * (isUp ? 1 : -1));
    body.replaceChildren(...sorted.map((route) => createRow(route, plainByRoute.get(route.route), columns)));
  }

  sortBy(columns.findIndex(({ label }) => label === 'F1'));
  const unseen = evaluation.routes.length - counted.length;
  return element('div', {
    class: 'result',
    children: [
      element('h3', { text: 'By route', attributes: { id: 'route-table-title' } }),
      element('p', {
        class: 'result__note',
        text: `Precision: right among the answered. Recall: found among its samples.${unseen > 0 ? ` ${unseen} routes without samples or answers are left out.` : ''}`,
      }),
      element('div', {
        class: 'scroll',
        attributes: { tabindex: '0', role: 'region', 'aria-labelledby': 'route-table-title' },
        children: [
          element('table', {
            class: 'table',
            attributes: { 'data-testid': 'route-table' },
            children: [element('thead', { children: [element('tr', { children: headers })] }), body],
          }),
        ],
      }),
    ],
  });
}

function createRow(route: RouteReport, plain: RouteReport | undefined, columns: readonly Column[]): HTMLElement {
  return element('tr', {
    children: columns.map(({ show }, i) =>
      i === 0
        ? element('th', { text: show(route, plain), attributes: { scope: 'row' } })
        : element('td', { text: show(route, plain) }),
    ),
  });
}

/** What has no value comes last, going up. */
function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b);
}
