/** The HTTP API over any router: one web-standard fetch handler and its OpenAPI document. */

export { createHandler, type Handler, type HandlerOptions } from './handler.ts';
export type { HttpLimits } from './limits.ts';
export { createOpenApi } from './openapi.ts';
export type { RouteAnswer } from './answer.ts';
export type { ApiErrorCode, HttpErrorCode } from './refusal.ts';
