// Measures the processor time that a server needs for each of the rejected bodies.
import { Agent } from 'node:http';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { encodeAttack } from '../../support/bodies/body-parts.ts';
import { UNKNOWN_CUSTOMERS } from '../../support/bodies/unknown-customers.ts';
import { DEMO } from '../../support/http/http.ts';
import { MIB } from '../../support/units.ts';
import { median } from '../support/measure.ts';
import { cpuMs, send, type Target } from './hostile-target.ts';

export const ALL_BODIES = { ...ATTACK_BODIES, ...UNKNOWN_CUSTOMERS };

/** Processor time that a rejected body may take, by its size in bytes. */
export const LIMITS = [
  { size: MIB, title: '1 MiB', atMostMs: 15 },
  { size: 32_768, title: '32 KiB', atMostMs: 3 },
];
const ROUNDS = 3;
const WARM_UP_REQUESTS = 10;
const REQUESTS = 15;

export interface Cost {
  body: string;
  size: string;
  /** The median. */
  cpuMs: number;
  /** The mean, which includes the collections of all garbage that few requests have. */
  meanMs: number;
  responseKb: number;
  atMostMs: number;
  /** The number of responses with 503 to a body that should get another one. */
  unserved: number;
}

/** The responses to a body. */
interface Responses {
  /** Processor time of each, without those that warm up. */
  cpuMs: number[];
  /** The size of the last one. */
  bytes: number;
  /** The number of those with 503 to a body that should get another one. */
  unserved: number;
}

const noResponses = (): Responses => ({ cpuMs: [], bytes: 0, unserved: 0 });

/** Measures each body in several rounds, so that a slow moment of the machine is not taken for a costly body. */
export async function measureCosts(target: Target, names: readonly string[]): Promise<Cost[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bodies = LIMITS.flatMap((limit) => names.map((name) => ({ ...limit, name, responses: noResponses() })));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [index, { name, size, responses }] of bodies.entries()) {
      await measureBody(target, agent, name, size, responses);
      process.stderr.write(`${index + 1} of ${bodies.length} bodies, round ${round} of ${ROUNDS}\r`);
    }
  }
  agent.destroy();
  return bodies
    .filter(({ responses: { cpuMs } }) => cpuMs.length > 0)
    .map(({ name, title, atMostMs, responses: { cpuMs, bytes, unserved } }) => ({
      body: name,
      size: title,
      cpuMs: median(cpuMs),
      meanMs: cpuMs.reduce((sum, each) => sum + each) / cpuMs.length,
      responseKb: bytes / 1024,
      atMostMs,
      unserved,
    }));
}

/** Sends a body several times, and adds the responses to these. */
async function measureBody(
  { child, url }: Target,
  agent: Agent,
  name: string,
  size: number,
  responses: Responses,
): Promise<void> {
  const attack = ALL_BODIES[name];
  if (!attack) return;
  const { body, headers: own } = encodeAttack(attack, size);
  const headers = { authorization: DEMO, ...own };
  for (let count = 0; count < WARM_UP_REQUESTS + REQUESTS; count++) {
    const beforeMs = await cpuMs(child);
    const { status, bytes, text } = await send(url, agent, headers, body);
    if (status === 503 && attack.type !== 'Unavailable') {
      responses.unserved++;
      continue;
    }
    if (status >= 500 && status !== 503) throw new Error(`"${name}" got ${status}: ${text}`);
    // The mock knows every customer.
    if (status < 400) return;
    if (count >= WARM_UP_REQUESTS) responses.cpuMs.push((await cpuMs(child)) - beforeMs);
    responses.bytes = bytes;
  }
}
