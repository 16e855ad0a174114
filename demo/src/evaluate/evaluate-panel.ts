/** Wires the evaluation: samples in, the router's figures out, a fit and what it changes. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import { toFailure } from '../engine.ts';
import { formatCount } from '../format.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { createProgress } from '../progress.ts';
import { compareFit, evaluateNow, splitByRoutes, type Work } from './bench.ts';
import { createConfusionView, createMistakes } from './confusion-view.ts';
import { createCoverageView } from './coverage-view.ts';
import { exampleSamples } from './examples.ts';
import { createFigures } from './figures-view.ts';
import type { Sample } from './read-samples.ts';
import { formatShare, latestOf, type Results } from './results.ts';
import { createRouteTable } from './route-table.ts';
import { createSourceView } from './source-view.ts';

export function createEvaluatePanel(context: PanelContext): Panel {
  let routes: readonly RouteSnapshot[] = [];
  let samples: readonly Sample[] | undefined;
  let results: Results | undefined;
  /** What the results are about; other routes have other results. */
  let shownFor = '';
  let isFitted = false;
  let abort: AbortController | undefined;

  const source = createSourceView({
    example: () => exampleSamples(routes),
    onSamples(next) {
      samples = next;
      abort?.abort();
      forget();
      offer();
    },
  });
  const progress = createProgress(() => abort?.abort());
  const evaluate = button('Evaluate', { kind: 'primary', testId: 'evaluate-start' }, () => void work(evaluateOnce));
  const fit = button('Fit, and compare', { testId: 'evaluate-fit' }, () => void work(fitOnce));
  const drop = button('Drop the fit', { testId: 'evaluate-drop' }, () => void work(dropOnce));
  const hint = element('p', {
    class: 'result__note',
    text: 'Evaluate asks every text and counts the right answers. A fit also learns, from the sentences of your routes, which route to pick; the comparison says whether that helps.',
  });
  const status = element('p', { class: 'evaluate__status', attributes: { 'data-testid': 'evaluate-status' } });
  const leftOut = element('p', { class: 'evaluate__left-out', attributes: { 'data-testid': 'evaluate-left-out' } });
  const fitNote = element('p', { class: 'result__note', attributes: { 'data-testid': 'evaluate-fit-note' } });
  const report = element('div', { class: 'evaluate__report', attributes: { 'data-testid': 'evaluate-report' } });
  const root = element('div', {
    class: 'evaluate',
    attributes: { 'data-testid': 'evaluate', 'data-state': 'idle' },
    children: [
      source.root,
      element('div', { class: 'evaluate__acts', children: [evaluate, fit, drop, progress.root] }),
      hint,
      status,
      leftOut,
      fitNote,
      report,
    ],
  });

  /** Which buttons there are for what is there. */
  function offer(): void {
    const isBusy = abort !== undefined;
    const usable = samples ? splitByRoutes(samples, routes).usable.length : 0;
    evaluate.disabled = isBusy || usable === 0;
    fit.disabled = isBusy || usable === 0 || routes.length === 0;
    drop.disabled = isBusy;
    drop.hidden = !isFitted;
  }

  function forget(): void {
    results = undefined;
    report.replaceChildren();
    hint.hidden = false;
    for (const line of [status, leftOut, fitNote]) setText(line, '');
    root.dataset['state'] = 'idle';
  }

  /** One piece of work at a time; its end is told, whichever it is. */
  async function work(act: (work: Work) => Promise<void>): Promise<void> {
    if (abort) return;
    const own = new AbortController();
    abort = own;
    root.dataset['state'] = 'working';
    offer();
    try {
      await act({ signal: own.signal, onProgress: progress.show });
      root.dataset['state'] = 'done';
    } catch (error) {
      root.dataset['state'] = own.signal.aborted ? 'stopped' : 'failed';
      setText(status, own.signal.aborted ? 'Stopped; nothing was changed.' : toFailure(error).message);
    } finally {
      abort = undefined;
      progress.hide();
      offer();
      context.say(status.textContent ?? '');
    }
  }

  async function evaluateOnce(own: Work): Promise<void> {
    const [router, given] = [context.router(), samples];
    if (!router || !given) return;
    const split = splitByRoutes(given, routes);
    const next = await evaluateNow(router, split.usable, results, own);
    isFitted = (await router.status()).fit.state === 'in-force';
    show(next, split.leftOut);
  }

  async function fitOnce(own: Work): Promise<void> {
    const [router, given] = [context.router(), samples];
    if (!router || !given) return;
    const split = splitByRoutes(given, routes);
    const compared = await compareFit(router, split.usable, results, own);
    isFitted = true;
    show(compared.results, split.leftOut);
    const { accuracy, accuracyUnfitted, judged } = compared.report;
    setText(
      fitNote,
      `The fit’s own cross-validation, on ${formatCount(judged, 'sentence')} of the routes: ${formatShare(accuracy)} picked rightly, ${formatShare(accuracyUnfitted)} without it. The fit is kept with the routes until it is dropped.`,
    );
    await context.changed();
  }

  async function dropOnce(own: Work): Promise<void> {
    const router = context.router();
    if (!router) return;
    await router.dropFit();
    isFitted = false;
    setText(fitNote, '');
    if (samples && results && !results.plain) await evaluateOnce(own);
    setText(status, 'The fit is dropped; the router decides by its scores alone again.');
    await context.changed();
  }

  function show(next: Results, unknown: readonly Sample[]): void {
    results = next;
    shownFor = signatureOf(routes);
    hint.hidden = true;
    report.replaceChildren(
      createFigures(next),
      element('div', {
        class: 'evaluate__pair',
        children: [
          createConfusionView(latestOf(next)),
          element('div', {
            class: 'evaluate__words',
            children: [createMistakes(latestOf(next)), createCoverageView(next)],
          }),
        ],
      }),
      createRouteTable(next),
    );
    const { samples: count, accuracy } = latestOf(next);
    setText(status, `${formatShare(accuracy)} of ${formatCount(count, 'sample')} got what is right for them.`);
    setText(leftOut, describeLeftOut(unknown));
  }

  /** Of another tab, or of an earlier visit. */
  async function lookForFit(): Promise<void> {
    const state = await context
      .router()
      ?.status()
      .then(({ fit: { state: now } }) => now)
      // Whatever ails it, the page says so elsewhere.
      .catch(() => undefined);
    isFitted = state === 'in-force';
    offer();
  }

  offer();
  return {
    root,
    setVisible(isVisible) {
      if (!isVisible) abort?.abort();
    },
    routesChanged(next) {
      routes = next;
      // A fit moves thresholds, and its results are those that are shown.
      if (results && !abort && signatureOf(next) !== shownFor) {
        forget();
        setText(status, 'The routes have changed; evaluate again.');
      }
      void lookForFit();
      offer();
    },
    answered: () => undefined,
  };
}

/** Of all that decides, but for what a fit moves. */
function signatureOf(routes: readonly RouteSnapshot[]): string {
  return JSON.stringify(
    routes.map(({ name, utterances, negatives, threshold, thresholdFrom }) => [
      name,
      utterances,
      negatives,
      thresholdFrom === 'route' && threshold,
    ]),
  );
}

function describeLeftOut(unknown: readonly Sample[]): string {
  if (unknown.length === 0) return '';
  const lines = new Map(unknown.map(({ route, line }) => [route, line]));
  const named = Array.from(lines, ([route, line]) => `${route} (line ${line})`);
  const more = named.length > 5 ? ` and ${named.length - 5} more` : '';
  return `Left out: ${formatCount(unknown.length, 'sample')} of routes that the router does not have: ${named.slice(0, 5).join(', ')}${more}.`;
}
