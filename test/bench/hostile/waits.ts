// Measures how much longer a client waits while another sends an expensive body as often as it may.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_CUSTOMERS } from '../../../server/demo/demo.ts';
import { pin } from '../support/measure.ts';
import type { AttackResult } from './attacker.ts';
import { send, type Target } from './hostile-target.ts';

/** The number of requests that a client may send per minute by default. */
export const PER_MINUTE = 1500;
const ROUNDS = 3;
const SECONDS = 20;

/**
 * Starts a process that sends this body as often as one client may, until it is stopped. Resolves, when it has begun,
 * with a function that stops it, and resolves with the number of bodies not served.
 */
async function startAttack(url: string, name: string): Promise<() => Promise<number>> {
  const attacker = fork(ATTACKER, [url, name, String(PER_MINUTE)]);
  pin(attacker.pid, 1);
  const fail = once(attacker, 'exit').then(([code]): never => {
    throw new Error(`The attack ended with ${code}.`);
  });
  const reply = () => Promise.race([once(attacker, 'message'), fail]);
  await reply();
  return async () => {
    const replied = reply();
    attacker.send('stop');
    const [result] = await replied;
    const { unserved, failure }: AttackResult = result;
    if (failure) throw new Error(`The attack got ${failure}`);
    return unserved;
  };
}

const ATTACKER = new URL('./attacker.ts', import.meta.url);

const [OWNER, ...MEMBERS] = SAMPLE_CUSTOMERS.map(({ id }) => id);

/** The slowest hundredth of another client's requests. */
export interface Wait {
  /** The body of the attack. */
  body: string;
  aloneMs: number;
  attackedMs: number;
  /** Bodies of the attack that got 503, or whose connection was closed. */
  unserved: number;
  /** Requests of the other client that got 503, or whose connection was closed. There should be none. */
  othersUnserved: number;
}

/**
 * Measures the requests of a client that sends one after the other, at times that do not depend on the attack. Requests
 * that were not served are counted.
 */
async function observe(url: string, authorization: string): Promise<{ took: number[]; othersUnserved: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  let othersUnserved = 0;
  const body = JSON.stringify({ ownerId: OWNER, memberIds: MEMBERS });
  const endMs = performance.now() + SECONDS * 1000;
  while (performance.now() < endMs) {
    try {
      const { status, tookMs, text } = await send(url, agent, { authorization }, body);
      if (status !== 201) throw new Error(`${status}: ${text}`);
      took.push(tookMs);
    } catch (error) {
      othersUnserved++;
      process.stderr.write(`\nThe other client got ${error instanceof Error ? error.message : error}\n`);
    }
    // The average rate is a little below the limit.
    await sleep(Math.random() * 2 * (65_000 / PER_MINUTE));
  }
  agent.destroy();
  return { took, othersUnserved };
}

const p99 = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

export async function measureWait({ url }: Target, authorization: string, body: string): Promise<Wait> {
  const [alone, attacked]: [number[], number[]] = [[], []];
  let [unserved, othersUnserved] = [0, 0];
  await observe(url, authorization);
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await observe(url, authorization);
    alone.push(...before.took);
    const stop = await startAttack(url, body);
    const observed = await observe(url, authorization);
    attacked.push(...observed.took);
    othersUnserved += before.othersUnserved + observed.othersUnserved;
    unserved += await stop();
    process.stderr.write(`round ${round} of ${ROUNDS} beside the attack\r`);
  }
  return { body, aloneMs: p99(alone), attackedMs: p99(attacked), unserved, othersUnserved };
}
