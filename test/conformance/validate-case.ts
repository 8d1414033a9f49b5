// Holds the answer to a derived case against what the case expects. What holds for any answer is the judge's part.
import { type Contract, responsesOf } from '../../openapi/model/contract.ts';
import { type Case, FAULTS, type Place, type Subject } from './case.ts';
import type { Plan } from './request-builder.ts';
import { VERSION } from './schema.ts';
import { judgeMeaning, type Memory } from './semantics.ts';
import type { Finding, Reply } from './validate-response.ts';

/** The status that declares an error type, and where. */
export interface TypePlace {
  status: number;
  pointer: string;
}

/** Every error type that an operation, or a request that reaches none, is declared to answer. */
export function errorTypesOf(contract: Contract, plan: Plan): Map<string, TypePlace> {
  const inside = responsesOf(contract, plan.entry.operation).map((each) => ({
    ...each,
    base: `${plan.pointer}/responses`,
  }));
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    status: Number(status),
    response,
    base: '/x-fallback-responses',
  }));
  return new Map(
    [...inside, ...fallbacks]
      .filter(({ status }) => status >= 400)
      .flatMap(({ status, response, base }) =>
        Object.values(response.content ?? {}).flatMap(({ examples = {} }) =>
          // The generator has checked that every example of an error is named after its type.
          Object.keys(examples).map((type): [string, TypePlace] => [type, { status, pointer: `${base}/${status}` }]),
        ),
      ),
  );
}

/** What is wrong with the answer to this case, besides what the judge finds. */
export function judgeCase(plan: Plan, each: Case, reply: Reply, memory: Memory): Finding[] {
  const body = parse(reply);
  return [
    ...judgeOutcome(plan, each, reply, body),
    ...judgeVersion(plan, each, reply),
    ...judgeSecrecy(plan.subject, plan, reply),
    ...judgeRequestId(reply, memory),
    // What should have been refused has no right answer.
    ...(each.expected.kind === 'accepted' && reply.status >= 200 && reply.status < 300
      ? judgeMeaning(plan.operationId, each.value, body, {
          replayed: isReplay(reply),
          mock: plan.subject.mock === true,
          memory,
        })
      : []),
  ];
}

function isReplay(reply: Reply): boolean {
  return reply.headers['idempotency-replayed'] === 'true';
}

function judgeOutcome(plan: Plan, each: Case, reply: Reply, body: unknown): Finding[] {
  const { expected, rule, pointer } = each;
  const finding = (message: string, contractPointer = pointer): Finding => ({ rule, message, contractPointer });
  const said = describeReply(reply, body);
  if (expected.kind === 'accepted') {
    // Whether a resource with a made-up ID exists is not for the contract to say.
    const lookedFor = reply.status === 404 && plan.entry.path.includes('{') && '404' in plan.entry.operation.responses;
    if (lookedFor) return [];
    if (reply.status < 200 || reply.status > 299)
      return [finding(`It should be accepted, but was answered with ${said}.`)];
    if (expected.replayed && !isReplay(reply))
      return [finding('The repeated request has to be answered with Idempotency-Replayed: true.')];
    return [];
  }
  const type = FAULTS[expected.fault];
  const declared = errorTypesOf(plan.contract, plan).get(type);
  if (!declared) throw new Error(`The contract declares no error ${type}, so no case should expect one.`);
  if (reply.status !== declared.status)
    return [finding(`It should be refused with ${declared.status} ${type}, but was answered with ${said}.`)];
  if (each.request.method === 'HEAD') return [];
  if (errorOf(body)?.type !== type)
    return [finding(`It should be refused as ${type}, but was answered with ${said}.`, declared.pointer)];
  if (expected.fault === 'method') return judgeAllow(plan, reply);
  return judgePlaces(expected.places, body, finding);
}

function judgePlaces(places: Place[], body: unknown, finding: (message: string) => Finding): Finding[] {
  if (places.length === 0) return [];
  const details: unknown = errorOf(body)?.details;
  const named = (Array.isArray(details) ? details : []).map(({ in: part, pointer }) => `${part} ${pointer}`);
  const wanted = places.map((place) => `${place.in} ${place.pointer}`);
  const missing = wanted.filter((place) => !named.includes(place));
  const surplus = named.filter((place) => !wanted.includes(place));
  const shown = (list: string[]) => list.map((each) => JSON.stringify(each)).join(', ');
  return [
    ...(missing.length > 0
      ? [finding(`error.details does not name ${shown(missing)}; it names ${shown(named) || 'nothing'}.`)]
      : []),
    ...(surplus.length > 0 ? [finding(`error.details names ${shown(surplus)}, where nothing is wrong.`)] : []),
  ];
}

/** RFC 9110, section 10.2.1: exactly the methods that the path has. */
function judgeAllow({ contract, entry }: Plan, reply: Reply): Finding[] {
  const declared = Object.keys(contract.paths[entry.path] ?? {})
    .filter((key) => /^(get|put|post|delete|options|head|patch|trace)$/.test(key))
    .map((method) => method.toUpperCase());
  const allowed = (reply.headers.allow ?? '').split(',').map((each) => each.trim());
  const same = declared.length === allowed.length && declared.every((each) => allowed.includes(each));
  if (same) return [];
  return [
    {
      rule: 'method',
      message: `The Allow header says ${JSON.stringify(reply.headers.allow)}, but the path has ${declared.join(', ')}.`,
      contractPointer: '/x-fallback-responses/405/headers/Allow',
    },
  ];
}

/** A version that was asked for, and exists, is the one that answers. */
function judgeVersion({ parameters, reader }: Plan, { request }: Case, reply: Reply): Finding[] {
  return parameters
    .filter(({ schema, parameter }) => parameter.in === 'header' && schema.references.includes(VERSION))
    .flatMap(({ parameter: { name }, pointer, schema }) => {
      const asked = request.headers[name.toLowerCase()];
      const exists = reader.faultsIn(schema, asked).length === 0;
      const got = reply.headers[name.toLowerCase()];
      if (!exists || got === undefined || asked === got) return [];
      return [
        { rule: 'version', message: `Version ${asked} was asked for, but ${got} answered.`, contractPointer: pointer },
      ];
    });
}

const INSIDE = /\bat \S+ \(?\S+:\d+:\d+\)?|node_modules|Traceback|SQLITE_|SQLSTATE|\.(java|py|go|rb|ts|js):\d+/;

function judgeSecrecy({ secret }: Subject, { authorization }: Plan, { text, headers }: Reply): Finding[] {
  const all = `${text}\n${Object.values(headers).join('\n')}`;
  const shown = [
    ...(INSIDE.test(all) ? ['shows the inside of the service'] : []),
    // A short secret may be an ordinary word.
    ...(all.includes(authorization.slice('Basic '.length)) || (secret.length > 12 && all.includes(secret))
      ? ['repeats the credentials']
      : []),
  ];
  return shown.map((what) => ({
    rule: 'secrecy',
    message: `The answer ${what}.`,
    contractPointer: '/info/description',
  }));
}

function judgeRequestId(reply: Reply, memory: Memory): Finding[] {
  const id = reply.headers['x-request-id'];
  if (id === undefined) return [];
  const known = memory.requestIds.has(id);
  memory.requestIds.add(id);
  if (!known) return [];
  return [
    {
      rule: 'request id',
      message: `Two answers have the X-Request-Id ${id}.`,
      contractPointer: '/components/headers/RequestId',
    },
  ];
}

interface ErrorPart {
  type?: unknown;
  message?: unknown;
  details?: unknown;
}

export function errorOf(body: unknown): ErrorPart | undefined {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null ? error : undefined;
}

export function parse({ text }: Reply): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The judge says what is wrong with it.
  }
}

function describeReply({ status }: Reply, body: unknown): string {
  const error = errorOf(body);
  return error ? `${status} ${String(error.type)}: ${String(error.message).slice(0, 200)}` : String(status);
}
