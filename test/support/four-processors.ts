/** Lets the worker that imports it count four processors, whatever the machine has: threads are measured from three on. */

Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });
