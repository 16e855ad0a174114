// Owns collecting the nodes and constants of one ONNX graph under fresh names. It knows nothing about the model.
import type { Attribute, ElementType, GraphNode, Tensor } from './onnx-writer.ts';

type AttributeValue = number | readonly number[] | { readonly float: number };
type Attributes = Readonly<Record<string, AttributeValue>>;

const BYTES_PER_ELEMENT: Readonly<Record<ElementType, number>> = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8 };

/** Wraps typed-array values as a graph constant; the number of values must fit the shape. */
export function tensorOf(type: ElementType, shape: readonly number[], values: ArrayBufferView): Tensor {
  const expected = shape.reduce((product, dimension) => product * dimension, 1) * BYTES_PER_ELEMENT[type];
  if (values.byteLength !== expected) {
    throw new Error(
      `Expected a ${type} constant of shape [${shape.join(', ')}] to hold ${expected} bytes, got ${values.byteLength}.`,
    );
  }
  return { type, shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function attributeOf(value: AttributeValue): Attribute {
  if (typeof value === 'number') return { kind: 'int', value };
  if ('float' in value) return { kind: 'float', value: value.float };
  return { kind: 'ints', value };
}

/** A graph under construction; values are named by strings. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly initializers: Map<string, Tensor> = new Map();

  constant(name: string, type: ElementType, shape: readonly number[], values: ArrayBufferView): string {
    if (this.initializers.has(name)) throw new Error(`Expected constant names to be unique, got \`${name}\` twice.`);
    this.initializers.set(name, tensorOf(type, shape, values));
    return name;
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    return this.constant(name, 'float32', shape, values);
  }

  float(name: string, value: number): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  integers(name: string, values: readonly number[]): string {
    return this.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a node whose outputs get the given names; `operator` is `Name` or `domain:Name`. */
  nodeWithOutputs(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Attributes = {},
  ): void {
    const colon = operator.lastIndexOf(':');
    const encoded = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)]));
    this.nodes.push({
      operator: operator.slice(colon + 1),
      domain: operator.slice(0, Math.max(colon, 0)),
      inputs,
      outputs,
      attributes: encoded,
    });
  }

  /** Adds a node with one output, named `output` or freshly, and returns that name. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    output = `value${this.nodes.length}`,
  ): string {
    this.nodeWithOutputs(operator, inputs, [output], attributes);
    return output;
  }
}
