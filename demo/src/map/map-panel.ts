/** Wires the map: routes to vectors to a plane, the sentence that is typed onto it. */

import type { RouteSnapshot, Router } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { createChoices, type Choice } from '../choices.ts';
import { element, setText } from '../dom.ts';
import { toFailure } from '../engine.ts';
import { formatCount, formatMs } from '../format.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { createLegend } from './legend.ts';
import type { Method, Projection } from './messages.ts';
import { createNeighbourList } from './neighbours.ts';
import { createProgress } from '../progress.ts';
import { createProjector } from './projector.ts';
import { createStage } from './stage.ts';

/** Changes that come in quick succession are drawn once. */
const SETTLE_MS = 200;
const METHODS: readonly Choice<Method>[] = [
  { value: 'pca', name: 'PCA', note: 'Straight axes, at once' },
  { value: 'umap', name: 'UMAP', note: 'Neighbourhoods, takes a while' },
];
/** umap-js wants neighbours. */
const LEAST_FOR_UMAP = 5;

export function createMapPanel(context: PanelContext): Panel {
  const stage = createStage(context.say);
  const legend = createLegend(stage.chooseRoute);
  const neighbours = createNeighbourList();
  const caption = element('p', { class: 'map__caption', attributes: { 'data-testid': 'map-caption' } });
  const progress = createProgress(() => {
    projector.cancel();
    attempt++;
    choice.select(projection?.method);
    if (projection) tell('shown', describe(projection));
    else tell('idle', 'Stopped. Choose a projection to begin again.');
  });
  const choice = createChoices({
    id: 'map',
    label: 'Projection',
    choices: METHODS,
    first: 'pca',
    onChange: () => void project(),
  });
  const root = element('div', {
    class: 'map',
    attributes: { 'data-testid': 'map', 'data-state': 'idle' },
    children: [
      element('div', { class: 'map__head', children: [choice.root, progress.root] }),
      element('div', {
        class: 'map__body',
        children: [
          element('div', { class: 'map__main', children: [stage.root, caption] }),
          element('div', { class: 'map__side', children: [neighbours.root, legend.root] }),
        ],
      }),
    ],
  });
  let isVisible = false;
  let utterances = 0;
  /** A projection that was asked for before the last one is of no use. */
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let projection: Projection | undefined;
  let answer: Answer | undefined;

  const projector = createProjector({
    onProgress: progress.show,
    onProjected(next) {
      projection = next;
      progress.hide();
      stage.showProjection(next);
      legend.show(next);
      tell('shown', describe(next));
      void placeAnswer();
    },
    onFailed: (message) => fail(message),
  });

  function tell(state: string, text: string): void {
    root.dataset['state'] = state;
    setText(caption, text);
  }

  function fail(message: string): void {
    progress.hide();
    tell('failed', `The map could not be drawn. ${message}`);
  }

  async function project(): Promise<void> {
    const own = ++attempt;
    const router = context.router();
    projector.cancel();
    if (!router || utterances === 0) return clear();
    root.dataset['state'] = 'computing';
    progress.show('Reading the vectors', 0);
    try {
      const file = await exportOf(router);
      if (own !== attempt) return;
      projector.project(file, choice.value() ?? 'pca');
    } catch (error) {
      if (own === attempt) fail(toFailure(error).message);
    }
  }

  function clear(): void {
    projection = undefined;
    progress.hide();
    stage.showProjection(undefined);
    legend.show(undefined);
    neighbours.show(undefined, undefined, undefined);
    tell('empty', 'There are no sentences to draw. Add a route, and it appears here.');
  }

  async function placeAnswer(): Promise<void> {
    const [router, shown, asked] = [context.router(), projection, answer];
    if (!router || !shown || !asked) {
      stage.showQuery(undefined);
      return neighbours.show(shown, undefined, undefined);
    }
    try {
      const { vectors } = await router.encode([asked.text]);
      if (asked !== answer || shown !== projection) return;
      const placement = await projector.place(vectors);
      if (!placement || asked !== answer || shown !== projection) return;
      stage.showQuery(placement);
      neighbours.show(shown, asked.text, placement);
    } catch (error) {
      if (asked === answer) fail(toFailure(error).message);
    }
  }

  return {
    root,
    setVisible(next) {
      isVisible = next;
      if (next || root.dataset['state'] !== 'computing') return;
      // Hidden, it computes nothing; when it is seen again it begins again.
      projector.cancel();
      attempt++;
      progress.hide();
      root.dataset['state'] = 'interrupted';
    },
    routesChanged(routes: readonly RouteSnapshot[]) {
      utterances = routes.reduce((sum, route) => sum + route.utterances.length, 0);
      const isEnough = utterances >= LEAST_FOR_UMAP;
      choice.allow('umap', isEnough ? 'yes' : 'no');
      if (!isEnough) choice.select('pca');
      clearTimeout(timer);
      const delay = projection ? SETTLE_MS : 0;
      timer = setTimeout(() => {
        if (isVisible) void project();
      }, delay);
    },
    answered(latest) {
      answer = latest;
      if (root.dataset['state'] === 'interrupted') void project();
      else void placeAnswer();
    },
  };
}

async function exportOf(router: Router): Promise<Uint8Array<ArrayBuffer>> {
  const file = await router.exportFile();
  // It came over the wire, and is nobody else's.
  return file as Uint8Array<ArrayBuffer>;
}

function describe({ method, texts, routes, variance, elapsedMs }: Projection): string {
  const what = `${formatCount(texts.length, 'sentence')} of ${formatCount(routes.length, 'route')}`;
  const how =
    method === 'pca'
      ? `The two axes hold ${Math.round((variance ?? 0) * 100)}% of the variance of all dimensions, so what lies near here may be far apart there.`
      : 'UMAP keeps neighbourhoods; distances between clusters mean little, and the sentence lies among its nearest examples.';
  return `${what}, laid out in ${formatMs(elapsedMs)} in a worker. ${how}`;
}
