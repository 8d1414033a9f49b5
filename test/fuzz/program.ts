// The fuzz command: starts its targets, runs rounds until the time is over, reports, and returns the exit code.
import { CommanderError } from 'commander';
import { describeFinding } from './run/describe-finding.ts';
import { Fuzzer } from './run/fuzzer.ts';
import type { Address } from './run/play-script.ts';
import { type Finding, playRound } from './run/rounds.ts';
import { startMock, startServer, useUrl } from './run/subjects.ts';
import { EXIT, type Output, readSettings, type Settings } from './settings.ts';

/** The number of scripts between two checks of log, store and memory. */
const ROUND = 100;
/** The number of findings after which a run ends. */
const FINDINGS_LIMIT = 10;
const PROGRESS_MS = 10_000;

/** `argv` holds the arguments after the program name; `stop` ends the run early. Resolves with the exit code. */
export async function run(
  argv: readonly string[],
  output: Output,
  stop: AbortSignal = new AbortController().signal,
): Promise<number> {
  try {
    return await carryOut(readSettings(argv, output), output, stop);
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.notRun;
    throw error;
  }
}

async function carryOut(settings: Settings, output: Output, stop: AbortSignal): Promise<number> {
  const { seed, seconds, requests, url, user, targets, path } = settings;
  const fuzzers: Fuzzer[] = [];
  try {
    if (url) fuzzers.push(new Fuzzer(await useUrl(url, user)));
    else
      for (const target of targets) fuzzers.push(new Fuzzer(await (target === 'server' ? startServer() : startMock())));
    const limits = [
      requests === undefined ? [] : `${requests} requests`,
      seconds < 86_400 ? `${seconds} s` : [],
    ].flat();
    const listed = fuzzers.map(({ subject }) => `${subject.name} at ${originOf(subject.address())}`);
    output.stderr.write(
      `Fuzzing ${url?.href ?? listed.join(' and ')} with --seed ${seed}, for ${limits.join(' or ')}.\n`,
    );
    for (const fuzzer of fuzzers) {
      const notReadyReason = await fuzzer.findNotReadyReason();
      if (notReadyReason === undefined) continue;
      output.stderr.write(`Not run: ${notReadyReason}\n`);
      return EXIT.notRun;
    }
    const findings = await playRounds(fuzzers, settings, output, stop);
    for (const { subject, statistics } of fuzzers) output.stdout.write(summarize(subject.name, statistics));
    output.stdout.write(`${count(fuzzers).toLocaleString('en')} requests, ${findings.length} findings.\n`);
    if (findings.length > 0) return EXIT.found;
    if (stop.aborted) {
      output.stderr.write(`Stopped ${stop.reason}.\n`);
      return EXIT.notRun;
    }
    if (path !== undefined) output.stdout.write('The script shows nothing wrong.\n');
    const untried = fuzzers.find(({ statistics }) => statistics.requests === 0);
    if (path !== undefined || untried === undefined) return EXIT.passed;
    output.stderr.write(`Not run: the limit was reached before the ${untried.subject.name} got a request. Raise it.\n`);
    return EXIT.notRun;
  } finally {
    await Promise.all(fuzzers.map((each) => each.close()));
  }
}

function originOf({ host, port }: Address): string {
  return `http://${host}:${port}`;
}

async function playRounds(
  fuzzers: readonly Fuzzer[],
  settings: Settings,
  output: Output,
  stop: AbortSignal,
): Promise<Finding[]> {
  const { seed, seconds, requests = Number.POSITIVE_INFINITY, path } = settings;
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1000;
  const findings: Finding[] = [];
  const known = new Set<string>();
  let reportedMs = startedMs;
  const isEnough = () => count(fuzzers) >= requests;
  for (let round = 0; performance.now() < untilMs && !isEnough() && !stop.aborted; round++) {
    for (const fuzzer of fuzzers) {
      const found = await playRound(fuzzer, {
        seed: (seed + round) % 2 ** 31,
        scripts: ROUND,
        path,
        known,
        untilMs,
        isEnough,
        stop,
      });
      if (found) findings.push(found);
      if (found) output.stdout.write(`${describeFinding(found)}\n\n`);
    }
    if (path !== undefined || findings.length >= FINDINGS_LIMIT) break;
    if (performance.now() - reportedMs < PROGRESS_MS) continue;
    reportedMs = performance.now();
    const elapsed = ((reportedMs - startedMs) / 1000).toFixed(0);
    output.stderr.write(`${count(fuzzers).toLocaleString('en')} requests, ${findings.length} findings, ${elapsed} s\n`);
  }
  return findings;
}

function count(fuzzers: readonly Fuzzer[]): number {
  return fuzzers.reduce((sum, { statistics }) => sum + statistics.requests, 0);
}

function summarize(
  name: string,
  { scripts, requests, outcomes, rssBytes, delaySeconds, longestMs }: Fuzzer['statistics'],
): string {
  const listed = [...outcomes]
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, times]) => `${outcome} × ${times.toLocaleString('en')}`);
  const measured = [
    ...(rssBytes > 0 ? [`${(rssBytes / 2 ** 20).toFixed(0)} MiB of memory at most`] : []),
    ...(delaySeconds > 0 ? [`event loop ${(delaySeconds * 1000).toFixed(0)} ms late at most`] : []),
    `another client waited ${longestMs.toFixed(0)} ms at most`,
  ];
  const sent = `${requests.toLocaleString('en')} requests on ${scripts.toLocaleString('en')} connections`;
  return `${name}: ${sent}; ${measured.join(', ')}\n  ${listed.join(', ')}\n`;
}
