/**
 * Owns this tab's place among the tabs of one name: it leads, follows the one that leads, or waits for one. A Web Lock
 * elects the leader, so its end is learnt from the lock, whatever it died of. A second lock says which follower is next,
 * and that one alone gets ready to lead.
 */

import { unlessAborted } from '../../core/abort-listeners.ts';
import { RouterError, abortError, closedError, messageOf } from '../../core/errors.ts';
import type { AbortSignalLike, CloseOptions, DecisionOptions, ModelRouter } from '../../core/types.ts';
import type { ModelChoice } from '../../encoder/model-choice.ts';
import { connectRouter } from '../../rpc/client.ts';
import type { OpenListeners } from '../../rpc/server.ts';
import { holdLock, watchLifeLock, type HeldLock } from '../life.ts';
import { openDesk, type JoinConfig } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { newLineName, openHub, openLine, type Hub, type Welcome } from './hub.ts';
import { shareRouter } from './shared-router.ts';
import { createWait, type Wait } from './wait.ts';

/** A tab that missed a word asks again after it. Between processes words may overtake each other; seldom. */
const ASK_AGAIN_MS = 250;

export interface SeatOptions {
  readonly name: string;
  /** What this tab opens, unless another is set. */
  readonly model: ModelChoice;
  /** How this tab decides. */
  readonly deciding: DecisionOptions;
  /** Opens model and storage, in the tab that leads. */
  readonly open: (model: ModelChoice, listener: OpenListeners) => Promise<ModelRouter>;
  readonly listener: OpenListeners;
  /** Loads what `open` will need and what is no model, in the tab that is next to lead, until it leads. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
}

/** The router of one leader, for as long as it leads. */
export interface Session {
  readonly role: 'leader' | 'follower';
  readonly router: ModelRouter;
  /** Resolves when its leader is gone, or has resigned. */
  readonly ended: Promise<void>;
}

/** One line to a leader, from the question to its end. */
interface Attempt {
  readonly port: BroadcastChannel;
  /** Hangs up. Idempotent. */
  readonly end: () => void;
}

export class Seat {
  readonly #options: SeatOptions;
  readonly #hub: Hub;
  readonly #life: Promise<HeldLock | undefined> = holdLock();
  /** Aborted when this tab leaves. */
  readonly #leaving = new AbortController();
  /** What is open in the tab that leads, as far as this one knows. */
  #model: ModelChoice;
  #wait: Wait<Session> = createWait();
  #attempt: Attempt | undefined;
  /** Whether a request for the leader's lock is under way, or granted. */
  #isCandidate = false;
  #term: Promise<void> | undefined;
  #left: Promise<void> | undefined;

  constructor(options: SeatOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#hub = openHub(options.name);
    this.#hub.listen((message) => {
      if (message.type === 'model-set') this.#model = message.model;
    });
    this.#enter();
  }

  /** The router of the leader there is, or of the next one. After a failure it is tried again. */
  async session(signal?: AbortSignalLike): Promise<Session> {
    if (signal?.aborted) throw abortError(signal);
    if (this.#left) throw closedError();
    if (this.#wait.state === 'failed') {
      this.#wait = createWait();
      this.#enter();
    }
    return unlessAborted(this.#wait.promise, signal);
  }

  /** Leaves the tabs; a leader answers the others, and closes model and storage. Idempotent. */
  leave(options?: CloseOptions): Promise<void> {
    return (this.#left ??= this.#leave(options));
  }

  async #leave(options?: CloseOptions): Promise<void> {
    const { state, promise, reject } = this.#wait;
    if (state === 'waiting') reject(closedError());
    try {
      if (state === 'seated') await (await promise).router.close(options);
    } finally {
      this.#drop();
      this.#leaving.abort();
      await this.#term;
      this.#hub.close();
      (await this.#life)?.release();
    }
  }

  /** Stands for election, and follows whoever leads meanwhile. */
  #enter(): void {
    this.#follow();
    if (this.#isCandidate) return;
    this.#isCandidate = true;
    const { signal } = this.#leaving;
    const { leaderLock, nextLock } = this.#hub;
    const preparing = new AbortController();
    const whenNext = (): Promise<void> =>
      new Promise((resolve) => {
        const elected = navigator.locks.request(leaderLock, { signal }, async () => {
          // Somebody else is next.
          resolve();
          preparing.abort();
          if (this.#left) return;
          this.#term = this.#lead();
          await this.#term;
        });
        // Aborted by leaving; a term that failed has told whoever waited.
        void elected.catch(ignore).finally(() => {
          this.#isCandidate = false;
          resolve();
        });
        void this.#prepare(preparing.signal);
      });
    const refused = (cause: unknown): void => {
      this.#isCandidate = false;
      if (!this.#left) this.#fail(locksDenied(cause));
    };
    void navigator.locks.request(nextLock, { signal }, whenNext).catch(refused);
  }

  /** What goes wrong here goes wrong again, and is told, when this tab leads. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { role } = await this.#wait.promise.catch(() => ({ role: 'none' }));
    if (role === 'follower' && !this.#left) await this.#options.prepare(signal).catch(ignore);
  }

  /** Resolves when this tab leads no more, and model and storage are closed. */
  async #lead(): Promise<void> {
    // The leader before is gone, though its line may not know it yet.
    this.#drop();
    if (this.#wait.state !== 'waiting') this.#wait = createWait();
    const shared = shareRouter((listener) => this.#open(listener));
    const desk = await openDesk(this.#hub, shared, () => this.#fingerprint());
    try {
      const router = await shared.view(this.#options.listener);
      this.#settle({ role: 'leader', router, ended: new Promise(() => undefined) });
      await whenAborted(this.#leaving.signal);
    } catch (error) {
      this.#fail(error);
    } finally {
      await shared.close().catch(ignore);
      desk.close();
    }
  }

  async #open(listener: OpenListeners): Promise<ModelRouter> {
    const router = await this.#options.open(this.#model, listener);
    const setModel: ModelRouter<ModelChoice>['setModel'] = async (model, options) => {
      const receipt = await router.setModel(model, options);
      this.#model = model;
      this.#hub.say({ type: 'model-set', model });
      return receipt;
    };
    return { ...router, setModel };
  }

  #follow(): void {
    const name = newLineName();
    const { port, hangUp } = openLine(name);
    let isOver = false;
    const ask = (): void => {
      // Nobody is to serve a line that nobody watches over.
      void this.#life.then((life) => isOver || this.#hub.say({ type: 'join', line: name, lifeLock: life?.name }));
    };
    const stopListening = this.#hub.listen(({ type }) => {
      if (type === 'leading') ask();
    });
    const timer = setInterval(ask, ASK_AGAIN_MS);
    const stopAsking = (): void => {
      clearInterval(timer);
      stopListening();
    };
    const attempt: Attempt = {
      port,
      end() {
        if (isOver) return;
        isOver = true;
        stopAsking();
        hangUp();
      },
    };
    const onWelcome = ({ data: { type, lifeLock } }: MessageEvent<Welcome>): void => {
      if (type !== 'welcome') return;
      port.removeEventListener('message', onWelcome);
      stopAsking();
      if (lifeLock !== undefined) watchLifeLock(lifeLock, attempt.end);
      void this.#connect(attempt);
    };
    port.addEventListener('message', onWelcome);
    this.#attempt = attempt;
    ask();
  }

  async #connect(attempt: Attempt): Promise<void> {
    const { listener } = this.#options;
    const config: JoinConfig = { fingerprint: this.#fingerprint() };
    const line: { isOpen: boolean; isOver: boolean; tell: () => void } = { isOpen: false, isOver: false, tell: ignore };
    const ended = new Promise<void>((resolve) => {
      line.tell = resolve;
    });
    const onEnd = (): void => {
      line.isOver = true;
      // In this turn, so that whoever asks again finds the next session.
      if (line.isOpen) this.#again(attempt);
      line.tell();
    };
    try {
      const router = await connectRouter(attempt.port, { config, ...listener, onEnd });
      if (line.isOver || this.#attempt !== attempt) return this.#again(attempt);
      line.isOpen = true;
      this.#settle({ role: 'follower', router, ended });
    } catch (error) {
      if (this.#attempt !== attempt) return;
      // A leader that went away has said nothing that counts.
      if (isGone(error)) this.#again(attempt);
      else this.#fail(error);
    }
  }

  /** Of all that makes an answer what it is, but the routes. */
  #fingerprint(): string {
    return fingerprintOf({ ...this.#model, ...this.#options.deciding });
  }

  /** Looks for the next leader, where this attempt has been the latest one. */
  #again(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    this.#drop();
    if (this.#left) return;
    if (this.#wait.state !== 'waiting') this.#wait = createWait();
    this.#follow();
  }

  #drop(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.end();
  }

  #settle(session: Session): void {
    this.#wait.state = 'seated';
    this.#wait.resolve(session);
  }

  /** Whoever waits hears of it. */
  #fail(error: unknown): void {
    this.#drop();
    this.#wait.state = 'failed';
    this.#wait.reject(error);
  }
}

/** Whether an error only says that the leader is gone, or resigns. */
export function isGone(error: unknown): boolean {
  return error instanceof RouterError && (error.code === 'WORKER_LOST' || error.code === 'CLOSED');
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function locksDenied(cause: unknown): RouterError {
  return new RouterError(
    'UNSUPPORTED',
    `Got no Web Lock from the browser (${messageOf(cause)}); allow this site to keep data, or pass storage: 'memory'.`,
    { cause },
  );
}

function ignore(): void {
  // Told elsewhere, or to nobody.
}
