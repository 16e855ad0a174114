import { RouterError, messageOf } from '../../core/errors.ts';

/** Whether an error only says that the leader is gone, or resigns. */
export function isGone(error: unknown): boolean {
  return error instanceof RouterError && (error.code === 'WORKER_LOST' || error.code === 'CLOSED');
}

/** Whether a receipt was lost with its leader; of one that was deposed the storage says so, beneath. */
export function isLostReceipt(error: unknown): boolean {
  const { cause } = error as Error;
  return isGone(error) || (cause instanceof RouterError && cause.code === 'LEADER_CHANGED');
}

export function leaderChanged(cause: unknown): RouterError {
  return new RouterError(
    'LEADER_CHANGED',
    'The tab that held the routes is gone or stands still; the change may or may not have taken effect, and routes() tells.',
    { cause },
  );
}

export function silentLeader(): RouterError {
  return new RouterError(
    'TIMEOUT',
    'The tab that holds the routes has said nothing for 10 s, as one that the system has suspended; bring it to the front or close it, and call again.',
  );
}

/** Its locks are not those of the tab that leads, so none can tell that the other is gone. */
export function clearedData(): RouterError {
  return new RouterError(
    'STORAGE_FAILED',
    'The data of this site was cleared while this tab was open, and a later tab holds the routes; reload this one.',
  );
}

export function locksDenied(cause: unknown): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    `Got no Web Lock from the browser (${messageOf(cause)}); allow this site to keep data, or pass storage: 'memory'.`,
    { cause },
  );
}
