// A client that sends one body as often as it may: `node attacker.ts URL NAME PER_MINUTE`. A process of its own, so
// that sending does not delay the client whose requests are measured. Says when it has begun, and ends when told to.
import { Agent } from 'node:http';
import { constants, setPriority } from 'node:os';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { encodeAttack } from '../../support/bodies/body-parts.ts';
import { UNKNOWN_CUSTOMERS } from '../../support/bodies/unknown-customers.ts';
import { DEMO } from '../../support/http/http.ts';
import { MIB } from '../../support/units.ts';
import { send } from './hostile-target.ts';

export interface AttackResult {
  /** The number of bodies that got 503, or whose connection was closed. */
  unserved: number;
  /** The first response that no such body should get. */
  failure: string | undefined;
}

// It shares a core with the client whose requests are measured, which only the server should delay.
setPriority(constants.priority.PRIORITY_LOW);

const [url = '', name = '', perMinute] = process.argv.slice(2);
const attack = { ...ATTACK_BODIES, ...UNKNOWN_CUSTOMERS }[name];
if (!attack) throw new Error(`There is no body "${name}".`);
const { body, headers } = encodeAttack(attack, MIB);
const agent = new Agent({ keepAlive: true });
const open = new Set<Promise<unknown>>();
const result: AttackResult = { unserved: 0, failure: undefined };

async function sendOne(): Promise<void> {
  try {
    const { status, text } = await send(url, agent, { authorization: DEMO, ...headers }, body);
    // A 503 means that memory ran out while the body waited for its turn.
    if (status === 503) result.unserved++;
    else if (status !== 400 && status !== 413) result.failure ??= `${status}: ${text}`;
  } catch {
    // A server that is out of memory may also close the connection.
    result.unserved++;
  }
}

const timer = setInterval(() => {
  const sent = sendOne().finally(() => open.delete(sent));
  open.add(sent);
}, 60_000 / Number(perMinute));

process.once('message', async () => {
  clearInterval(timer);
  await Promise.all(open);
  agent.destroy();
  process.send?.(result, () => process.exit());
});

await sendOne();
process.send?.('begun');
