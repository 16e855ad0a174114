/** Owns what the page's tabs tell each other: that routes changed. The routes themselves go through the router. */

export interface Peers {
  /** Tells the other tabs. */
  readonly tell: () => void;
}

export function createPeers(onTold: () => void): Peers {
  const channel = new BroadcastChannel('synaptoroute-playground');
  channel.addEventListener('message', onTold);
  return { tell: () => channel.postMessage('routes-changed') };
}
