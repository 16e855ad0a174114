/** One line to a leader: asked for until the leader answers, and given up when it says nothing for long. */

import type { RouterError } from '../../core/errors.ts';
import type { ClientMessage } from '../../rpc/wire.ts';
import { newLineName, openLine, type Hub, type Welcome } from './hub.ts';

/** A tab that missed a word asks again after it. Between processes words may overtake each other; seldom. */
const ASK_AGAIN_MS = 250;
/**
 * 10 s. A leader answers between any two slices of its work, of 50 ms and less. Ticks are counted, not time: after a sleep
 * of the whole machine the leader gets its time to answer as well.
 */
const SILENT_TICKS = 40;
/** Who can take over does so before the others lose their patience: 8 s. */
const DEPOSING_TICKS = 32;
/** What every release answers at once, with its status or that it has none. No connection waits for it. */
const ASK: ClientMessage = { type: 'call', id: 0, call: { method: 'status', args: [] } };

export interface AttemptOptions {
  readonly hub: Hub;
  /** The name of the lock that this tab holds while it lives. */
  readonly life: Promise<string | undefined>;
  /** Whether anything waits for the leader; only then it is asked for a word. */
  readonly isWaiting: () => boolean;
  /** Whether this tab takes over from a leader that stands still. */
  readonly canDepose: () => boolean;
  readonly onWelcome: (attempt: Attempt, leaderLife: string | undefined) => void;
  /** The leader stands still. */
  readonly onSilence: (attempt: Attempt) => void;
}

export interface Attempt {
  readonly port: BroadcastChannel;
  /** What whoever waits for its leader is told, where it is not to wait for the next one. */
  failure?: RouterError;
  /** Listens for the leader's silence, until nothing waits. */
  readonly watch: () => void;
  /** Gives the leader its time anew. */
  readonly forgive: () => void;
  /** Hangs up. Idempotent. */
  readonly end: () => void;
}

export function openAttempt({ hub, life, isWaiting, canDepose, onWelcome, onSilence }: AttemptOptions): Attempt {
  const line = newLineName();
  const { port, hangUp } = openLine(line);
  let isJoined = false;
  let isOver = false;
  let silentTicks = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const ask = (): void => {
    // Nobody is to serve a line that nobody watches over.
    if (isJoined) port.postMessage(ASK);
    else void life.then((lifeLock) => isOver || hub.say({ type: 'join', line, lifeLock }));
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    silentTicks = 0;
  };
  const tick = (): void => {
    if (isJoined && !isWaiting()) return stop();
    if (++silentTicks <= (canDepose() ? DEPOSING_TICKS : SILENT_TICKS)) return ask();
    stop();
    onSilence(attempt);
  };
  const stopListening = hub.listen((message) => {
    if (message.type !== 'leading') return;
    if (!isJoined) ask();
    // The leader of this line stands still, and says nothing of its end.
    else if (message.deposes) attempt.end();
  });
  const attempt: Attempt = {
    port,
    watch: () => void (timer ??= setInterval(tick, ASK_AGAIN_MS)),
    forgive() {
      silentTicks = 0;
    },
    end() {
      if (isOver) return;
      isOver = true;
      stop();
      stopListening();
      // Heard by a leader that wakes, for nobody waits any more for what it does.
      port.postMessage({ type: 'leave' } satisfies ClientMessage);
      hangUp();
    },
  };
  port.addEventListener('message', ({ data: { type, lifeLock } }: MessageEvent<Welcome>) => {
    attempt.forgive();
    if (type !== 'welcome' || isJoined) return;
    isJoined = true;
    onWelcome(attempt, lifeLock);
  });
  attempt.watch();
  ask();
  return attempt;
}
