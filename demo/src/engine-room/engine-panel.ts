/** Owns the tab of model and device: what runs, how it came, what else could run, and what was measured. */

import type { RouteSnapshot, RouterStatus } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import type { Engine } from '../engine.ts';
import { createFacts } from '../facts.ts';
import { formatBytes, formatMs } from '../format.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { createRefresher } from '../refresher.ts';
import { toRoute } from '../route-edits.ts';
import type { NoticeView } from '../views/notice-view.ts';
import { createEngineForm } from './engine-form.ts';
import { ENGINE_FACTS } from './engine-facts.ts';
import { createVerdict } from './verdict-view.ts';

export interface EnginePanelOptions {
  readonly context: PanelContext;
  readonly engine: Engine;
  readonly notice: NoticeView;
}

export function createEnginePanel({ context, engine, notice }: EnginePanelOptions): Panel {
  const verdict = createVerdict();
  const facts = createFacts(ENGINE_FACTS, (status: RouterStatus) => verdict.show(status.encoder));
  const loaded = element('p', { class: 'lead', attributes: { 'data-testid': 'loaded' } });
  const memory = element('p', { class: 'field__note', attributes: { 'data-testid': 'memory', role: 'status' } });
  const measure = button('Measure the page’s memory', { testId: 'measure-memory' }, () => void measureMemory());
  const form = createEngineForm({
    engine,
    notice,
    routes: () => routes.map(toRoute),
  });
  const root = element('div', {
    class: 'engine-room',
    children: [
      loaded,
      facts.root,
      element('div', {
        class: 'columns',
        children: [form, element('div', { class: 'stack', children: [verdict.root, measure, memory] })],
      }),
    ],
  });
  let routes: readonly RouteSnapshot[] = [];

  function refresh(): void {
    facts.refresh(context.router());
    setText(loaded, describeLoad(engine));
  }

  async function measureMemory(): Promise<void> {
    setText(memory, 'Measuring; the browser waits for its next collection, up to some 20 seconds.');
    measure.setAttribute('aria-busy', 'true');
    setText(memory, await readMemory());
    measure.removeAttribute('aria-busy');
  }

  return {
    root,
    setVisible: createRefresher(refresh).setVisible,
    routesChanged(next) {
      routes = next;
      refresh();
    },
    answered: refresh,
  };
}

function describeLoad(engine: Engine): string {
  const boot = engine.boot();
  if (!boot) return 'The model is not running.';
  if (!boot.loaded) return 'Another tab has the model; this one asks it.';
  const { bytes, elapsedMs } = boot.loaded;
  const speed = elapsedMs > 0 ? `, ${formatBytes((1000 * bytes) / elapsedMs)} a second` : '';
  return `The model’s ${formatBytes(bytes)} came in ${formatMs(elapsedMs)}${speed}.`;
}

interface MeasuringPerformance extends Performance {
  measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>;
}

/** The page and its workers together; only isolated pages of some browsers may ask. */
async function readMemory(): Promise<string> {
  const measuring = performance as MeasuringPerformance;
  if (!crossOriginIsolated || !measuring.measureUserAgentSpecificMemory) {
    return 'This browser tells no page its memory, or not one without isolation headers.';
  }
  try {
    const { bytes } = await measuring.measureUserAgentSpecificMemory();
    return `${formatBytes(bytes)} for the page and its workers, the model’s WASM memory included as the browser counts it.`;
  } catch (error) {
    return `The browser could not measure: ${String(error)}`;
  }
}
