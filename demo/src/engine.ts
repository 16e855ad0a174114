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
  /** What routes in memory begin with. Default: those of the first visit. */
  readonly fillWith?: readonly Route[] | undefined;
  readonly options: Pick<BrowserRouterOptions, 'model' | 'tokenizer' | 'dtype' | 'device' | 'threads' | 'worker'>;
}

/** How the router came up. */
export interface Boot {
  /** From the page's start, or from the choice of another engine, to the router's being ready. */
  readonly elapsedMs: number;
  readonly isPageStart: boolean;
  /** Routes that were there already. */
  readonly routesFound: number;
  /** The model's files: how many bytes, and from the first to the last. Absent: another tab has loaded them. */
  readonly loaded?: { readonly bytes: number; readonly elapsedMs: number };
}

export type EngineState =
  | { readonly phase: 'loading'; readonly progress: LoadProgress | undefined }
  | {
      readonly phase: 'ready';
      readonly router: Router;
      readonly routes: readonly RouteSnapshot[];
    }
  | { readonly phase: 'failed'; readonly failure: Failure; readonly choice: EngineChoice };

export interface Engine {
  /** Opens a router, in place of the one before, with the last choice changed as given. */
  readonly start: (change?: Partial<EngineChoice>) => Promise<void>;
  /** Gives the router up, after an error that it cannot come back from. */
  readonly fail: (error: unknown) => void;
  readonly choice: () => EngineChoice;
  /** Whether routes outlive the tab. */
  readonly isKept: () => boolean;
  /** Of the router in force. */
  readonly boot: () => Boot | undefined;
}

export const STORAGE_NAME = 'playground';
/** Set once routes were filled in, so that whoever removes them all finds none the next time. */
const FILLED_KEY = 'synaptoroute-playground-filled';

export function createEngine(firstRoutes: readonly Route[], onChange: (state: EngineState) => void): Engine {
  let attempt = 0;
  let choice: EngineChoice = { storage: 'kept', recovery: 'fail', options: {} };
  let current: Router | undefined;
  let boot: Boot | undefined;

  async function start(change: Partial<EngineChoice> = {}): Promise<void> {
    const own = ++attempt;
    const isPageStart = own === 1;
    const startedAt = isPageStart ? 0 : performance.now();
    choice = { ...choice, ...change };
    boot = undefined;
    const load = createLoadWatch();
    const tell = (state: EngineState): void => {
      if (own === attempt) onChange(state);
    };
    tell({ phase: 'loading', progress: undefined });
    try {
      // A router that is lost cannot close, and need not.
      await current?.close().catch(() => undefined);
      current = undefined;
      const router = await openRouter(
        toOptions(choice, (progress) => {
          load.watch(progress);
          // A tab that takes over from another loads the model while its router is open.
          if (boot) boot = { ...boot, ...load.loaded() };
          else tell({ phase: 'loading', progress });
        }),
      );
      if (own !== attempt) return await router.close();
      current = router;
      const found = await router.routes();
      const routes = isToBeFilled(found, choice) ? await fill(router, choice.fillWith ?? firstRoutes) : found;
      boot = { elapsedMs: performance.now() - startedAt, isPageStart, routesFound: found.length, ...load.loaded() };
      tell({ phase: 'ready', router, routes });
    } catch (error) {
      tell({ phase: 'failed', failure: toFailure(error), choice });
    }
  }

  function fail(error: unknown): void {
    attempt += 1;
    boot = undefined;
    onChange({ phase: 'failed', failure: toFailure(error), choice });
  }

  return { start, fail, choice: () => choice, isKept: () => isKept(choice), boot: () => boot };
}

function createLoadWatch(): {
  readonly watch: (progress: LoadProgress) => void;
  readonly loaded: () => Pick<Boot, 'loaded'>;
} {
  let first: number | undefined;
  let last: { readonly bytes: number; readonly elapsedMs: number } | undefined;
  return {
    watch({ loadedBytes }) {
      const now = performance.now();
      first ??= now;
      last = { bytes: loadedBytes, elapsedMs: now - first };
    },
    loaded: () => (last ? { loaded: last } : {}),
  };
}

/** What is not secure can keep nothing; the page says so where it says what is saved. */
function isKept({ storage }: EngineChoice): boolean {
  return storage === 'kept' && isSecureContext;
}

function toOptions(choice: EngineChoice, onProgress: (progress: LoadProgress) => void): BrowserRouterOptions {
  const { recovery, options } = choice;
  return {
    ...options,
    storage: isKept(choice) ? { name: STORAGE_NAME } : 'memory',
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
