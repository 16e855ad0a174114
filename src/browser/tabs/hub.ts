/**
 * Owns the channels between tabs: a hub that all of one name share, and a line for each pair of a tab and its leader.
 *
 * MessagePorts would need a third party to hand them over, a SharedWorker, which Chrome on Android does not have. A
 * BroadcastChannel that only two know the name of is as good: what is sent reaches the other alone, in order.
 */

import type { ModelChoice } from '../../encoder/model-choice.ts';

/** What is said on the hub. */
export type HubMessage =
  /**
   * A tab leads, which was loaded at that time: whoever waits may ask to join. `deposes` where its leader stood still. Of
   * two that lead the older one resigns: when the data of a site is cleared, later tabs get new locks of the old names.
   */
  | { readonly type: 'leading'; readonly loadedAt: number; readonly deposes: boolean }
  /** A tab asks the leader to serve it on that line. `lifeLock` is held while the tab lives. */
  | { readonly type: 'join'; readonly line: string; readonly lifeLock: string | undefined }
  /** The leader has changed the model: who leads next opens that one. */
  | { readonly type: 'model-set'; readonly model: ModelChoice };

/** The leader's first word on a line; `lifeLock` is held while it leads. The rest is the router's wire. */
export interface Welcome {
  readonly type: 'welcome';
  readonly lifeLock: string | undefined;
}

export interface Hub {
  /** The name of the Web Lock whose holder leads. */
  readonly leaderLock: string;
  /** The name of the lock whose holder asks for the leader's, and so is the next one. */
  readonly nextLock: string;
  say(message: HubMessage): void;
  /** The returned function ends it. */
  listen(listener: (message: HubMessage) => void): () => void;
  close(): void;
}

export function openHub(name: string): Hub {
  const channelName = `synaptoroute-tabs-${name}`;
  const channel = new BroadcastChannel(channelName);
  return {
    leaderLock: `${channelName}-leader`,
    nextLock: `${channelName}-next`,
    say: (message) => channel.postMessage(message),
    listen(listener) {
      const onMessage = (event: MessageEvent<HubMessage>): void => listener(event.data);
      channel.addEventListener('message', onMessage);
      return () => channel.removeEventListener('message', onMessage);
    },
    close: () => channel.close(),
  };
}

/** One end of a line. A BroadcastChannel never tells that the other end is gone; whoever learns of it says `hangUp`. */
export function openLine(line: string): { readonly port: BroadcastChannel; readonly hangUp: () => void } {
  const port = new BroadcastChannel(line);
  return {
    port,
    hangUp() {
      port.dispatchEvent(new Event('close'));
      port.close();
    },
  };
}

export function newLineName(): string {
  return `synaptoroute-line-${crypto.randomUUID()}`;
}
