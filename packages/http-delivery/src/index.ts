export { type AnswerContext, answerError, type Meaning } from "./answer-error.ts";
export { type Destination, type DestinationOptions, describeDestination } from "./destination.ts";
export type { Answer } from "./post.ts";
export {
  type Compression,
  createPoster,
  type Poster,
  type PosterOptions,
  type PostRequest,
} from "./poster.ts";
export { customHeaders, headerValue, type ReservedHeader } from "./request-headers.ts";
export { denyPrivateNetworks, headerMap, headerSecret, requestTimeout } from "./request-settings.ts";
