/** Owns how memory that JavaScript has done with is free at once, and not when garbage is next collected. */

/**
 * What is sent to nobody is freed. (`ArrayBuffer.prototype.transfer`, from Node 21 on, would do it too.)
 * The allocator asks the system for memory anew, page by page, when more than twice the largest block that it was ever
 * given back lies idle: one block that nobody writes to makes that 16 MiB, enough for BLOBs to follow each other in the
 * same place.
 */
const IDLE_BYTES = 2 ** 23;
let nobody: MessagePort | undefined;

/** Frees bytes that have a buffer of their own; they are empty then. Others stay as they are. */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  nobody ??= openToNobody();
  nobody.postMessage(undefined, [buffer]);
}

function openToNobody(): MessagePort {
  const { port1 } = new MessageChannel();
  port1.close();
  port1.postMessage(undefined, [new ArrayBuffer(IDLE_BYTES)]);
  return port1;
}
