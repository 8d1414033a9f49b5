// One plain request for each operation, in front of all others: is there any point in a run?
import type { Subject } from './case.ts';
import { USER_VARIABLE } from './curl.ts';
import type { Plan } from './request-builder.ts';
import { type Send, TurnedAway } from './sender.ts';
import { explainNoAnswer } from './transport.ts';
import { errorOf, parse } from './validate-case.ts';
import type { Reply } from './validate-response.ts';

/** Why there is no point in starting; undefined if there is. */
export async function findHindrance(subject: Subject, plans: Iterable<Plan>, send: Send): Promise<string | undefined> {
  try {
    for (const plan of plans) {
      const hindrance = readHindrance(subject, plan, await send(plan.build()));
      if (hindrance !== undefined) return hindrance;
    }
    return undefined;
  } catch (error) {
    if (error instanceof TurnedAway) return `the implementation ${error.message}. Try again later.`;
    return `there is no answer from ${subject.url} (${explainNoAnswer(error)}). Is it running?`;
  }
}

function readHindrance({ clientId, url }: Subject, { entry }: Plan, reply: Reply): string | undefined {
  const { status, headers } = reply;
  const { type, message } = errorOf(parse(reply)) ?? {};
  const asked = `${entry.method.toUpperCase()} ${url}${entry.path}`;
  if (status === 401 || status === 403)
    return `the credentials of client ${clientId} were refused with ${status}. Give others with --user id:secret, or in ${USER_VARIABLE}.`;
  if (status >= 300 && status < 400)
    return `${asked} is answered with ${status} and leads to ${headers.location ?? 'nowhere'}. Give the base URL that is meant.`;
  // An ID that the contract shows need not exist.
  if (status === 404 && !entry.path.includes('{'))
    return `${asked} is not there (404). Is ${url} the base URL of the API?`;
  if (type === 'UnknownCustomers')
    return `the implementation does not know the customers: ${message} Give ones that exist with --owner and --member.`;
  if (status >= 502 && status <= 504) return `the implementation is not available (${status}). Try again later.`;
  return undefined;
}
