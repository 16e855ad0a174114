/** Owns the router's life on this page: open, fill at the first visit, fail, try again. Shows nothing. */

import {
  RouterError,
  openRouter,
  type BrowserRouterOptions,
  type LoadProgress,
  type Route,
  type RouteSnapshot,
  type Router,
} from 'synaptoroute/browser';

/** What went wrong, for people: a `RouterError`'s code, or `UNEXPECTED`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** How a router is opened. */
export interface EngineChoice {
  /** `kept`: on this device, shared by all tabs. `memory`: of this tab, gone with it. */
  readonly storage: 'kept' | 'memory';
  /** Damaged vectors and those of another model are made anew from their texts. */
  readonly recovery: 'fail' | 'reencode';
  readonly options: Pick<BrowserRouterOptions, 'model' | 'tokenizer' | 'dtype' | 'device' | 'threads' | 'worker'>;
}

/** How the router came up. */
export interface Boot {
  /** From the page's start, or from the choice of another engine, to the router's being ready. */
  readonly elapsedMs: number;
  /** Routes that were there already. */
  readonly routesFound: number;
}

export type EngineState =
  | { readonly phase: 'loading'; readonly progress: LoadProgress | undefined }
  | {
      readonly phase: 'ready';
      readonly router: Router;
      readonly routes: readonly RouteSnapshot[];
      readonly choice: EngineChoice;
      readonly boot: Boot;
    }
  | { readonly phase: 'failed'; readonly failure: Failure };

export interface Engine {
  /** Opens a router, in place of the one before, with the last choice changed as given. */
  readonly start: (change?: Partial<EngineChoice>) => Promise<void>;
  /** Gives the router up, after an error that it cannot come back from. */
  readonly fail: (error: unknown) => void;
  readonly choice: () => EngineChoice;
}

export const STORAGE_NAME = 'playground';
/** Set once routes were filled in, so that whoever removes them all finds none the next time. */
const FILLED_KEY = 'synaptoroute-playground-filled';

export function createEngine(routes: readonly Route[], onChange: (state: EngineState) => void): Engine {
  let attempt = 0;
  let choice: EngineChoice = { storage: 'kept', recovery: 'fail', options: {} };
  let current: Router | undefined;

  async function start(change: Partial<EngineChoice> = {}): Promise<void> {
    const own = ++attempt;
    const startedAt = own === 1 ? 0 : performance.now();
    choice = { ...choice, ...change };
    const tell = (state: EngineState): void => {
      if (own === attempt) onChange(state);
    };
    tell({ phase: 'loading', progress: undefined });
    try {
      // A router that is lost cannot close, and need not.
      await current?.close().catch(() => undefined);
      current = undefined;
      const router = await openRouter(toOptions(choice, (progress) => tell({ phase: 'loading', progress })));
      if (own !== attempt) return await router.close();
      current = router;
      const found = await router.routes();
      const filled = isToBeFilled(found, choice) ? await fill(router, routes) : found;
      const boot = { elapsedMs: performance.now() - startedAt, routesFound: found.length };
      tell({ phase: 'ready', router, routes: filled, choice, boot });
    } catch (error) {
      tell({ phase: 'failed', failure: toFailure(error) });
    }
  }

  function fail(error: unknown): void {
    attempt += 1;
    onChange({ phase: 'failed', failure: toFailure(error) });
  }

  return { start, fail, choice: () => choice };
}

function toOptions(
  { storage, recovery, options }: EngineChoice,
  onProgress: (progress: LoadProgress) => void,
): BrowserRouterOptions {
  return {
    ...options,
    // What is not secure can keep nothing; the page says so where it says what is saved.
    storage: storage === 'kept' && isSecureContext ? { name: STORAGE_NAME } : 'memory',
    onMismatch: recovery,
    onCorrupt: recovery,
    onProgress,
  };
}

export function toFailure(error: unknown): Failure {
  if (error instanceof RouterError) return { code: error.code, message: error.message };
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

/** Whether the router that threw it will answer no more calls. */
export function isFatal(error: unknown): boolean {
  return error instanceof RouterError && (error.code === 'WORKER_LOST' || error.code === 'CLOSED');
}

function isToBeFilled(found: readonly RouteSnapshot[], { storage }: EngineChoice): boolean {
  return found.length === 0 && (storage === 'memory' || localStorage.getItem(FILLED_KEY) === null);
}

async function fill(router: Router, routes: readonly Route[]): Promise<readonly RouteSnapshot[]> {
  // All at once: they keep their order, and share encoder runs.
  const added = await Promise.allSettled(routes.map((route) => router.addRoute(route)));
  // Another tab may have been first.
  const failed = added.find((result) => result.status === 'rejected' && !isTaken(result.reason));
  if (failed?.status === 'rejected') {
    await router.close();
    throw failed.reason;
  }
  localStorage.setItem(FILLED_KEY, 'true');
  return router.routes();
}

function isTaken(error: unknown): boolean {
  return error instanceof RouterError && error.code === 'INVALID_ROUTE';
}
