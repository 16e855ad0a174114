/** Owns the leader's service for other tabs: a line for each that asks, until it is gone or the leader resigns. */

import { RouterError } from '../../core/errors.ts';
import { serveRouter } from '../../rpc/server.ts';
import type { ClientMessage } from '../../rpc/wire.ts';
import { holdLock, watchLifeLock } from '../life.ts';
import { openLine, type Hub, type Welcome } from './hub.ts';
import type { SharedRouter } from './shared-router.ts';

/** What a tab says of itself when it asks for the leader's router. */
export interface JoinConfig {
  /** Of the model, its options and how is decided: tabs of one name must use the same. */
  readonly fingerprint: string;
}

export interface Desk {
  /** Tells every tab that this one leads no more. */
  close(): void;
}

interface DeskOptions {
  /** Of what answers now. */
  readonly fingerprint: () => string;
  /** Aborted when another tab leads: the lock was stolen, or that tab knows another lock of its name. */
  readonly resigning: AbortController;
  /** The lock was stolen from a leader that stood still. */
  readonly deposes: boolean;
}

export async function openDesk(
  hub: Hub,
  shared: SharedRouter,
  { fingerprint, resigning, deposes }: DeskOptions,
): Promise<Desk> {
  const term = await holdLock();
  const lines = new Map<string, { readonly port: BroadcastChannel; readonly hangUp: () => void }>();
  const welcome: Welcome = { type: 'welcome', lifeLock: term?.name };
  const leading = { type: 'leading', loadedAt: performance.timeOrigin, deposes } as const;

  function serve(line: string, lifeLock: string | undefined): void {
    const { port, hangUp } = openLine(line);
    lines.set(line, { port, hangUp });
    serveRouter(port, async ({ config, onProgress, onReencode }) => {
      if ((config as JoinConfig).fingerprint !== fingerprint()) throw otherModel();
      return shared.view({ onProgress, onReencode });
    });
    const drop = (): void => {
      hangUp();
      lines.delete(line);
    };
    port.addEventListener('message', ({ data: { type } }: MessageEvent<ClientMessage>) => {
      if (type === 'leave') drop();
    });
    if (lifeLock !== undefined) watchLifeLock(lifeLock, drop);
  }

  const stopListening = hub.listen((message) => {
    if (message.type === 'leading') {
      if (message.loadedAt > leading.loadedAt) resigning.abort();
      else if (message.loadedAt < leading.loadedAt) hub.say({ ...leading, deposes: false });
    }
    if (message.type !== 'join') return;
    if (!lines.has(message.line)) serve(message.line, message.lifeLock);
    // Said again to a tab that has missed it.
    lines.get(message.line)?.port.postMessage(welcome);
  });
  hub.say(leading);
  return {
    close() {
      stopListening();
      term?.release();
      for (const { hangUp } of lines.values()) hangUp();
      lines.clear();
    },
  };
}

function otherModel(): RouterError {
  return new RouterError(
    'INVALID_OPTION',
    'Got another model, other options of it or another way to decide than the tab that holds these routes; open them alike in every tab, or give this storage another name.',
  );
}
