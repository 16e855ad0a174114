/** Wires the playground: text to query, answer to views. The one room that knows them all. */

import { createAnnouncer } from './announcer.ts';
import { createAsker, type Answer } from './asker.ts';
import { createEngine, isFatal, toFailure, type EngineState } from './engine.ts';
import { announce } from './explain.ts';
import { README_ROUTES, SAMPLE_QUERIES } from './readme-routes.ts';
import { createAskView } from './views/ask-view.ts';
import { createCandidatesView } from './views/candidates-view.ts';
import { createEngineView } from './views/engine-view.ts';
import { createFactsView } from './views/facts-view.ts';
import { createPlateView, type PlateState } from './views/plate-view.ts';
import { createReadingsView } from './views/readings-view.ts';
import { createRoutesView } from './views/routes-view.ts';

function startPlayground(): void {
  const say = createAnnouncer();
  const engineView = createEngineView();
  const plate = createPlateView(() => {
    void engine.start();
    // The button is gone, and the focus with it.
    ask.focus();
  });
  const readings = createReadingsView();
  const candidates = createCandidatesView();
  const routes = createRoutesView();
  const facts = createFactsView();
  let state: EngineState = { phase: 'loading', progress: undefined };

  function show(plateState: PlateState, answer?: Answer): void {
    plate.show(plateState);
    readings.show(answer);
    candidates.show(answer?.decision);
    routes.showDecision(answer?.decision);
  }

  const asker = createAsker({
    onAnswer(answer) {
      show({ kind: 'answered', answer }, answer);
      say(announce(answer.decision));
      if (state.phase === 'ready') void facts.refresh(state.router);
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
    if (next.phase === 'ready') {
      routes.showRoutes(next.routes);
      void facts.refresh(next.router);
    } else {
      facts.clear();
    }
    if (isNewPhase)
      say(next.phase === 'failed' ? `The router is not running. ${next.failure.message}` : phaseWords(next));
    route(ask.text());
  });

  routes.showRoutes(README_ROUTES);
  const ask = createAskView(SAMPLE_QUERIES, route);
  void engine.start();
}

function phaseWords({ phase }: EngineState): string {
  return phase === 'ready' ? 'The model is ready.' : 'Loading the model.';
}

startPlayground();
