// The guard's short way gives the verdict of the validator's whole one, on requests and on answers.
import { Socket } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { createGuards, type Guard } from '../../server/edge/guard.ts';
import { deriveCases } from '../conformance/derive.ts';
import { createPlans } from '../conformance/plan.ts';
import { PATH } from '../support/http.ts';
import { entry } from '../support/operation.ts';
import { CORPUS } from '../support/parity-corpus.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

// An import of node:http would be another module than the one whose classes Express extends.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const VALID = { ownerId: OWNER, memberIds: [] };

interface Asked {
  name: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

let short: Guard;
let whole: Guard;
beforeAll(async () => {
  short = (await createGuards(contract, { validateContract: false }))(entry);
  whole = (await createGuards(contract, { validateContract: false, shortcut: false }))(entry);
});

/** What becomes of a request, and of an answer to it: the name and the words of a refusal, or what is sent. */
function judge(
  guard: Guard,
  asked: Omit<Asked, 'name'>,
  answer = { status: 201, body: {} as unknown },
): Promise<string> {
  return new Promise((settle) => {
    const app = express().enable('strict routing').enable('case sensitive routing');
    // What the guard hooks into, and calls when it lets an answer through.
    app.response.json = function () {
      settle('sent');
      return this;
    };
    app.use(async (request: Request, response: Response, next: NextFunction) => {
      request.body = asked.body;
      await guard(request, response, next);
      response.status(answer.status).type('json').json(answer.body);
    });
    app.use((error: Error & { status?: number; errors?: unknown }, _: Request, __: Response, ___: NextFunction) =>
      settle(`${error.name} ${error.status} ${error.message} ${JSON.stringify(error.errors)}`),
    );
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', ...asked });
    app(request as Request, new ServerResponse(request) as Response); // Express gives both their missing methods.
  });
}

function parse(body: unknown): unknown {
  if (!(typeof body === 'string' || body instanceof Buffer)) return body;
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}

const derived = deriveCases(
  createPlans(contract, { url: '', clientId: 'key', secret: 'secret', owner: OWNER, members: [] }),
).map(({ name, request }) => ({
  name,
  url: `/api${request.path}`,
  headers: request.headers,
  body: parse(request.body),
}));
const corpus = CORPUS.map(({ name, sent }) => ({
  name,
  url: sent.path ?? PATH,
  // Node joins what comes twice with a comma, but for few headers.
  headers: Object.fromEntries(
    Object.entries({ 'content-type': 'application/json', ...sent.headers }).map(([key, value]) => [key, String(value)]),
  ),
  body: parse(sent.body),
}));
// The short way is for the paths that Express has found to be the operation's.
const requests = [...derived, ...corpus].filter(({ url }) => /^\/api\/customer-organizations(\?|$)/.test(url));

describe('the short way through the guard', () => {
  it('is the one that a plain request goes', async () => {
    // Only the whole way takes turns of its own.
    const takesTurns = (guard: Guard) =>
      new Promise<boolean>((settle) => {
        const app = express().use((request, response) => {
          request.body = VALID;
          settle(guard(request, response, () => undefined) instanceof Promise);
        });
        const headers = { 'content-type': 'application/json' };
        const request = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', url: PATH, headers });
        app(request as Request, new ServerResponse(request) as Response); // Express gives both their missing methods.
      });

    expect([await takesTurns(short), await takesTurns(whole)]).toEqual([false, true]);
  });

  it('goes past the validator where that has nothing to do, and only there', async () => {
    // The validator looks up what it has found out about the operation.
    const asksTheValidator = (url: string, body: unknown) =>
      new Promise<boolean>((settle) => {
        const app = express().use((request, response) => {
          request.body = body;
          try {
            short(request, response, () => undefined);
          } catch {
            // Its verdict is the business of other tests.
          }
          settle('openapi' in request);
        });
        const headers = { 'content-type': 'application/json' };
        const request = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', url, headers });
        app(request as Request, new ServerResponse(request) as Response); // Express gives both their missing methods.
      });

    expect(await asksTheValidator(PATH, VALID)).toBe(false);
    expect(await asksTheValidator(PATH, {})).toBe(true);
    expect(await asksTheValidator(`${PATH}?`, VALID)).toBe(true);
  });

  it('leaves bodies with a discriminator to the validator, which holds them against other schemas', async () => {
    const discriminated = structuredClone(contract);
    const one = (kind: string) => ({
      type: 'object',
      required: ['kind'],
      properties: { kind: { type: 'string' }, [kind]: { type: 'string' } },
    });
    Object.assign(discriminated.components.schemas, { Cat: one('meow'), Dog: one('bark') });
    Object.assign(discriminated.paths['/customer-organizations']?.post ?? {}, {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              oneOf: ['Cat', 'Dog'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
              discriminator: { propertyName: 'kind' },
            },
            examples: { cat: { value: { kind: 'Cat', meow: 'loud' } } },
          },
        },
      },
    });
    const guards = await Promise.all(
      [true, false].map((shortcut) => createGuards(discriminated, { validateContract: false, shortcut })),
    );

    for (const body of [{ kind: 'Cat' }, { kind: 'Cat', meow: 1 }, { kind: 'Cow' }, {}]) {
      const asked = { url: PATH, headers: { 'content-type': 'application/json' }, body };
      const [left, right] = await Promise.all(guards.map((each) => judge(each(entry), asked)));
      expect(left).toBe(right);
    }
  });

  it('gives the same verdict on every derived request and on the corpus of server and mock', async () => {
    const differences: object[] = [];
    const verdicts = new Set<string>();

    for (const asked of requests) {
      // As in the edge: a media type that it refuses comes no further, and the others come without parameters.
      const type = asked.headers['content-type']?.split(';')[0]?.toLowerCase().trim();
      const headers = { ...asked.headers, ...(type !== undefined && { 'content-type': type }) };
      const [left, right] = [
        await judge(short, { ...asked, headers: { ...headers } }),
        await judge(whole, { ...asked, headers: { ...headers } }),
      ];
      verdicts.add(right.split(' ')[0] ?? '');
      if (left !== right) differences.push({ request: asked.name, short: left, whole: right });
    }

    expect(differences).toEqual([]);
    expect(requests.length).toBeGreaterThan(150);
    // Refused, and let through to an answer that is none.
    expect(verdicts).toContain('Bad');
    expect(verdicts).toContain('Internal');
  });

  it.each([
    ['as the contract has it', { status: 201, body: { id: OWNER, owner: { id: OWNER, name: 'Owner' }, members: [] } }],
    ['without members', { status: 201, body: { id: OWNER, owner: { id: OWNER, name: 'Owner' } } }],
    ['with an ID that is none', { status: 201, body: { id: '1', owner: { id: OWNER, name: 'Owner' }, members: [] } }],
    ['with a status that is not declared', { status: 202, body: {} }],
    ['with an error of another status', { status: 409, body: { error: { type: 'Unauthorized', message: 'No.' } } }],
    ['without a body', { status: 400, body: null }],
  ])('gives the same verdict on an answer %s', async (kind, answer) => {
    const asked = { url: PATH, headers: { 'content-type': 'application/json' }, body: VALID };

    const [left, right] = [await judge(short, asked, answer), await judge(whole, asked, answer)];

    expect(left).toBe(right);
    expect(left === 'sent').toBe(kind === 'as the contract has it');
  });

  it('keeps no request that is over', async () => {
    // In a process of its own: what others leave behind would be weighed too.
    const { stdout, stderr } = await runNode(['--expose-gc', 'test/edge/guard-weight.ts'], { cwd: ROOT });

    const { requests, bytes, kept } = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(kept).toBeLessThan((requests * bytes) / 20);
  });
});
