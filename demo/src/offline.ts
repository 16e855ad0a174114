/** Owns the page's life without a network: has it kept once it works, and says whether it is. */

import { byId, setText } from './dom.ts';

let isAsked = false;

/** After the first answer is possible, so that it delays nothing; a page served for development is not kept. */
export function keepForOffline(): void {
  if (isAsked || import.meta.env.MODE !== 'production') return;
  isAsked = true;
  const line = byId('offline', HTMLElement);
  if (!('serviceWorker' in navigator)) {
    setText(line, 'It needs a network to open: this browser keeps pages only for secure sites.');
    return;
  }
  keep().then(
    () => setText(line, 'It is kept on this device, and opens without a network.'),
    () => setText(line, 'It needs a network to open: the browser did not keep it.'),
  );
}

async function keep(): Promise<void> {
  await navigator.serviceWorker.register(new URL('sw.js', document.baseURI));
  await navigator.serviceWorker.ready;
}
