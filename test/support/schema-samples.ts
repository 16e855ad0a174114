/** Values that a JSON schema of the OpenAPI document allows, and values that it does not. */

type Random = () => number;

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const WORDS = [
  'refund',
  'please',
  'open',
  'late',
  'ü',
  '你好',
  '\u{1f642}',
  '\ufdfa',
  'O’Neil',
  '<b>',
  '"',
  '\\',
  '\u0000',
  '\ud800',
];

/** One value that the schema allows; lists and texts are short, now and then as long as may be. */
export function sample(schema: Schema, random: Random): unknown {
  const type = Array.isArray(schema.type) ? (schema.type as readonly string[])[0] : schema.type;
  if (type === 'object') return sampleObject(schema, random);
  if (type === 'array') {
    const { items = {}, minItems = 0 } = schema;
    return Array.from({ length: minItems + Math.floor(random() * 4) }, () => sample(items, random));
  }
  if (type === 'integer') return between(schema, random, Math.floor);
  if (type === 'number') return between(schema, random, (value) => value);
  if (type === 'boolean') return random() < 0.5;
  const words = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(WORDS, random)).join(' ');
  if (random() < 0.01) return 'x'.repeat(schema.maxLength ?? 100);
  // Always with a character that is no blank, for those fields that ask for one.
  return `${pick(['ask', 'order', 'a'], random)} ${words}`.slice(0, schema.maxLength);
}

/** The same value with one thing that the schema does not allow. */
export function spoil(schema: Schema, value: object, random: Random): unknown {
  const names = Object.keys(schema.properties ?? {});
  const name = pick(names, random);
  const property = schema.properties?.[name] ?? {};
  const ways: readonly (() => unknown)[] = [
    () => ({ ...value, [name]: wrongType(property, random) }),
    () => ({ ...value, [`${name}x`]: 1 }),
    () => Object.fromEntries(Object.entries(value).filter(([key]) => key !== schema.required?.[0])),
    () => [value],
    () => null,
    () => ({ ...value, [schema.required?.[0] as string]: property.type === 'array' ? [] : null }),
  ];
  return pick(ways, random)();
}

function sampleObject({ properties = {}, required = [] }: Schema, random: Random): object {
  // Metadata: any JSON.
  if (Object.keys(properties).length === 0) return { queue: pick(WORDS, random), deep: { n: [random(), null, true] } };
  const names = Object.keys(properties).filter((name) => required.includes(name) || random() < 0.5);
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] as Schema, random)]));
}

function between({ minimum = 0, maximum = 10 }: Schema, random: Random, shape: (value: number) => number): number {
  return shape(minimum + random() * (maximum - minimum));
}

function wrongType({ type }: Schema, random: Random): unknown {
  const others: readonly unknown[] = [null, true, 'text', -1e9, {}, [7], [['nested']]];
  const isOfType = (value: unknown): boolean =>
    (type === 'string' && typeof value === 'string') ||
    (type === 'object' && typeof value === 'object' && value !== null && !Array.isArray(value));
  return pick(
    others.filter((value) => !isOfType(value)),
    random,
  );
}

export function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}
