/** Owns an evaluation as a printed table. Pure. */

import { toRouterError } from './errors.ts';
import { readItems } from './guard.ts';
import type { Evaluation } from './types.ts';

/** Confusions and worst routes that are printed; the data has all. */
const SHOWN_CONFUSIONS = 10;

/** An evaluation for people: totals, the routes by F1 with the worst first, the commonest confusions, the price of answering. */
export function formatEvaluation(evaluation: Evaluation): string {
  try {
    return format(evaluation);
  } catch (error) {
    throw toRouterError(error, 'INVALID_OPTION', 'Reading an evaluation, which must be what evaluate() gave,');
  }
}

function format(evaluation: Evaluation): string {
  const { routes, confusions, coverageRisk } = evaluation;
  for (const list of [routes, confusions, coverageRisk]) readItems(list, 'lines', 'INVALID_OPTION');
  const tables = [
    totals(evaluation),
    [
      ['route', 'samples', 'answered', 'precision', 'recall', 'F1'],
      ...routes
        .toSorted((a, b) => a.f1 - b.f1)
        .map(({ route, samples, answered, precision, recall, f1 }) => [
          route,
          String(samples),
          String(answered),
          percent(precision),
          percent(recall),
          percent(samples + answered === 0 ? null : f1),
        ]),
    ],
    [
      ['expected', 'got', 'samples', 'for example'],
      ...confusions
        .slice(0, SHOWN_CONFUSIONS)
        .map(({ expected, got, samples, texts }) => [
          expected ?? '(none)',
          got ?? '(none)',
          String(samples),
          texts[0] ?? '',
        ]),
    ],
    [
      ['confidence at least', 'answered', 'wrong among them'],
      ...coverageRisk.map(({ confidence, coverage, risk }) => [
        confidence.toFixed(3),
        percent(coverage),
        percent(risk),
      ]),
    ],
  ];
  return tables
    .filter((rows) => rows.length > 1)
    .map(align)
    .join('\n\n');
}

function totals({ samples, accuracy, macroF1, inScope, outOfScope }: Evaluation): readonly (readonly string[])[] {
  return [
    ['samples', String(samples)],
    ['accuracy', percent(accuracy)],
    ['macro F1', percent(macroF1)],
    ...(inScope
      ? [
          ['in scope', `${percent(inScope.accuracy)} of ${inScope.samples}`],
          ['best candidate right', percent(inScope.bestAccuracy)],
          ['calibration error', inScope.calibrationError.toFixed(3)],
        ]
      : []),
    ...(outOfScope ? [['out of scope', `${percent(outOfScope.recall)} of ${outOfScope.samples} refused`]] : []),
    ...(outOfScope?.auroc === undefined ? [] : [['AUROC', percent(outOfScope.auroc)]]),
    ...(outOfScope?.fpr95 === undefined ? [] : [['FPR at 95% TPR', percent(outOfScope.fpr95)]]),
  ];
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(1)}%`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
