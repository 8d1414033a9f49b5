// How fast a run may send: at its own rate, and never faster than an implementation that answers 429 asks for.
import { setTimeout as delay } from 'node:timers/promises';
import type { Sent } from './case.ts';
import type { Reply } from './validate-response.ts';

/** The time, as tests may set it. */
export interface Clock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

export const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms) => delay(Math.max(0, ms)),
};

export interface Pace {
  /** Requests a second; without it, as many as the connections carry. */
  rate?: number;
  clock?: Clock;
  /** Nothing is sent for so many seconds. */
  onWait?(seconds: number): void;
}

/** The implementation turns requests away for longer than anybody would wait. */
export class TurnedAway extends Error {}

/** Sends one request; `onRefusal` is told of each 429 that was answered with patience. Rejects with `TurnedAway` when patience ends. */
export type Send = (sent: Sent, onRefusal?: (reply: Reply) => void) => Promise<Reply>;

/** How often one request is repeated, and how often when no answer says how long to wait. */
const PATIENCE = { told: 20, untold: 6 };
const LONGEST_WAIT_SECONDS = 600;

/** One 429 makes all requests wait, for the limit is the client's and not the request's. */
export function createSender(
  transport: { send(sent: Sent): Promise<Reply> },
  { rate, clock = REAL_CLOCK, onWait }: Pace,
): Send {
  const gapMs = rate === undefined ? 0 : 1000 / rate;
  let lastMs = Number.NEGATIVE_INFINITY;
  let resumeMs = Number.NEGATIVE_INFINITY;

  async function takeTurn(): Promise<void> {
    for (;;) {
      const turnMs = Math.max(lastMs + gapMs, clock.nowMs(), resumeMs);
      lastMs = turnMs;
      const waitMs = turnMs - clock.nowMs();
      if (waitMs > 0) await clock.wait(waitMs);
      // Meanwhile the answer to another request may have asked for more time.
      if (turnMs >= resumeMs) return;
    }
  }

  return async (sent, onRefusal) => {
    for (let refusals = 1; ; refusals++) {
      await takeTurn();
      const reply = await transport.send(sent);
      if (reply.status !== 429) return reply;
      onRefusal?.(reply);
      const asked = readRetryAfter(reply);
      // Longer each time when it does not say.
      const seconds = asked ?? 2 ** (refusals - 1);
      if (refusals > (asked === undefined ? PATIENCE.untold : PATIENCE.told))
        throw new TurnedAway(
          `answers 429 to the same request again and again${asked === undefined ? ', without Retry-After' : ''}`,
        );
      if (seconds > LONGEST_WAIT_SECONDS) throw new TurnedAway(`answers 429 and asks to wait for ${seconds} s`);
      const untilMs = clock.nowMs() + seconds * 1000;
      if (untilMs <= resumeMs) continue;
      resumeMs = untilMs;
      onWait?.(seconds);
    }
  };
}

/** In seconds; RFC 9110, section 10.2.3, allows a date as well. */
function readRetryAfter({ headers }: Reply): number | undefined {
  const text = headers['retry-after'] ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
