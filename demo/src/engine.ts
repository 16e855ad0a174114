/** Owns the router's life on this page: open, fill with routes, fail, try again. Shows nothing. */

import {
  RouterError,
  openRouter,
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

export type EngineState =
  | { readonly phase: 'loading'; readonly progress: LoadProgress | undefined }
  | { readonly phase: 'ready'; readonly router: Router; readonly routes: readonly RouteSnapshot[] }
  | { readonly phase: 'failed'; readonly failure: Failure };

export interface Engine {
  /** Opens a router, in place of the one before. */
  readonly start: () => Promise<void>;
  /** Gives the router up, after an error that it cannot come back from. */
  readonly fail: (error: unknown) => void;
}

export function createEngine(routes: readonly Route[], onChange: (state: EngineState) => void): Engine {
  let attempt = 0;

  async function start(): Promise<void> {
    const own = ++attempt;
    const tell = (state: EngineState): void => {
      if (own === attempt) onChange(state);
    };
    tell({ phase: 'loading', progress: undefined });
    try {
      const router = await openRouter({ onProgress: (progress) => tell({ phase: 'loading', progress }) });
      tell({ phase: 'ready', router, routes: await fill(router, routes) });
    } catch (error) {
      tell({ phase: 'failed', failure: toFailure(error) });
    }
  }

  function fail(error: unknown): void {
    attempt += 1;
    onChange({ phase: 'failed', failure: toFailure(error) });
  }

  return { start, fail };
}

export function toFailure(error: unknown): Failure {
  if (error instanceof RouterError) return { code: error.code, message: error.message };
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}

/** Whether the router that threw it will answer no more calls. */
export function isFatal(error: unknown): boolean {
  return error instanceof RouterError && (error.code === 'WORKER_LOST' || error.code === 'CLOSED');
}

async function fill(router: Router, routes: readonly Route[]): Promise<readonly RouteSnapshot[]> {
  try {
    // All at once: they keep their order, and share encoder runs.
    await Promise.all(routes.map((route) => router.addRoute(route)));
    return await router.routes();
  } catch (error) {
    await router.close();
    throw error;
  }
}
