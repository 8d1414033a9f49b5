// Passes the examples of both contracts through the conversions of a version module, as they are and with all optional
// properties: the result must have no property that the other version does not declare, and lack none that both have.
import {
  type Header,
  type Parameter,
  type RequestBody,
  type Response,
  resolve,
  type Schema,
} from '../../../openapi/model/contract.ts';
import { exampleOf } from '../../../openapi/model/examples/example-value.ts';
import { readOperationTables } from '../../../openapi/model/operation-tables.ts';
import { findUndeclared } from '../../../openapi/model/versions/declared-places.ts';
import { fillOptional, findLost } from '../../../openapi/model/versions/lost-places.ts';
import type { AnyConversion, AnyRequest, AnyResponse, Pointers } from '../../versions/version-change.ts';
import { bodyOf, examplesOf, PARTS, type Step, schemaOf, type Version } from './check-step.ts';
import { convertRequest, convertResponse } from './convert-message.ts';

export function checkConversions(step: Step): string[] {
  return [...checkRequests(step), ...checkResponses(step)];
}

/** The property of the request that conversions receive, for each part. */
const NAMES = { body: 'body', header: 'headers', path: 'path', query: 'query' } as const;

function checkRequests({ change, id, older, newer }: Step): string[] {
  const { contract, entry } = older;
  const { upgradeRequest, pointers, drops } = change.operations[id] ?? {};
  if (!upgradeRequest) return [];
  const { requestBody } = entry.operation;
  const bodies = examplesOf(requestBody && resolve<RequestBody>(contract, requestBody));
  const schema = schemaOf(older, 'body');
  const samples = bodies.flatMap((body) => [
    { isFilled: false, request: requestOf(older, body, givenExample) },
    {
      isFilled: true,
      request: requestOf(older, fillOptional({ contract, schema }, body, 'readOnly'), (each) => sampleOf(older, each)),
    },
  ]);
  return samples.flatMap(({ request, isFilled }) =>
    attempt(`\`upgradeRequest\` of ${id} failed`, isFilled, () => {
      const upgraded = convertRequest([change], id, request);
      return PARTS.flatMap((part) => {
        const [from, to] = [older, newer].map((each) => ({ contract: each.contract, schema: schemaOf(each, part) }));
        const [sent, converted] = [request[NAMES[part]], upgraded[NAMES[part]]];
        if (!from || !to) return [];
        const lost = findLost(from, to, sent, converted)
          .filter((place) => !movesAway(pointers?.[part], place))
          .map((place) => `/${NAMES[part]}${place}`);
        return [
          ...findUndeclared(to.contract, to.schema, converted).map(
            (place) => `\`upgradeRequest\` of ${id} returns ${part} "${place}", which ${newer.name} does not have.`,
          ),
          ...explainLost(`\`upgradeRequest\` of ${id}`, lost, 'request', drops),
        ];
      });
    }),
  );
}

/** Returns whether the newer request has the value in another place. */
function movesAway(table: Pointers[keyof Pointers], place: string): boolean {
  return Object.values(table ?? {}).some((from) => from !== '' && `${place}/`.startsWith(`${from}/`));
}

function explainLost(
  what: string,
  lost: readonly string[],
  direction: 'request' | 'response',
  drops: AnyConversion['drops'],
): string[] {
  const dropped = drops?.[direction] ?? [];
  return lost
    .filter((place) => !dropped.some((each) => `${place}/`.startsWith(`${each}/`)))
    .map(
      (place) => `${what} loses "${place}", which both versions have. Return it, or list it in \`drops.${direction}\`.`,
    );
}

function requestOf({ entry }: Version, body: unknown, sample: (parameter: Parameter) => unknown): AnyRequest {
  const named = (part: string) =>
    Object.fromEntries(
      entry.parameters
        .filter((each) => each.in === part && each.name !== 'Sequence-Version')
        .flatMap((each): [string, unknown][] => {
          const value = sample(each);
          return value === undefined ? [] : [[each.name, value]];
        }),
    );
  return { path: named('path'), query: named('query'), headers: named('header'), body };
}

function checkResponses({ change, id, older, newer }: Step): string[] {
  const { downgradeResponse: downgrades = {}, drops } = change.operations[id] ?? {};
  const own = readOperationTables(newer.contract).routes.find(({ operationId }) => operationId === id)?.responses ?? {};
  return Object.entries(newer.entry.operation.responses).flatMap(([status, declared]) => {
    const response = resolve<Response>(newer.contract, declared);
    if (!downgrades[Number(status)]) return [];
    const headersOf = (isFilled: boolean) =>
      Object.fromEntries(
        Object.entries(response.headers ?? {}).flatMap(([name, each]): [string, unknown][] => {
          const header = resolve<Header>(newer.contract, each);
          const value = isFilled ? sampleOf(newer, header) : givenExample(header);
          return value !== undefined && (isFilled || header.required) ? [[name, value]] : [];
        }),
      );
    const from = { contract: newer.contract, schema: bodyOf(response) };
    return examplesOf(response)
      .flatMap((body) => [
        { isFilled: false, sent: { status: Number(status), headers: headersOf(false), body } },
        {
          isFilled: true,
          sent: { status: Number(status), headers: headersOf(true), body: fillOptional(from, body, 'writeOnly') },
        },
      ])
      .flatMap(({ isFilled, sent }) =>
        attempt(`\`downgradeResponse\` of ${id} failed for ${status}`, isFilled, () => {
          const downgraded = convertResponse([change], id, sent);
          const match = older.entry.operation.responses[downgraded.status];
          if (!match)
            return [`\`downgradeResponse\` of ${id} returns ${downgraded.status}, which ${older.name} has not.`];
          const target = resolve<Response>(older.contract, match);
          const to = { contract: older.contract, schema: bodyOf(target) };
          const headers = Object.keys(own[status] ?? {}).filter((name) => name in (target.headers ?? {}));
          const lost = [
            ...lostHeaders(headers, sent, downgraded),
            ...findLost(from, to, sent.body, downgraded.body).map((place) => `/body${place}`),
          ];
          return [
            ...findUndeclared(to.contract, to.schema, downgraded.body).map(
              (place) =>
                `\`downgradeResponse\` of ${id} returns "${place}" with ${downgraded.status}, ` +
                `which ${older.name} does not have.`,
            ),
            ...explainLost(`\`downgradeResponse\` of ${id} for ${status}`, lost, 'response', drops),
          ];
        }),
      );
  });
}

function lostHeaders(names: readonly string[], sent: AnyResponse, downgraded: AnyResponse): string[] {
  return names
    .filter((name) => sent.headers?.[name] !== undefined && downgraded.headers?.[name] === undefined)
    .map((name) => `/headers/${name}`);
}

function givenExample({ example, examples, schema }: Pick<Header, 'example' | 'examples' | 'schema'>): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value ?? schema.default ?? schema.enum?.[0];
}

/** Returns an example, or a value that is generated from the schema. */
function sampleOf({ contract }: Version, owner: { schema: Schema } & Parameters<typeof givenExample>[0]): unknown {
  return givenExample(owner) ?? exampleOf(contract, owner.schema);
}

/**
 * Reports a conversion that throws for an example of its contract, because it would throw for requests. A generated
 * value may be invalid, for example because of a pattern, so its errors are ignored.
 */
function attempt(failure: string, isFilled: boolean, convert: () => string[]): string[] {
  try {
    return convert();
  } catch (error) {
    // `convert` prefixes the error of the module with its file.
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return isFilled ? [] : [`${failure}: ${reason}, for an example of the contract.`];
  }
}
