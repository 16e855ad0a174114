/** Takes from the worker that imports it what starts a worker in a worker, as some browsers do; it has processors enough. */

Reflect.deleteProperty(globalThis, 'Worker');
// Of another count than elsewhere, for which nothing is remembered.
Object.defineProperty(navigator, 'hardwareConcurrency', { value: 3 });
