/** The service worker: keeps the page, its scripts and the embedded model, so that all of it opens without a network. */

/** What is used of a service worker's own types, which the page's library does not have. */
interface Worker extends EventTarget {
  readonly registration: { readonly scope: string };
}
interface LastingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends LastingEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Precache {
  /** Another with every build. */
  readonly version: string;
  /** Relative to the page; `./` is the page. */
  readonly files: readonly string[];
}

// The build writes the list in place of these words.
const { version, files } = JSON.parse('__PRECACHE__') as Precache;
const PREFIX = 'playground-shell-';
const CACHE = PREFIX + version;

const worker = self as unknown as Worker;
const { scope } = worker.registration;
const kept = new Set(files.map((file) => new URL(file, scope).href));

worker.addEventListener('install', (event) => {
  (event as LastingEvent).waitUntil(keepAll());
});
// A new build takes over when the last tab of the old one is closed: a page and its parts are of one build.
worker.addEventListener('activate', (event) => {
  (event as LastingEvent).waitUntil(forgetOthers());
});
worker.addEventListener('fetch', (event) => {
  const { request } = event as FetchEvent;
  const url = new URL(request.url);
  url.hash = '';
  url.search = '';
  const key = request.mode === 'navigate' && isPage(url) ? scope : url.href;
  if (request.method === 'GET' && kept.has(key)) (event as FetchEvent).respondWith(answer(key, request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Files whose names carry no hash are asked for anew.
  await cache.addAll([...kept].map((url) => new Request(url, url === scope ? { cache: 'reload' } : {})));
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(key: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(key)) ?? fetch(request);
}

function isPage({ href }: URL): boolean {
  return href === scope || href === `${scope}index.html`;
}
