import { loadError } from './load-errors.ts';

/** Throws `MODEL_LOAD_FAILED` for an ONNX file that was cut: the fields of a protobuf message end where it ends. */
export function checkWhole(onnx: Uint8Array, name: string): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = onnx[at++] ?? 0;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < onnx.length) {
    const wireType = varint() & 7;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) {
      // Not `at += varint()`, which adds to what `at` was before.
      const byteLength = varint();
      at += byteLength;
    } else if (wireType === 5) at += 4;
    else break;
  }
  if (at !== onnx.length || at === 0) throw loadError(`Got ${name}, which is no whole ONNX file; get it again.`);
}
