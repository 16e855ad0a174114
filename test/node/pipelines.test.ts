/** The pipelines that bring the release of onnxruntime-node that we use, or none of their own. */

import { describePipeline } from '../support/pipeline-suite.ts';

describePipeline('@huggingface/transformers', 'native');
describePipeline('@xenova/transformers', 'native');
