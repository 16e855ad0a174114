/** Owns what a screen reader is told of decisions: the last one, once the typing pauses. */

import { byId, setText } from './dom.ts';

const PAUSE_MS = 500;

/** Returns how to say something; what is said anew within the pause replaces what was to be said. */
export function createAnnouncer(): (text: string) => void {
  const region = byId('announcement', HTMLElement);
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => setText(region, text), PAUSE_MS);
  };
}
