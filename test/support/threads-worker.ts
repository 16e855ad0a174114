/** A worker that may have more threads on any machine. */

import './four-processors.ts';
import '../../src/browser/webgpu-worker.ts';
