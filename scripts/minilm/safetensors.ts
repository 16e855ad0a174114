// Owns reading float32 tensors from a .safetensors file: a length, a JSON header, then the bytes.

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Weights {
  /** Throws for a name that the file does not have. */
  get(name: string): WeightTensor;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}

export function readSafetensors(file: Uint8Array): Weights {
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  const start = 8 + headerLength;
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<string, Entry>;
  return {
    get(name) {
      const entry = header[name];
      if (entry?.dtype !== 'F32') throw new Error(`Expected float32 weights named ${name}, got ${entry?.dtype}.`);
      const [from, to] = entry.data_offsets;
      // A copy: the values need not begin at a multiple of four.
      const bytes = Uint8Array.from(file.subarray(start + from, start + to));
      return { shape: entry.shape, values: new Float32Array(bytes.buffer) };
    },
  };
}
