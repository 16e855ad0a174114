// Owns the ONNX protobuf encoding of one graph: nodes, initialisers, inputs, outputs. It knows the wire format and
// the field numbers of onnx.proto3, and nothing about the model or about quantisation.

/** Element types of onnx.proto3's `TensorProto.DataType` that the model uses. */
export const ELEMENT_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT_TYPE;

/** A constant of the graph; `bytes` are little-endian and row-major, as `TensorProto.raw_data` wants them. */
export interface Tensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export interface GraphNode {
  readonly operator: string;
  /** Empty for the ONNX standard operators, `com.microsoft` for ONNX Runtime's own. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph input or output; a string dimension is symbolic. */
export interface ValueDescription {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly producer: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** Operator set versions by domain. */
  readonly operatorSets: Readonly<Record<string, number>>;
}

// IR version 8 came with ONNX 1.10 and is the least that operator set 17 is used with; every runtime of today reads it.
const IR_VERSION = 8;
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;

const utf8 = new TextEncoder();

/** One protobuf message under construction: a list of chunks, joined once at the end. */
class Message {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.length;
  }

  #tag(field: number, wire: number): void {
    this.#append(varint(field * 8 + wire));
  }

  int(field: number, value: number): this {
    this.#tag(field, WIRE_VARINT);
    this.#append(varint(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, WIRE_FIXED32);
    this.#append(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, WIRE_BYTES);
    this.#append(varint(value.length));
    this.#append(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }
}

// Negative int64 values take ten bytes in two's complement, hence BigInt for those alone.
function varint(value: number): Uint8Array {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().string(1, name);
  switch (attribute.kind) {
    case 'float':
      message.float(2, attribute.value);
      break;
    case 'int':
      message.int(3, attribute.value);
      break;
    case 'ints':
      for (const value of attribute.value) message.int(8, value);
      break;
  }
  return message.int(20, ATTRIBUTE_TYPE[attribute.kind]);
}

function nodeMessage(node: GraphNode, index: number): Message {
  const message = new Message();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(3, `${node.operator}_${index}`).string(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes))
    message.message(5, attributeMessage(name, attribute));
  if (node.domain !== '') message.string(7, node.domain);
  return message;
}

function tensorMessage(name: string, tensor: Tensor): Message {
  const message = new Message();
  for (const dimension of tensor.shape) message.int(1, dimension);
  return message.int(2, ELEMENT_TYPE[tensor.type]).string(8, name).bytes(9, tensor.bytes);
}

function valueMessage(value: ValueDescription): Message {
  const shape = new Message();
  for (const dimension of value.shape) {
    const one = new Message();
    shape.message(1, typeof dimension === 'number' ? one.int(1, dimension) : one.string(2, dimension));
  }
  const tensorType = new Message().int(1, ELEMENT_TYPE[value.type]).message(2, shape);
  return new Message().string(1, value.name).message(2, new Message().message(1, tensorType));
}

/** Encodes a graph as an ONNX `ModelProto`; equal graphs give equal bytes. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const body = new Message();
  graph.nodes.forEach((node, index) => body.message(1, nodeMessage(node, index)));
  body.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) body.message(5, tensorMessage(name, tensor));
  for (const input of graph.inputs) body.message(11, valueMessage(input));
  for (const output of graph.outputs) body.message(12, valueMessage(output));
  const model = new Message().int(1, IR_VERSION).string(2, graph.producer).message(7, body);
  for (const [domain, version] of Object.entries(graph.operatorSets)) {
    model.message(8, new Message().string(1, domain).int(2, version));
  }
  return model.finish();
}
