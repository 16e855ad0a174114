/** Wires the playground: text to query, answer to views and panels. The one room that knows them all. */

import { createAnnouncer } from './announcer.ts';
import { createAsker, type Answer } from './asker.ts';
import { createEngine, isFatal, toFailure, type EngineState } from './engine.ts';
import { announce } from './explain.ts';
import { createPeers } from './peers.ts';
import { README_ROUTES, SAMPLE_QUERIES } from './readme-routes.ts';
import { createAskView } from './views/ask-view.ts';
import { createCandidatesView } from './views/candidates-view.ts';
import { createEngineView } from './views/engine-view.ts';
import { createEnginePanel } from './views/engine-panel.ts';
import { createPlateView, type PlateState } from './views/plate-view.ts';
import { createReadingsView } from './views/readings-view.ts';
import { createRoutesPanel } from './views/routes-view.ts';
import { createWorkbench } from './workbench.ts';

export function startPlayground(): void {
  const say = createAnnouncer();
  const engineView = createEngineView();
  const plate = createPlateView(() => {
    void engine.start();
    // The button is gone, and the focus with it.
    ask.focus();
  });
  const readings = createReadingsView();
  const candidates = createCandidatesView();
  let state: EngineState = { phase: 'loading', progress: undefined };
  const routerInForce = () => (state.phase === 'ready' ? state.router : undefined);

  const peers = createPeers(() => void readRoutes());
  const workbench = createWorkbench(
    [
      { id: 'routes', label: 'Routes', create: createRoutesPanel },
      { id: 'engine', label: 'Engine', create: createEnginePanel },
    ],
    {
      router: routerInForce,
      say,
      async changed() {
        peers.tell();
        await readRoutes();
      },
    },
  );

  /** What is typed is asked again, for another route may be nearest now. */
  async function readRoutes(): Promise<void> {
    const router = routerInForce();
    if (!router) return;
    try {
      const routes = await router.routes();
      if (router !== routerInForce()) return;
      workbench.routesChanged(routes);
      route(ask.text());
    } catch (error) {
      if (isFatal(error)) engine.fail(error);
    }
  }

  function show(plateState: PlateState, answer?: Answer): void {
    plate.show(plateState);
    readings.show(answer);
    candidates.show(answer?.decision);
    workbench.answered(answer);
  }

  const asker = createAsker({
    onAnswer(answer) {
      show({ kind: 'answered', answer }, answer);
      say(announce(answer.decision));
    },
    onError(error) {
      if (isFatal(error)) return engine.fail(error);
      const failure = toFailure(error);
      show({ kind: 'refused', failure });
      say(`Not decided. ${failure.message}`);
    },
  });

  /** Brings the page to what the router can do for the text that is in the box. */
  function route(text: string): void {
    asker.forget();
    switch (state.phase) {
      case 'loading':
        return show({ kind: 'loading', progress: state.progress, hasText: text !== '' });
      case 'failed':
        return show({ kind: 'failed', failure: state.failure });
      case 'ready':
        if (text === '') return show({ kind: 'empty' });
        // The last sign stays up until the answer is here, a few milliseconds from now.
        void asker.ask(state.router, text);
    }
  }

  const engine = createEngine(README_ROUTES, (next) => {
    const isNewPhase = next.phase !== state.phase;
    state = next;
    engineView.show(next);
    if (next.phase === 'ready') workbench.routesChanged(next.routes);
    if (isNewPhase) {
      say(next.phase === 'failed' ? `The router is not running. ${next.failure.message}` : phaseWords(next));
    }
    route(ask.text());
  });

  const ask = createAskView(SAMPLE_QUERIES, route);
  void engine.start();
}

function phaseWords({ phase }: EngineState): string {
  return phase === 'ready' ? 'The model is ready.' : 'Loading the model.';
}
