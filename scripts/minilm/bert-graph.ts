// Owns the ONNX graph of a BERT encoder, from its weights as PyTorch names and lays them: token ids in, the last hidden
// states out, as exports in the Hugging Face layout have it.
import { GraphBuilder } from '../model/graph-builder.ts';
import { encodeOnnx, type ValueDescription } from '../model/onnx-writer.ts';
import type { Weights } from './safetensors.ts';

/** What is read of a BERT model's config.json. */
export interface BertConfig {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly num_hidden_layers: number;
  readonly layer_norm_eps: number;
  readonly max_position_embeddings: number;
}

export function buildBert(config: BertConfig, weights: Weights): Uint8Array {
  const bert = new BertBuilder(config, weights);
  let states = bert.embed();
  for (let layer = 0; layer < config.num_hidden_layers; layer++) states = bert.layer(`encoder.layer.${layer}`, states);
  bert.graph.node('Identity', [states], {}, 'last_hidden_state');
  return encodeOnnx({
    name: 'bert',
    producer: 'synaptoroute tests',
    nodes: bert.graph.nodes,
    initializers: bert.graph.initializers,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(describeIds),
    outputs: [{ name: 'last_hidden_state', type: 'float32', shape: ['batch', 'sequence', config.hidden_size] }],
    operatorSets: { '': 17 },
  });
}

function describeIds(name: string): ValueDescription {
  return { name, type: 'int64', shape: ['batch', 'sequence'] };
}

class BertBuilder {
  readonly graph: GraphBuilder = new GraphBuilder();
  readonly #config: BertConfig;
  readonly #weights: Weights;
  readonly #heads: string;
  readonly #joined: string;
  readonly #maskBias: string;

  constructor(config: BertConfig, weights: Weights) {
    this.#config = config;
    this.#weights = weights;
    const { graph } = this;
    const { hidden_size: hidden, num_attention_heads: heads } = config;
    this.#heads = graph.integers('heads', [0, 0, heads, hidden / heads]);
    this.#joined = graph.integers('joined', [0, 0, hidden]);
    graph.float('one', 1);
    graph.float('half', 0.5);
    graph.float('sqrt2', Math.SQRT2);
    graph.float('scale', 1 / Math.sqrt(hidden / heads));
    // 0 for a token, a number that softmax makes 0 for padding; [batch, 1, 1, sequence].
    const mask = graph.node('Cast', ['attention_mask'], { to: 1 });
    const padding = graph.node('Sub', ['one', mask]);
    const bias = graph.node('Mul', [padding, graph.float('never', -3e38)]);
    this.#maskBias = graph.node('Unsqueeze', [bias, graph.integers('head axes', [1, 2])]);
  }

  embed(): string {
    const { graph } = this;
    const words = graph.node('Gather', [this.#tensor('embeddings.word_embeddings.weight'), 'input_ids']);
    const shape = graph.node('Shape', ['input_ids']);
    const length = graph.node('Slice', [shape, graph.integers('from', [1]), graph.integers('to', [2])]);
    const positions = graph.node('Slice', [
      this.#tensor('embeddings.position_embeddings.weight'),
      graph.integers('start', [0]),
      length,
      graph.integers('rows', [0]),
    ]);
    const types = graph.node('Gather', [this.#tensor('embeddings.token_type_embeddings.weight'), 'token_type_ids']);
    const sum = graph.node('Add', [graph.node('Add', [words, positions]), types]);
    return this.#normalise('embeddings.LayerNorm', sum);
  }

  layer(name: string, states: string): string {
    const { graph } = this;
    const attended = this.#attend(`${name}.attention.self`, states);
    const projected = this.#dense(`${name}.attention.output.dense`, attended);
    const middle = this.#normalise(`${name}.attention.output.LayerNorm`, graph.node('Add', [projected, states]));
    const wide = this.#gelu(this.#dense(`${name}.intermediate.dense`, middle));
    const narrow = this.#dense(`${name}.output.dense`, wide);
    return this.#normalise(`${name}.output.LayerNorm`, graph.node('Add', [narrow, middle]));
  }

  #attend(name: string, states: string): string {
    const { graph } = this;
    const head = (part: string, perm: readonly number[]): string =>
      graph.node('Transpose', [graph.node('Reshape', [this.#dense(`${name}.${part}`, states), this.#heads])], { perm });
    const query = graph.node('Mul', [head('query', [0, 2, 1, 3]), 'scale']);
    const scores = graph.node('MatMul', [query, head('key', [0, 2, 3, 1])]);
    const weights = graph.node('Softmax', [graph.node('Add', [scores, this.#maskBias])], { axis: -1 });
    const mixed = graph.node('MatMul', [weights, head('value', [0, 2, 1, 3])]);
    return graph.node('Reshape', [graph.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), this.#joined]);
  }

  #gelu(x: string): string {
    const { graph } = this;
    const erf = graph.node('Add', [graph.node('Erf', [graph.node('Div', [x, 'sqrt2'])]), 'one']);
    return graph.node('Mul', [graph.node('Mul', [x, erf]), 'half']);
  }

  #dense(name: string, x: string): string {
    const { shape, values } = this.#weights.get(`${name}.weight`);
    const [rows, columns] = shape as readonly [number, number];
    // PyTorch has [out, in], MatMul wants [in, out].
    const turned = new Float32Array(values.length);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        turned[column * rows + row] = values[row * columns + column] as number;
      }
    }
    const product = this.graph.node('MatMul', [x, this.graph.floats(`${name}.weight`, [columns, rows], turned)]);
    return this.graph.node('Add', [product, this.#tensor(`${name}.bias`)]);
  }

  #normalise(name: string, x: string): string {
    return this.graph.node('LayerNormalization', [x, this.#tensor(`${name}.weight`), this.#tensor(`${name}.bias`)], {
      axis: -1,
      epsilon: { float: this.#config.layer_norm_eps },
    });
  }

  #tensor(name: string): string {
    const { shape, values } = this.#weights.get(name);
    return this.graph.floats(name, shape, values);
  }
}
