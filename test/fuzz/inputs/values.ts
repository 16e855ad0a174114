/** Values that no caller should pass, drawn from a seed: primitives, traps, getters, proxies, holes, lengths, cycles, odd texts. */

export type Random = () => number;
export type Draw = <T>(items: readonly T[]) => T;

export function createDraw(random: Random): Draw {
  return <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
}

function trap(): never {
  throw new TypeError('a trap threw');
}

function revokedOf(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const TRAPS: readonly (keyof ProxyHandler<object>)[] = [
  'get',
  'has',
  'ownKeys',
  'getPrototypeOf',
  'getOwnPropertyDescriptor',
];

/** Kinds of text that cost more than their length says, or that a line, a file or an encoding cannot hold. */
export const TEXTS: readonly string[] = ['a', ' ', '\0', '\ud800', '\ufdfa', '🙂', 'word ', 'e\u0301', '9'];

const PRIMITIVES: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -0,
  -1,
  0.5,
  2 ** 53,
  NaN,
  Infinity,
  1n,
  '',
  ' ',
  'billing',
  '__proto__',
  'a\0b',
  '\ud800',
  '\u2028\n',
];

const OBJECTS: readonly ((draw: Draw) => unknown)[] = [
  () => Symbol('s'),
  () => () => 1,
  () => trap,
  () => new Date(NaN),
  () => new Map([['text', 1]]),
  () => /x/,
  () => new Uint8Array(3),
  () => new Float32Array(64),
  () => Promise.resolve(1),
  () => Object.create(null) as unknown,
  () => ({ toString: trap, valueOf: trap }),
  () => ({ [Symbol.toPrimitive]: trap }),
  () => ({ [Symbol.iterator]: trap, length: 1, 0: 'text' }),
  () => Object.defineProperty({}, Symbol.toStringTag, { get: trap }),
  () => ({ [Symbol.toStringTag]: 'Uint8Array', length: 2 ** 32 }),
  () => revokedOf({}),
  () => revokedOf([]),
  () => revokedOf(() => 1),
  (draw) => new Proxy({}, { [draw(TRAPS)]: trap }),
  (draw) => new Proxy([], { [draw(TRAPS)]: trap }),
  (draw) => new Proxy(['text'], { get: (list, key) => (key === 'length' ? draw(PRIMITIVES) : Reflect.get(list, key)) }),
  () => new Proxy(['text'], { get: (list, key) => (key === 'length' ? 2 ** 32 - 1 : Reflect.get(list, key)) }),
  () =>
    new Proxy(
      {},
      {
        get() {
          throw revokedOf({});
        },
      },
    ),
  () => Array(3),
  () => Array(2 ** 32 - 1),
  () => Object.assign(Array(4), { 0: 'text', 3: 'text' }),
  (draw) => [draw(PRIMITIVES)],
  (draw) => [[draw(PRIMITIVES)], 'text'],
  (draw) => draw(TEXTS).repeat(10_001),
  () => {
    const cycle: Record<string, unknown> = { name: 'cycle', utterances: ['x'] };
    cycle['metadata'] = cycle;
    return cycle;
  },
  () => Array.from({ length: 60 }).reduce<unknown>((inner) => ({ inner }), 1),
  () => JSON.parse('{"__proto__":{"polluted":true},"name":"a","utterances":["x"]}') as unknown,
];

export function hostile(draw: Draw, random: Random): unknown {
  return random() < 0.35 ? draw(PRIMITIVES) : draw(OBJECTS)(draw);
}

/** A copy of a good value with one thing in it, or all of it, replaced by a hostile one, or read by a getter that throws. */
export function spoil(good: unknown, draw: Draw, random: Random): unknown {
  const isPlain = typeof good === 'object' && good !== null && Object.getPrototypeOf(good) === Object.prototype;
  if (random() < 0.3 || !(isPlain || Array.isArray(good))) {
    return random() < 0.15 && isPlain ? new Proxy(good, { [draw(TRAPS)]: trap }) : hostile(draw, random);
  }
  const copy: object = Array.isArray(good) ? [...(good as readonly unknown[])] : { ...good };
  const keys = Object.keys(copy);
  if (keys.length === 0) return hostile(draw, random);
  const key = draw(keys);
  if (random() < 0.15) return Object.defineProperty(copy, key, { get: trap, enumerable: true });
  return Object.assign(copy, { [key]: spoil((good as Record<string, unknown>)[key], draw, random) });
}
