// Reaches what express-openapi-validator has compiled for an operation, so that not each request pays for the way there.
import { createRequire } from 'node:module';
import type { NextFunction, Request, Response } from 'express';
import { JSON_TYPE } from './response.ts';

/** What the validator holds a request and its answer against. */
export interface Compiled {
  /** Whether `judgeRequest` is sure to let the request through. If not, only that one knows. */
  isPlainlyRight(request: Request): boolean;
  /** Calls `next`, or throws the validator's error. */
  judgeRequest(request: Request, response: Response, next: NextFunction): void;
  /** Throws the validator's error. */
  judgeAnswer(request: Request, response: Response, body: unknown): void;
}

type JudgeRequest = Compiled['judgeRequest'];

/** A function that ajv has compiled. `_discriminator` is the validator's mark for a body that it holds against other schemas instead. */
interface Validate {
  (data: object): boolean;
  schema: { properties?: { body?: { _discriminator?: unknown } } };
}

/** What the validator holds a request against: path, query and headers against one schema, the body against the other. */
interface RequestValidators {
  judge: JudgeRequest;
  general: Validate | undefined;
  body: Validate | undefined;
}

/** By status and media type. */
type AnswerValidators = Record<string, Record<string, (data: { response: unknown }) => boolean>>;

interface RequestValidator {
  ajv: { getSchema(key: string): Validate | undefined };
  ajvBody: { getSchema(key: string): Validate | undefined };
  validate(request: Request, response: Response, next: NextFunction): unknown;
  buildMiddleware(path: unknown, schema: unknown, contentType: unknown, key: string): JudgeRequest;
}

interface ResponseValidator {
  _getOrBuildValidator(request: Request, responses: unknown): AnswerValidators;
  _validate(judged: {
    validators: AnswerValidators;
    body: unknown;
    statusCode: number;
    path: string;
    accepts: string[];
  }): void;
}

const requests = new WeakMap<Request, RequestValidators>();
const answers = new WeakMap<Request, { validator: ResponseValidator; validators: AnswerValidators }>();

/**
 * What was compiled while this request went through the validator, if it was the first of its operation and media type. `watchCompiled` has to be called
 * before.
 */
export function compiledWith(request: Request): Compiled | undefined {
  const [forRequests, forAnswers] = [requests.get(request), answers.get(request)];
  if (!forRequests || !forAnswers) return undefined;
  const { judge, general, body } = forRequests;
  const { validator, validators } = forAnswers;
  return {
    isPlainlyRight: ({ originalUrl, headers, params, body: sent }) => {
      // All that it does besides is for queries, for which it takes each URL apart three times, and for discriminators.
      if (!general || !body || body.schema.properties?.body?._discriminator || originalUrl.includes('?')) return false;
      const data = { query: {}, headers, params, cookies: undefined, body: sent };
      return general(data) && body(data);
    },
    judgeRequest: judge,
    judgeAnswer({ originalUrl }, response, body) {
      const { statusCode } = response;
      const byType = validators[statusCode];
      // What passes here would pass there. All else is for the validator to judge, and to put into words.
      if (byType && body !== null && body !== undefined && onlyOf(byType)?.({ response: body })) return;
      validator._validate({ validators, body, statusCode, path: originalUrl, accepts: [JSON_TYPE] });
    },
  };
}

/**
 * From now on the validator's two classes tell what they compile. It keeps that to itself, so this reads what is private in version 5.6.2. Should another
 * version have it elsewhere, nothing is found out, and each request goes the whole way.
 */
export function watchCompiled(): void {
  const require = createRequire(import.meta.url);
  const load = (file: string, name: string) =>
    prototypeIn(require, `express-openapi-validator/dist/middlewares/${file}`, name);
  watchRequests(load('openapi.request.validator.js', 'RequestValidator'));
  watchAnswers(load('openapi.response.validator.js', 'ResponseValidator'));
}

const watched = new WeakSet<object>();

function watchRequests(prototype: Partial<RequestValidator> | undefined): void {
  const { validate, buildMiddleware } = prototype ?? {};
  if (!prototype || !validate || !buildMiddleware || watched.has(prototype)) return;
  watched.add(prototype);
  let built: RequestValidators | undefined;
  prototype.buildMiddleware = function (this: RequestValidator, path, schema, contentType, key) {
    const judge = buildMiddleware.call(this, path, schema, contentType, key);
    built = { judge, general: this.ajv?.getSchema(key), body: this.ajvBody?.getSchema(key) };
    return judge;
  };
  prototype.validate = function (request, response, next) {
    built = undefined;
    const result = validate.call(this, request, response, next);
    if (built) requests.set(request, built);
    return result;
  };
}

function watchAnswers(prototype: Partial<ResponseValidator> | undefined): void {
  const { _getOrBuildValidator: getOrBuild, _validate } = prototype ?? {};
  if (!prototype || !getOrBuild || !_validate || watched.has(prototype)) return;
  watched.add(prototype);
  prototype._getOrBuildValidator = function (this: ResponseValidator, request, responses) {
    const validators = getOrBuild.call(this, request, responses);
    answers.set(request, { validator: this, validators });
    return validators;
  };
}

function prototypeIn(require: NodeJS.Require, file: string, name: string): object | undefined {
  try {
    return require(file)[name]?.prototype;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(MODULE_NOT_FOUND|ERR_PACKAGE_PATH)/.test(String(error.code)))
      return undefined;
    throw error;
  }
}

/** Of several media types the validator has to find out which one it is. */
function onlyOf<T>(record: Record<string, T>): T | undefined {
  let only: T | undefined;
  for (const key in record) {
    if (only !== undefined) return undefined;
    only = record[key];
  }
  return only;
}
