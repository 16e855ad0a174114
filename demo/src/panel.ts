/** Owns what a tab of the workbench is, and what it may use of the page; holds no code. */

import type { RouteSnapshot, Router } from 'synaptoroute/browser';
import type { Answer } from './asker.ts';

/** What a panel may use of the page. */
export interface PanelContext {
  /** The router in force; undefined while it loads or has failed. */
  readonly router: () => Router | undefined;
  /** Reads a sentence out to screen readers (the live region). */
  readonly say: (text: string) => void;
  /**
   * Says that this panel changed routes or the fit by the router itself: the page reads the routes anew, tells every
   * panel and every other tab, and asks again for what is typed.
   */
  readonly changed: () => Promise<void>;
}

/** One tab's content. */
export interface Panel {
  readonly root: HTMLElement;
  /** The tab was chosen, or another one. Panels compute nothing while hidden. */
  readonly setVisible: (isVisible: boolean) => void;
  /** The routes changed (by this tab or another), or another router is in force. */
  readonly routesChanged: (routes: readonly RouteSnapshot[]) => void;
  /** The latest decision for what is typed; undefined where there is none. */
  readonly answered: (answer: Answer | undefined) => void;
}
