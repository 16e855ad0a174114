/** Starts the playground. */

import { startPlayground } from './playground.ts';

startPlayground();
