/** The platform-free part: everything but the parts that need a runtime. Holds no logic. */

export { formatEvaluation } from './core/evaluation-table.ts';
export { RouterError, type RouterErrorCode } from './core/errors.ts';
export { openRouter } from './core/router.ts';
export { readRouterFile } from './core/read-router-file.ts';
export { parseRoutes } from './core/parse-routes.ts';
export { createMemoryStorage } from './storage/memory.ts';
export { createSqlStorage, type SqlStorageOptions } from './storage/sql-storage.ts';
export { createOnnxEncoder, type OnnxEncoder, type OnnxEncoderOptions } from './encoder/onnx-encoder.ts';
export type { Accelerator, OtherDevice, Verdict, VerdictStore } from './encoder/accelerator.ts';
export type { FragileRunner } from './encoder/fragile-runner.ts';
export type { DownloadPolicy } from './encoder/download.ts';
export {
  createFunctionEncoder,
  type EncodeCall,
  type FunctionEncoderOptions,
  type RetryPolicy,
  type Vectors,
} from './encoder/function-encoder.ts';
export {
  createPipelineEncoder,
  type FeatureExtractionPipeline,
  type PipelineEncoderOptions,
} from './encoder/pipeline-encoder.ts';
export type { LayoutOptions } from './encoder/hub-layout.ts';
export type { Prefixes } from './encoder/prefixes.ts';
export type { Dtype, HubModel, ModelChoice } from './encoder/model-choice.ts';
export type { FileLocation, FileSource, ReadFile, ReadOptions, VerifiedFile } from './encoder/model-source.ts';
export type { OnnxRuntime, OnnxSession, OnnxTensor, RunnerStatus, TokenRunner } from './encoder/onnx-session.ts';
export type { Pooling } from './encoder/pooling.ts';
export { connectRouter } from './rpc/client.ts';
export type { ConnectOptions } from './rpc/connection.ts';
export { serveRouter, type OpenRequest, type ServeOptions } from './rpc/server.ts';
export type { RouterPort } from './rpc/wire.ts';
export type { MaybePromise, SqlConnection, SqlStatement, SqlValue } from './storage/sql-connection.ts';
export type * from './core/types.ts';
