/** Owns the tab that makes durability visible: where routes lie, which edits are on disk, what other tabs see, and the ways out. */

import type { RouteSnapshot } from 'synaptoroute/browser';
import { button, element, setText } from '../dom.ts';
import type { Edit, Edits } from '../edits.ts';
import type { Engine } from '../engine.ts';
import { createFacts } from '../facts.ts';
import { formatCount, formatMs } from '../format.ts';
import type { Panel, PanelContext } from '../panel.ts';
import { createRefresher } from '../refresher.ts';
import { replaceAll } from '../route-edits.ts';
import type { NoticeView } from '../views/notice-view.ts';
import { createEditLog } from './edit-log.ts';
import { createTransferView } from './transfer-view.ts';
import { STORAGE_FACTS } from './storage-facts.ts';

export interface StoragePanelOptions {
  readonly context: PanelContext;
  readonly edits: Edits;
  readonly engine: Engine;
  readonly notice: NoticeView;
  readonly make: (edit: Edit) => Promise<boolean>;
}

export function createStoragePanel({ context, edits, engine, notice, make }: StoragePanelOptions): Panel {
  const facts = createFacts(STORAGE_FACTS);
  const boot = element('p', { class: 'lead', attributes: { 'data-testid': 'boot' } });
  const log = createEditLog();
  const transfer = createTransferView({ context, notice, make });
  let routes: readonly RouteSnapshot[] = [];

  const elsewhere = element('a', {
    class: 'button button--plain',
    text: 'Open a second tab',
    attributes: { href: './', target: '_blank', rel: 'noopener', 'data-testid': 'second-tab' },
  });
  const persist = button('Ask the browser never to clear it', {}, () => void askToPersist());
  const keeping = button('', { testId: 'keeping' }, () => {
    void engine.start({ storage: engine.isKept() ? 'memory' : 'kept', fillWith: undefined });
  });
  const wipe = button('Wipe everything', { kind: 'danger', testId: 'wipe' }, () => {
    notice.ask(
      `Remove ${formatCount(routes.length, 'route')} from ${engine.isKept() ? 'this device and every tab' : 'this tab'}? Undo brings them back until this tab is closed.`,
      [
        { text: 'Wipe', act: () => void make(replaceAll('Wipe everything', [])) },
        { text: 'Keep them', act: () => undefined },
      ],
    );
  });
  const root = element('div', {
    class: 'storage',
    children: [
      boot,
      facts.root,
      element('div', { class: 'row', children: [elsewhere, persist, keeping, wipe] }),
      element('div', { class: 'columns', children: [log.root, transfer.root] }),
    ],
  });

  async function askToPersist(): Promise<void> {
    const isGranted = await navigator.storage.persist().catch(() => false);
    context.say(isGranted ? 'The browser will keep the routes.' : 'The browser did not promise to keep the routes.');
    refresh();
  }

  function refresh(): void {
    facts.refresh(context.router());
    log.show(edits.records(), engine.isKept());
    setText(keeping, engine.isKept() ? 'Use this tab’s memory instead' : 'Keep routes on this device');
    persist.hidden = !engine.isKept();
    elsewhere.hidden = !engine.isKept();
    setText(boot, describeBoot(engine));
  }

  const refresher = createRefresher(refresh);
  edits.listen(() => {
    if (refresher.isVisible()) refresh();
  });
  return {
    root,
    setVisible: refresher.setVisible,
    routesChanged(next) {
      routes = next;
      transfer.routesChanged(next);
      refresh();
    },
    answered: () => undefined,
  };
}

function describeBoot(engine: Engine): string {
  const boot = engine.boot();
  if (!boot) return 'The router is not running.';
  const time = `${boot.isPageStart ? 'From opening the page' : 'From choosing'} to the first route: ${formatMs(boot.elapsedMs)}.`;
  if (boot.routesFound === 0) return `${time} Nothing was here yet, so the page brought routes to begin with.`;
  const what = engine.isKept()
    ? `${formatCount(boot.routesFound, 'route')} lay on this device already`
    : 'The routes are this tab’s own';
  return `${time} ${what}; no sentence had to be encoded again.`;
}
