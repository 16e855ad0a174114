/** Owns what becomes of a link that brings routes: read once, and asked about before anything is replaced. */

import { toFailure } from './engine.ts';
import { formatCount } from './format.ts';
import type { Shared } from './share.ts';
import type { NoticeView } from './views/notice-view.ts';

export interface LinksOptions {
  readonly notice: NoticeView;
  readonly onTaken: (shared: Shared) => void;
}

export interface Links {
  /** Looks at the address, when a router is there to take what it brings. */
  readonly read: (routesHere: number) => Promise<void>;
}

export function createLinks({ notice, onTaken }: LinksOptions): Links {
  async function read(routesHere: number): Promise<void> {
    const { hash } = location;
    if (!hash.startsWith('#share=')) return;
    // Read once: a reload is not to ask again.
    history.replaceState(undefined, '', location.pathname + location.search);
    try {
      const { fromFragment } = await import('./share.ts');
      const shared = await fromFragment(hash);
      const sentences = shared.routes.reduce((sum, { utterances }) => sum + utterances.length, 0);
      notice.ask(
        `This link brings ${formatCount(shared.routes.length, 'route')} with ${formatCount(sentences, 'sentence')}. They would take the place of the ${formatCount(routesHere, 'route')} here; undo brings those back.`,
        [
          { text: 'Take them', act: () => onTaken(shared) },
          { text: 'Keep mine', act: () => undefined },
        ],
      );
    } catch (error) {
      notice.fail(toFailure(error));
    }
  }

  let count = 0;
  addEventListener('hashchange', () => void read(count));
  return {
    read(routesHere) {
      count = routesHere;
      return read(routesHere);
    },
  };
}
