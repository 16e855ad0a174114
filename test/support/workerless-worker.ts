/** A worker that can start no workers. */

import './no-workers.ts';
import '../../src/browser/webgpu-worker.ts';
