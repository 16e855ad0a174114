import { loadError } from '../encoder/load-errors.ts';
import type { FetchFile } from '../encoder/download.ts';

/** As many as browsers follow. */
const MAX_REDIRECTS = 20;

/** Follows redirects one by one, so that none leads where it may not go; in Node a redirect that is not followed can be read. */
export const fetchStepwise: FetchFile = async (url, init, check) => {
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) throw loadError(`Got more than ${MAX_REDIRECTS} redirects from ${url}; check it.`);
    at = new URL(location, at);
    check(at);
  }
};
