// Runs rounds of scripts with fast-check. A problem that a script shows is shrunk at once; one that appears only after
// a round is searched script by script.
import * as fc from 'fast-check';
import type { Script } from '../cases/script.ts';
import { script } from '../cases/scripts.ts';
import type { Fuzzer } from './fuzzer.ts';
import type { Played } from './play-script.ts';

/** Something wrong, with the smallest script that shows it. */
export interface Finding {
  subject: string;
  what: readonly string[];
  /** The script; undefined if no single script shows it. */
  script: Script | undefined;
  played: Played | undefined;
  /** The seed, which reproduces the script together with the path. */
  seed: number;
  path: string | undefined;
}

export interface RoundOptions {
  seed: number;
  scripts: number;
  /** fast-check's path to one script of this seed; undefined for all. */
  path?: string | undefined;
  /** The kinds of earlier findings, which are skipped. */
  known: Set<string>;
  /** The time after which no script is begun, on the clock of `performance.now()`. */
  untilMs: number;
  /** Whether enough was sent, so that no further script is begun, except to shrink a finding. */
  isEnough?: () => boolean;
  /** Ends the round: no script is begun, not even to shrink a finding. */
  stop?: AbortSignal;
}

/** How long a finding is shrunk, in milliseconds. */
const SHRINK_MS = 60_000;
/** A long wait for each missing response would leave no time for many smaller scripts. */
const SHRINK_PATIENCE_MS = 1500;

/** Plays a round of scripts. Resolves with the first finding, or nothing. */
export async function playRound(fuzzer: Fuzzer, options: RoundOptions): Promise<Finding | undefined> {
  const found = await search(fuzzer, options, (each) => fuzzer.play(each));
  if (found) return found;
  const later = await fuzzer.settle();
  if (later.every((text) => options.known.has(kindOf(text)))) return undefined;
  for (const text of later) options.known.add(kindOf(text));
  const strictly = async (each: Script) => [...(await fuzzer.play(each)), ...(await fuzzer.settle())];
  const again = await search(
    fuzzer,
    { ...options, known: new Set(), untilMs: performance.now() + SHRINK_MS, isEnough: () => false },
    strictly,
  );
  const { seed } = options;
  return (
    again ?? { subject: fuzzer.subject.name, what: later, script: undefined, played: undefined, seed, path: undefined }
  );
}

async function search(
  fuzzer: Fuzzer,
  { seed, scripts, path, known, untilMs, isEnough = () => false, stop }: RoundOptions,
  play: (script: Script) => Promise<string[]>,
): Promise<Finding | undefined> {
  const { patienceMs } = fuzzer;
  let deadlineMs = untilMs;
  let smallest: Pick<Finding, 'what' | 'played'> | undefined;
  const property = fc.asyncProperty(script, async (each) => {
    if (performance.now() > deadlineMs || stop?.aborted || (!smallest && isEnough())) return;
    const what = await play(each);
    if (what.every((text) => known.has(kindOf(text)))) return;
    if (!smallest) deadlineMs = performance.now() + SHRINK_MS;
    fuzzer.patienceMs = SHRINK_PATIENCE_MS;
    smallest = { what, played: fuzzer.last };
    throw new Error(what.join('\n'));
  });
  const result = await fc.check(property, { seed, numRuns: scripts, ...(path !== undefined && { path }) });
  fuzzer.patienceMs = patienceMs;
  const [counterexample] = result.counterexample ?? [];
  if (!result.failed || !smallest) return undefined;
  for (const text of smallest.what) known.add(kindOf(text));
  return {
    subject: fuzzer.subject.name,
    ...smallest,
    script: counterexample,
    seed,
    path: result.counterexamplePath ?? undefined,
  };
}

/** The kind of a finding, which is the same if only numbers and quoted texts differ. */
function kindOf(text: string): string {
  return text.split('\n')[0]?.replace(/"(?:[^"\\]|\\.)*"|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#') ?? '';
}
