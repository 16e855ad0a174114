/** Wires the load test: how many queries, the run, its charts, and the meter that shows that nothing blocks. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { createChoices } from '../choices.ts';
import { button, element, setText } from '../dom.ts';
import type { Failure } from '../engine.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { createChart } from './charts.ts';
import { batches, latency, NOTHING, queue, rateOf, seconds, throughput } from './figures.ts';
import { createFrameMeter } from './frame-meter.ts';
import { startLoadRun, type LoadReading, type LoadRun } from './load-run.ts';
import { variedTexts } from './texts.ts';

const COUNTS: readonly number[] = [100, 1000, 5000];
const FIRST_COUNT = 1000;
const REDRAW_MS = 120;

const CHARTS = [
  {
    id: 'throughput',
    title: 'Throughput',
    note: 'Answers a second, over the last half second',
    axes: ['answers a second', 'time since the start'],
    kind: 'line',
    read: throughput,
  },
  {
    id: 'latency',
    title: 'Latency',
    note: 'From question to answer; all ask at once, so the last waits for all',
    axes: ['queries', 'time to the answer'],
    kind: 'bars',
    read: latency,
  },
  {
    id: 'batches',
    title: 'Batch sizes',
    note: 'Queries that shared a run of the model',
    axes: ['runs', 'queries in a run'],
    kind: 'bars',
    read: batches,
  },
  {
    id: 'queue',
    title: 'Queue',
    note: 'Queries that wait for a run',
    axes: ['queries waiting', 'time since the start'],
    kind: 'line',
    read: queue,
  },
] as const;

export function createLoadPanel(context: PanelContext): Panel {
  const meter = createFrameMeter();
  const charts = CHARTS.map(({ read, ...options }) => ({ ...createChart(options), read }));
  const counts = createChoices({
    id: 'load',
    label: 'Queries at once',
    choices: COUNTS.map((count) => ({ value: String(count), name: count.toLocaleString('en') })),
    first: String(FIRST_COUNT),
  });
  const status = element('p', { class: 'load__status', attributes: { 'data-testid': 'load-status' } });
  const start = button('Ask them all at once', { kind: 'primary', testId: 'load-start' }, () => void begin());
  const stop = button('Stop', { testId: 'load-stop' }, () => run?.cancel());
  stop.hidden = true;
  const root = element('div', {
    class: 'load',
    attributes: { 'data-testid': 'load', 'data-state': 'idle' },
    children: [
      element('div', { class: 'load__head', children: [counts.root, start, stop] }),
      status,
      meter.root,
      element('div', { class: 'load__charts', children: charts.map((chart) => chart.root) }),
    ],
  });
  let routes: readonly RouteSnapshot[] = [];
  let run: LoadRun | undefined;

  function draw(reading: LoadReading): void {
    for (const chart of charts) chart.show(chart.read(reading));
    if (run) setText(status, `${progressOf(reading)}, ${rateOf(reading).toLocaleString('en')} a second`);
  }

  /** As long as the run goes on. */
  function drawOn(own: LoadRun): void {
    if (own !== run) return;
    draw(own.reading());
    setTimeout(() => requestAnimationFrame(() => drawOn(own)), REDRAW_MS);
  }

  async function begin(): Promise<void> {
    const router = context.router();
    const texts = variedTexts(routes, Number(counts.value()));
    if (!router || texts.length === 0 || run) return;
    const own = startLoadRun(router, texts);
    run = own;
    meter.reset();
    root.dataset['state'] = 'running';
    [start.hidden, stop.hidden] = [true, false];
    stop.focus();
    drawOn(own);
    const failure = await own.done;
    run = undefined;
    end(own.reading(), texts.length, failure);
  }

  function end(reading: LoadReading, wanted: number, failure: Failure | undefined): void {
    const hadFocus = document.activeElement === stop;
    [start.hidden, stop.hidden] = [false, true];
    if (hadFocus) start.focus();
    root.dataset['state'] = 'done';
    draw(reading);
    const words = verdictOf(reading, wanted, failure);
    setText(status, words);
    context.say(words);
  }

  for (const chart of charts) chart.show(NOTHING);

  return {
    root,
    setVisible(isVisible) {
      if (isVisible) return meter.start();
      meter.stop();
      run?.cancel();
    },
    routesChanged(next) {
      routes = next;
      const isEmpty = next.every(({ utterances }) => utterances.length === 0);
      start.disabled = isEmpty;
      if (run || root.dataset['state'] === 'done') return;
      setText(
        status,
        isEmpty
          ? 'There is nothing to ask: add a route first.'
          : 'Queries are made from the routes’ own sentences, with other words around them.',
      );
    },
    answered: () => undefined,
  };
}

function progressOf({ answered, asked, refused }: LoadReading): string {
  const failed = refused === 0 ? '' : `, ${refused.toLocaleString('en')} refused`;
  return `${answered.toLocaleString('en')} of ${asked.toLocaleString('en')} answered${failed}`;
}

function verdictOf(reading: LoadReading, wanted: number, failure: Failure | undefined): string {
  const { answered, elapsedMs } = reading;
  const rate = `${seconds(elapsedMs)}, ${rateOf(reading).toLocaleString('en')} a second`;
  if (failure) return `${progressOf(reading)}. ${failure.message}`;
  if (answered < wanted) return `Stopped: ${answered.toLocaleString('en')} of ${wanted.toLocaleString('en')} answered.`;
  return `All ${answered.toLocaleString('en')} answered in ${rate}.`;
}
