/**
 * This tab's place among the tabs of one name. A Web Lock elects the leader, so its end is learnt from the lock, whatever it
 * died of. A second lock says which follower is next, and that one alone gets ready to lead.
 */

import { unlessAborted } from '../../core/abort-listeners.ts';
import { abortError, closedError } from '../../core/errors.ts';
import type { AbortSignalLike, CloseOptions, ModelRouter } from '../../core/types.ts';
import type { ModelChoice } from '../../encoder/model-choice.ts';
import { connectRouter } from '../../rpc/client.ts';
import type { OpenListeners } from '../../rpc/server.ts';
import { holdLock, watchLifeLock, type HeldLock } from '../life.ts';
import { openAttempt, type Attempt } from './attempt.ts';
import { openDesk, type JoinConfig } from './desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import { openHub, type Hub } from './hub.ts';
import { clearedData, isGone, locksDenied, silentLeader } from './leader-errors.ts';
import { shareRouter } from './shared-router.ts';
import type { SeatOptions, Session } from './session.ts';
import { createWait, type Wait } from './wait.ts';

/** The end of a leader may cost one or two. */
const MOST_VAIN_LINES = 20;

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
  /** Lines in turn that ended before they were open. */
  #vainLines = 0;
  /** Calls under way. */
  #waiting = 0;
  /** Steals the leader's lock; of the tab that is next. */
  #depose: (() => void) | undefined;
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
    return this.during(unlessAborted(this.#wait.promise, signal));
  }

  /** Leaves the tabs; a leader answers the others, and closes model and storage. Idempotent. */
  leave(options?: CloseOptions): Promise<void> {
    return (this.#left ??= this.#leave(options));
  }

  async #leave(options?: CloseOptions): Promise<void> {
    const { state, promise, reject } = this.#wait;
    if (state === 'waiting') reject(closedError());
    try {
      if (state === 'seated') await this.during((await promise).router.close(options));
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
    this.#stand();
  }

  #stand(): void {
    if (this.#isCandidate) return;
    this.#isCandidate = true;
    const refused = (cause: unknown): void => {
      this.#isCandidate = false;
      if (!this.#left) this.#fail(locksDenied(cause));
    };
    const { signal } = this.#leaving;
    void navigator.locks.request(this.#hub.nextLock, { signal }, () => this.#standNext()).catch(refused);
  }

  /** Resolves when somebody else is next. */
  #standNext(): Promise<void> {
    const preparing = new AbortController();
    const queue = new AbortController();
    this.#leaving.signal.addEventListener('abort', () => queue.abort());
    return new Promise((resolve) => {
      const stand = (options: LockOptions): void => {
        const resigning = new AbortController();
        let term: Promise<void> | undefined;
        const elected = async (): Promise<void> => {
          resolve();
          preparing.abort();
          this.#depose = undefined;
          if (this.#left) return;
          this.#term = term = this.#lead(resigning, options.steal === true);
          await term;
          this.#isCandidate = resigning.signal.aborted;
          if (!this.#isCandidate || this.#left) return;
          this.#follow();
          // A later tab leads by another lock of this name: nobody is to be elected by this one.
          await whenAborted(this.#leaving.signal);
        };
        const lost = async (): Promise<void> => {
          resigning.abort();
          await term;
          resolve();
          // Not where this tab waited in vain, to leave or to steal the lock.
          if (!term || this.#left) return;
          this.#isCandidate = false;
          this.#stand();
        };
        void navigator.locks.request(this.#hub.leaderLock, options, elected).catch(lost);
      };
      stand({ signal: queue.signal });
      void this.#prepare(preparing.signal);
      void this.#options.canTakeOver().then((can) => {
        if (!can || preparing.signal.aborted) return undefined;
        // The tab that was next before may have deposed the silent one just now.
        this.#attempt?.forgive();
        return (this.#depose = () => {
          this.#depose = undefined;
          queue.abort();
          stand({ steal: true });
        });
      }, ignore);
    });
  }

  /** What goes wrong here goes wrong again, and is told, when this tab leads. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { role } = await this.#wait.promise.catch(() => ({ role: 'none' }));
    if (role === 'follower' && !this.#left) await this.#options.prepare(signal).catch(ignore);
  }

  /** Resolves when this tab leads no more, and model and storage are closed. */
  async #lead(resigning: AbortController, deposes: boolean): Promise<void> {
    // The leader before is gone, though its line may not know it yet.
    this.#drop();
    if (this.#wait.state !== 'waiting') this.#wait = createWait();
    const { signal } = resigning;
    const shared = shareRouter((listener) => this.#open(listener));
    const desk = await openDesk(this.#hub, shared, { fingerprint: () => this.#fingerprint(), resigning, deposes });
    const ended = whenAborted(signal);
    try {
      const router = await Promise.race([shared.view(this.#options.listener), ended]);
      if (router) this.#settle({ role: 'leader', router, ended, isDeposed: () => signal.aborted });
      await Promise.race([whenAborted(this.#leaving.signal), ended]);
    } catch (error) {
      this.#fail(error);
    } finally {
      if (signal.aborted) {
        // Whoever leads now waits for the storage.
        desk.close();
        if (this.#wait.state === 'seated') this.#wait = createWait();
      }
      await shared.close(signal.aborted ? 'reject' : 'drain').catch(ignore);
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

  /** Has the leader watched for as long as a caller waits. */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#attempt?.watch();
    try {
      return await promise;
    } finally {
      this.#waiting--;
    }
  }

  #follow(): void {
    this.#attempt = openAttempt({
      hub: this.#hub,
      life: this.#life.then((life) => life?.name),
      isWaiting: () => this.#waiting > 0,
      canDepose: () => this.#depose !== undefined && !this.#left,
      onWelcome: (attempt, leaderLife) => {
        if (leaderLife !== undefined) watchLifeLock(leaderLife, attempt.end);
        void this.#connect(attempt);
      },
      onSilence: (attempt) => {
        if (this.#attempt !== attempt) return;
        if (this.#depose && !this.#left) return this.#depose();
        attempt.failure = silentLeader();
        if (this.#wait.state !== 'waiting') this.#wait = createWait();
        this.#fail(attempt.failure);
      },
    });
  }

  async #connect(attempt: Attempt): Promise<void> {
    const { listener } = this.#options;
    const config: JoinConfig = { fingerprint: this.#fingerprint() };
    const line = { isOpen: false, isOver: false };
    const end = createWait<void>();
    const onEnd = (): void => {
      line.isOver = true;
      // In this turn, so that whoever asks again finds the next session.
      if (line.isOpen) this.#again(attempt);
      if (attempt.failure) end.reject(attempt.failure);
      else end.resolve();
    };
    try {
      const router = await connectRouter(attempt.port, { config, ...listener, onEnd });
      if (line.isOver || this.#attempt !== attempt) return this.#again(attempt);
      line.isOpen = true;
      this.#settle({ role: 'follower', router, ended: end.promise });
    } catch (error) {
      if (this.#attempt !== attempt) return;
      // A leader that went away has said nothing that counts.
      if (!isGone(error)) this.#fail(error);
      else if (++this.#vainLines > MOST_VAIN_LINES) this.#fail(clearedData());
      else this.#again(attempt);
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
    this.#vainLines = 0;
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

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function ignore(): void {
  // Told elsewhere, or to nobody.
}
