/** Owns the tabs under the decision: which panel is seen, the keyboard between them, and panels made at their first visit. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import type { Answer } from './asker.ts';
import { byId, element } from './dom.ts';
import type { Panel, PanelContext } from './panel.ts';
import { toFailure } from './engine.ts';

export interface TabDefinition {
  readonly id: string;
  readonly label: string;
  /** Makes the panel, at the first visit of its tab. */
  readonly create: (context: PanelContext) => Panel | Promise<Panel>;
}

export interface Workbench {
  readonly routesChanged: (routes: readonly RouteSnapshot[]) => void;
  readonly answered: (answer: Answer | undefined) => void;
}

interface Tab {
  readonly definition: TabDefinition;
  readonly button: HTMLButtonElement;
  readonly frame: HTMLElement;
  panel: Panel | undefined;
  /** What the panel was told last. */
  told: readonly RouteSnapshot[] | undefined;
  isOpening: boolean;
}

/** Where from the chosen tab a key leads. */
const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export function createWorkbench(definitions: readonly TabDefinition[], context: PanelContext): Workbench {
  const tabs = definitions.map(createTab);
  let chosen: Tab | undefined;
  /** The last that was told, for panels that are made later. */
  let routes: readonly RouteSnapshot[] | undefined;
  let answer: Answer | undefined;

  const bar = byId('tabs', HTMLElement);
  bar.replaceChildren(...tabs.map(({ button }) => button));
  byId('panels', HTMLElement).replaceChildren(...tabs.map(({ frame }) => frame));

  function choose(next: Tab): void {
    if (next === chosen) return;
    for (const tab of tabs) {
      const isChosen = tab === next;
      tab.button.setAttribute('aria-selected', String(isChosen));
      tab.button.tabIndex = isChosen ? 0 : -1;
      tab.frame.hidden = !isChosen;
    }
    chosen?.panel?.setVisible(false);
    chosen = next;
    if (next.panel) show(next);
    else void open(next);
  }

  /** A panel hears nothing while hidden, and what it missed when it is seen. */
  function show(tab: Tab): void {
    tab.panel?.setVisible(true);
    tellRoutes(tab);
    tab.panel?.answered(answer);
  }

  function tellRoutes(tab: Tab | undefined): void {
    if (!tab?.panel || !routes || tab.told === routes) return;
    tab.told = routes;
    tab.panel.routesChanged(routes);
  }

  async function open(tab: Tab): Promise<void> {
    if (tab.isOpening) return;
    tab.isOpening = true;
    try {
      tab.panel = await tab.definition.create(context);
      tab.frame.replaceChildren(tab.panel.root);
      if (tab === chosen) show(tab);
    } catch (error) {
      const message = `This view could not be loaded. ${toFailure(error).message} Choose its tab again to try once more.`;
      tab.frame.replaceChildren(element('p', { class: 'panel__failure', text: message }));
      if (tab === chosen) chosen = undefined;
    } finally {
      tab.isOpening = false;
    }
  }

  for (const tab of tabs) tab.button.addEventListener('click', () => choose(tab));
  bar.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    const index = tabs.findIndex(({ button }) => button === event.target);
    if (!step || index < 0) return;
    event.preventDefault();
    const next = tabs[step(index, tabs.length)] as Tab;
    choose(next);
    next.button.focus();
  });
  choose(tabs[0] as Tab);

  return {
    routesChanged(changed) {
      routes = changed;
      tellRoutes(chosen);
    },
    answered(latest) {
      answer = latest;
      chosen?.panel?.answered(latest);
    },
  };
}

function createTab(definition: TabDefinition): Tab {
  const { id, label } = definition;
  const button = element('button', {
    class: 'tab',
    text: label,
    attributes: {
      type: 'button',
      role: 'tab',
      id: `tab-${id}`,
      'aria-controls': `panel-${id}`,
      'aria-selected': 'false',
      tabindex: '-1',
      'data-testid': `tab-${id}`,
    },
  });
  const frame = element('div', {
    class: 'panel',
    attributes: {
      role: 'tabpanel',
      id: `panel-${id}`,
      'aria-labelledby': `tab-${id}`,
      tabindex: '0',
      hidden: '',
      'data-testid': `panel-${id}`,
    },
    children: [element('p', { class: 'panel__wait', text: 'Loading this view' })],
  });
  return { definition, button, frame, panel: undefined, told: undefined, isOpening: false };
}
