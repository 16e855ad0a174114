/** Wires the playground: text to question, answer to views and panels, edits to the router. The one room that knows them all. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { createAnnouncer } from './announcer.ts';
import { createAsker, type Answer } from './asker.ts';
import { createEdits, type Edit } from './edits.ts';
import { createEngine, isFatal, toFailure, type Engine, type EngineState } from './engine.ts';
import { announce } from './explain.ts';
import { createLatest } from './latest.ts';
import { createLinks } from './links.ts';
import { keepForOffline } from './offline.ts';
import { createUnhurried } from './pace.ts';
import { createPanels } from './panels.ts';
import { createPeers } from './peers.ts';
import { samplesFor } from './presets/presets.ts';
import { README_ROUTES, SAMPLE_QUERIES } from './readme-routes.ts';
import { replaceAll } from './route-edits.ts';
import { createAskView } from './views/ask-view.ts';
import { createCandidatesView } from './views/candidates-view.ts';
import { createEngineView } from './views/engine-view.ts';
import { createNoticeView } from './views/notice-view.ts';
import { createPlateView, type PlateState } from './views/plate-view.ts';
import { createReadingsView } from './views/readings-view.ts';
import { createSavedView } from './views/saved-view.ts';
import { createTimeView } from './views/time-view.ts';
import { createWhyView } from './views/why-view.ts';
import { createWorkbench } from './workbench.ts';

export function startPlayground(): void {
  let state: EngineState = { phase: 'loading', progress: undefined };
  const routerInForce = () => (state.phase === 'ready' ? state.router : undefined);
  const say = createAnnouncer();
  const notice = createNoticeView();
  const edits = createEdits({
    router: routerInForce,
    async onMade(label) {
      say(`${label}: done.`);
      await changed();
    },
    onFatal: (error) => engine.fail(error),
  });

  async function make(edit: Edit): Promise<boolean> {
    notice.clear();
    const failure = await edits.make(edit);
    if (failure) notice.fail(failure);
    return failure === undefined;
  }

  async function undo(): Promise<void> {
    const failure = await edits.undo();
    if (failure) notice.fail(failure);
    // The button may be gone, and the focus with it.
    if (edits.undoable() === undefined) ask.focus();
  }

  const engineView = createEngineView();
  const plate = createPlateView((change) => {
    void engine.start(change);
    // The button is gone, and the focus with it.
    ask.focus();
  });
  const answerViews = createAnswerViews((edit) => void make(edit));
  const saved = createSavedView(edits, () => void undo());
  const peers = createPeers(() => void readRoutes());
  const tryThreshold = createLatest(async (name: string, threshold: number) => {
    await routerInForce()?.setThreshold(name, threshold);
    await readRoutes();
  });

  async function changed(): Promise<void> {
    peers.tell();
    await readRoutes();
  }

  /** What is typed is asked again, for another route may be nearest now. */
  async function readRoutes(): Promise<void> {
    const router = routerInForce();
    if (!router) return;
    try {
      const routes = await router.routes();
      if (router !== routerInForce()) return;
      showRoutes(routes);
      route(ask.text());
    } catch (error) {
      if (isFatal(error)) engine.fail(error);
    }
  }

  function showRoutes(routes: readonly RouteSnapshot[]): void {
    ask.showSamples(samplesFor(routes));
    answerViews.showRoutes(routes);
    saved.showRoutes(routes, engine.isKept());
    workbench.routesChanged(routes);
  }

  function show(plateState: PlateState, answer?: Answer): void {
    plate.show(plateState);
    answerViews.show(answer);
    tellPanels(answer);
  }

  const tellPanels = createUnhurried((answer: Answer | undefined) => workbench.answered(answer));

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
        return show({ kind: 'failed', failure: state.failure, choice: state.choice });
      case 'ready':
        if (text === '') return show({ kind: 'empty' });
        // The last sign stays up until the answer is here, a few milliseconds from now.
        void asker.ask(state.router, text);
    }
  }

  const engine: Engine = createEngine(README_ROUTES, (next) => {
    const isNewPhase = next.phase !== state.phase;
    state = next;
    engineView.show(next);
    if (next.phase === 'ready') {
      edits.forget();
      showRoutes(next.routes);
      void links.read(next.routes.length);
      keepForOffline();
    }
    if (isNewPhase) {
      say(next.phase === 'failed' ? `The router is not running. ${next.failure.message}` : phaseWords(next));
    }
    route(ask.text());
  });

  const workbench = createWorkbench(
    createPanels({ edits, engine, notice, make, tryThreshold, text: () => ask.text() }),
    {
      router: routerInForce,
      say,
      changed,
    },
  );
  const ask = createAskView(route);
  ask.showSamples(SAMPLE_QUERIES);
  watchUndoKey(() => void undo());
  const links = createLinks({
    notice,
    onTaken({ routes, text }) {
      void make(replaceAll('Take the routes of the link', routes));
      if (text !== '') ask.write(text);
    },
  });
  void engine.start();
}

interface AnswerViews {
  readonly show: (answer: Answer | undefined) => void;
  readonly showRoutes: (routes: readonly RouteSnapshot[]) => void;
}

/** Everything around the sign that tells of one answer. */
function createAnswerViews(make: (edit: Edit) => void): AnswerViews {
  const readings = createReadingsView();
  const time = createTimeView();
  const candidates = createCandidatesView();
  const why = createWhyView(make);
  return {
    show(answer) {
      readings.show(answer);
      time.show(answer);
      candidates.show(answer);
      why.show(answer);
    },
    showRoutes(routes) {
      candidates.showRoutes(routes);
      why.showRoutes(routes);
    },
  };
}

/** Ctrl or Command with Z undoes an edit, except where text is written, which has an undo of its own. */
function watchUndoKey(undo: () => void): void {
  document.addEventListener('keydown', (event) => {
    const isUndo = event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (!isUndo || (event.target instanceof Element && event.target.matches('input, textarea, select'))) return;
    event.preventDefault();
    undo();
  });
}

function phaseWords({ phase }: EngineState): string {
  return phase === 'ready' ? 'The model is ready.' : 'Loading the model.';
}
