/** Owns the tab where routes are edited: presets, the directory, the route that is chosen, and what lint finds. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import type { Answer } from '../asker.ts';
import { element } from '../dom.ts';
import type { Edit, Edits } from '../edits.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { addRoute } from '../route-edits.ts';
import { createLintView } from './lint-view.ts';
import { createNewRoute } from './new-route.ts';
import { createPresetsView } from './presets-view.ts';
import { createRouteDetail } from './route-detail.ts';
import { createRouteList } from './route-list.ts';

export interface RoutesPanelOptions {
  readonly context: PanelContext;
  readonly edits: Edits;
  /** Makes an edit, and tells the person what went wrong; resolves to whether it was made. */
  readonly make: (edit: Edit) => Promise<boolean>;
  /** Sets a threshold while it is dragged: at once, unrecorded. */
  readonly tryThreshold: (route: string, threshold: number) => void;
}

export function createRoutesPanel({ context, edits, make, tryThreshold }: RoutesPanelOptions): Panel {
  let routes: readonly RouteSnapshot[] = [];
  let answer: Answer | undefined;
  let chosen: string | undefined;
  /** Until a person chooses a route, the one that wins is shown. */
  let isChosenByHand = false;

  const list = createRouteList({
    onChoose(name) {
      isChosenByHand = true;
      choose(name);
    },
    onNew() {
      isChosenByHand = true;
      choose(undefined);
      newRoute.focus();
    },
  });
  const detail = createRouteDetail({
    make,
    tryThreshold,
    onRenamed: choose,
    onTouched: () => {
      isChosenByHand = true;
    },
  });
  const newRoute = createNewRoute(async (route) => {
    const isMade = await make(addRoute(route));
    if (isMade) choose(route.name);
    return isMade;
  });
  const lint = createLintView({
    router: context.router,
    edits,
    onRoute(name) {
      isChosenByHand = true;
      choose(name);
      detail.focus();
    },
  });
  const presets = createPresetsView(make, () => {
    isChosenByHand = false;
  });
  const aside = element('div', { class: 'editor__list', children: [presets.root, list.root] });
  const main = element('div', { class: 'editor__detail', children: [detail.root, newRoute.root] });
  const root = element('div', { class: 'editor', children: [aside, main, lint.root] });

  function choose(name: string | undefined): void {
    chosen = name;
    show();
  }

  function show(): void {
    const snapshot = routes.find(({ name }) => name === chosen);
    list.show(routes, { chosen: snapshot?.name, answer });
    detail.show(snapshot, answer);
    newRoute.root.hidden = snapshot !== undefined;
  }

  function follow(): void {
    const winner = answer?.decision.route;
    if (!isChosenByHand && winner) chosen = winner;
    if (!isChosenByHand) chosen ??= routes[0]?.name;
    // The route may have been removed, here or in another tab.
    const isThere = routes.some(({ name }) => name === chosen);
    if (!isThere && chosen !== undefined) chosen = routes[0]?.name;
  }

  return {
    root,
    setVisible: lint.setVisible,
    routesChanged(next) {
      routes = next;
      follow();
      show();
      lint.routesChanged(next);
    },
    answered(next) {
      answer = next;
      follow();
      show();
    },
  };
}
