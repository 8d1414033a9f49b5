// Plays scripts to one subject and collects what is wrong: problems that a script shows at once, and problems that
// later checks of log, store and memory find.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Script, sizeOf } from '../cases/script.ts';
import { Ledger } from '../model/ledger.ts';
import { Bystander } from './bystander.ts';
import { type Played, playScript } from './play-script.ts';
import type { Subject } from './subjects.ts';

/** Statistics of a run. */
export interface Statistics {
  /** The number of connections. */
  scripts: number;
  /** The number of requests, including bytes in their place. */
  requests: number;
  /** The number of responses by status and error type. */
  outcomes: Map<string, number>;
  /** The most memory that was measured, in bytes. */
  rssBytes: number;
  /** The longest delay of the event loop that was measured, in seconds. */
  delaySeconds: number;
  /** The longest wait of the other client, in milliseconds. */
  longestMs: number;
}

/** The CPU time of scripts with fewer bytes is not measured. */
const HEAVY_BYTES = 16_384;
/**
 * The CPU time that a script may take: an amount for each request, and one for each line, which may be a chunk. It is
 * far above the goal (15 ms), because it includes compilation and garbage collection of the whole process.
 */
const CPU_SECONDS = { script: 0.15, request: 0.06, line: 5e-6 };
/**
 * The limit for the delay of the event loop. It exceeds the work of any single request, because the machine may be
 * busy.
 */
const DELAY_LIMIT_SECONDS = 2;
/** The wait for a line of the log, which is written within 50 ms, unless the machine is busy. */
const LOG_PATIENCE_MS = 5000;

export class Fuzzer {
  readonly subject: Subject;
  /** The time limit of a response, in milliseconds. */
  patienceMs = 5000;
  /** A number that differs between runs, because a target may remember the keys of the run before. */
  readonly #firstPlay = randomInt(2 ** 40);
  /** The last script that was played. */
  last: Played | undefined;
  readonly #ledger = new Ledger();
  readonly #bystander: Bystander;
  readonly #requestIds = new Set<string>();
  #unlogged: string[] = [];
  /** Whether a script has shown a problem, so that it is not known what it created. */
  #isLedgerUncertain = false;
  readonly statistics: Statistics = {
    scripts: 0,
    requests: 0,
    outcomes: new Map(),
    rssBytes: 0,
    delaySeconds: 0,
    longestMs: 0,
  };

  constructor(subject: Subject) {
    this.subject = subject;
    this.#bystander = new Bystander(subject.rules);
  }

  /** Returns the reason why the subject cannot be fuzzed, if any. */
  async findNotReadyReason(): Promise<string | undefined> {
    const [notReadyReason] = await this.#askBystander();
    return notReadyReason;
  }

  /** Returns what is wrong. */
  async play(script: Script): Promise<string[]> {
    const findings = await this.#findIn(script);
    if (findings.length > 0) this.#isLedgerUncertain = true;
    return findings;
  }

  async #findIn(script: Script): Promise<string[]> {
    if (this.subject.ended() !== undefined) await this.subject.restart();
    const before = await this.#cpuSeconds(script);
    const meanwhile = this.#askBystander();
    const played = await this.#playOn(script).catch((error: Error) => error);
    // A process may end a moment after the cause.
    const bystander = [...(await meanwhile), ...(await this.#askBystander())];
    const ended = this.subject.ended();
    const findings = [...(ended === undefined ? [] : [ended]), ...this.subject.takeProblems(), ...bystander];
    if (played instanceof Error) return [...findings, `no connection: ${played.message}`];
    this.last = played;
    findings.push(...played.check.findings, ...this.#record(played));
    if (before !== undefined && findings.length === 0) findings.push(...(await this.#checkCpu(script, played, before)));
    return findings;
  }

  /** Checks log, store and memory. Returns what is wrong. */
  async settle(): Promise<string[]> {
    return [...(await this.#checkLog()), ...(await this.#checkProcess()), ...(await this.#checkStore())];
  }

  close(): Promise<void> {
    this.#bystander.close();
    return this.subject.close();
  }

  #playOn(script: Script): Promise<Played> {
    const { rules } = this.subject;
    const play = this.#firstPlay + this.statistics.scripts++;
    return playScript(script, { play, address: this.subject.address(), rules, patienceMs: this.patienceMs });
  }

  #record({ messages, check }: Played): string[] {
    this.statistics.requests += messages.length;
    for (const each of check.outcomes)
      this.statistics.outcomes.set(each, (this.statistics.outcomes.get(each) ?? 0) + 1);
    const findings: string[] = [];
    for (const { id, isProbe } of check.requestIds) {
      if (this.#requestIds.has(id)) findings.push(`two responses with the X-Request-Id ${id}`);
      this.#requestIds.add(id);
      if (!isProbe) this.#unlogged.push(id);
    }
    // A mock stores nothing, and derives the ID of an organization from its content.
    if (!this.subject.rules.mock) findings.push(...this.#ledger.record(check.creates));
    return findings;
  }

  async #askBystander(): Promise<string[]> {
    const result = await this.#bystander.ask(this.subject.address());
    this.statistics.longestMs = this.#bystander.longestMs;
    if (typeof result === 'string') return [result];
    return this.subject.rules.mock ? [] : this.#ledger.record([result]);
  }

  async #cpuSeconds(script: Script): Promise<number | undefined> {
    return sizeOf(script) < HEAVY_BYTES ? undefined : (await this.subject.readGauges?.())?.cpuSeconds;
  }

  async #checkCpu(script: Script, { messages, sent }: Played, before: number): Promise<string[]> {
    const used = ((await this.subject.readGauges?.())?.cpuSeconds ?? before) - before;
    const allowed = CPU_SECONDS.script + CPU_SECONDS.request * messages.length + CPU_SECONDS.line * countLines(sent);
    if (!(used > allowed)) return [];
    // Measures again, because compilation and garbage collection happen once.
    const again = await this.#cpuSeconds(script);
    this.#record(await this.#playOn(script));
    const usedAgain = ((await this.subject.readGauges?.())?.cpuSeconds ?? 0) - (again ?? 0);
    if (!(usedAgain > allowed)) return [];
    const [got, wanted] = [usedAgain, allowed].map((seconds) => (seconds * 1000).toFixed(0));
    return [`${got} ms of CPU for ${messages.length} requests; ${wanted} are allowed`];
  }

  async #checkLog(): Promise<string[]> {
    const { findUnlogged } = this.subject;
    const asked = this.#unlogged;
    this.#unlogged = [];
    if (!findUnlogged) return [];
    let left = findUnlogged(asked);
    for (const startMs = performance.now(); left.length > 0 && performance.now() - startMs < LOG_PATIENCE_MS; ) {
      await sleep(20);
      left = findUnlogged(left);
    }
    return left.length > 0
      ? [`${left.length} responses have no line in the log, such as the one with the X-Request-Id ${left[0]}`]
      : [];
  }

  async #checkProcess(): Promise<string[]> {
    const gauges = await this.subject.readGauges?.();
    if (!gauges) return [];
    const { rssBytes, delaySeconds = 0 } = gauges;
    this.statistics.rssBytes = Math.max(this.statistics.rssBytes, rssBytes);
    this.statistics.delaySeconds = Math.max(this.statistics.delaySeconds, delaySeconds);
    const findings = this.subject.takeProblems();
    if (!(rssBytes <= this.subject.rssLimit))
      findings.push(`the process has ${(rssBytes / 2 ** 20).toFixed(0)} MiB of memory`);
    if (!(delaySeconds <= DELAY_LIMIT_SECONDS))
      findings.push(`the event loop stood still for ${delaySeconds.toFixed(2)} s`);
    return findings;
  }

  async #checkStore(): Promise<string[]> {
    const stored = await this.subject.exportOrganizations?.();
    if (!stored) return [];
    const findings = this.#isLedgerUncertain ? [] : this.#ledger.audit(stored);
    if (this.#isLedgerUncertain || findings.length > 0) this.#ledger.accept(stored);
    this.#isLedgerUncertain = false;
    return findings;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) count++;
  return count;
}
