/** Owns looking again and again at what changes behind the page's back, while it is seen. */

/** Another tab may have taken over or closed; a device is measured in the background, for some seconds. */
const REFRESH_MS = 1500;

export interface Refresher {
  readonly setVisible: (isVisible: boolean) => void;
  readonly isVisible: () => boolean;
}

export function createRefresher(refresh: () => void): Refresher {
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    setVisible(isVisible) {
      clearInterval(timer);
      timer = isVisible ? setInterval(refresh, REFRESH_MS) : undefined;
    },
    isVisible: () => timer !== undefined,
  };
}
