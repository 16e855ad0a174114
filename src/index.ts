/** The platform-free part: everything but the parts that need a runtime. Holds no logic. */

export { RouterError, type RouterErrorCode } from './core/errors.ts';
export { openRouter } from './core/router.ts';
export { createMemoryStorage } from './storage/memory.ts';
export { createOnnxEncoder, type OnnxEncoderOptions } from './encoder/onnx-encoder.ts';
export type { FileLocation, FileSource, ReadFile, ReadOptions, VerifiedFile } from './encoder/model-source.ts';
export type { OnnxRuntime, OnnxSession, OnnxTensor } from './encoder/onnx-session.ts';
export { connectRouter } from './rpc/client.ts';
export type { ConnectOptions } from './rpc/connection.ts';
export { serveRouter, type OpenRequest, type ServeOptions } from './rpc/server.ts';
export type { RouterPort } from './rpc/wire.ts';
export type { MaybePromise, SqlConnection, SqlStatement, SqlValue } from './storage/sql-connection.ts';
export type * from './core/types.ts';
