// Checks the bytes that a connection received against the model's expectation for the bytes that were sent on it.
import { fieldOf, type ResponseReader, WireError, type WireResponse } from '../../support/http/wire-responses.ts';
import {
  type CreateRecord,
  checkResponse,
  describeResponse,
  isForeign,
  nameOutcome,
  type Rules,
} from './check-response.ts';
import { expectResponse } from './expect-response.ts';
import { type Message, valuesOf } from './message.ts';

/**
 * How the client ends the connection: whether it waits for responses, and whether the server learns that nothing
 * follows.
 */
export type Ending = 'keep' | 'half-close' | 'close' | 'reset';

/** Follows one connection. Call `advance` whenever something has arrived, and `finish` when nothing more will. */
export class ConnectionCheck {
  readonly findings: string[] = [];
  /** `X-Request-Id` of the responses, and whether the request has a line in the log: probes have none. */
  readonly requestIds: { id: string; isProbe: boolean }[] = [];
  /** Statuses and error types of the responses. */
  readonly outcomes: string[] = [];
  readonly creates: CreateRecord[] = [];
  readonly #messages: readonly Message[];
  readonly #reader: ResponseReader;
  readonly #rules: Rules;
  readonly #ending: Ending;
  #next = 0;
  /** Whether the last response has been received. */
  #isOver = false;
  #mustClose = false;
  /** Whether the last response may have a body, although the request may be HEAD. */
  #mayHaveBody = false;
  /** Whether the remaining responses belong to a message that a proxy may repair in its own way. */
  #isUnknown = false;

  constructor(messages: readonly Message[], reader: ResponseReader, rules: Rules, ending: Ending) {
    this.#messages = messages;
    this.#reader = reader;
    this.#rules = rules;
    this.#ending = ending;
  }

  /** The number of messages that have a response. */
  get completed(): number {
    return this.#next;
  }

  advance(): void {
    while (this.findings.length === 0) {
      const message = this.#messages[this.#next];
      if (this.#rules.relaxed && !(message && isValid(message))) this.#isUnknown = true;
      if (this.#isUnknown) return;
      if (this.#isOver || !message) {
        if (!this.#mayHaveBody) this.#noteRest('a response that no request asked for');
        return;
      }
      const response = this.#read(message);
      if (!response) return;
      this.#next++;
      this.#check(message, response);
    }
  }

  /** Whether nothing more is expected. Call it after `advance`. */
  get isSettled(): boolean {
    if (this.findings.length > 0 || this.#reader.ended) return true;
    if (this.#isUnknown) return this.#messages[this.#next]?.state !== 'malformed' || this.#reader.rest().length > 0;
    if (this.#isOver || this.#mustClose || this.#ending === 'half-close') return false;
    const message = this.#messages[this.#next];
    return !message || message.state === 'unfinished';
  }

  /** Finishes because the connection has ended, or because the client has waited long enough. */
  finish(): void {
    this.advance();
    const waits = this.#ending === 'keep' || this.#ending === 'half-close';
    if (this.#isUnknown) this.#noteFailure();
    else if (waits && this.findings.length === 0 && !this.#mayCutOff()) this.#noteMissing();
    if (this.#isOver) return;
    for (const each of this.#messages.slice(this.#next)) {
      const { creation } = expectResponse(each, this.#rules);
      if (creation && each.state === 'complete') this.creates.push({ creation, response: undefined });
    }
  }

  #check(message: Message, response: WireResponse): void {
    this.outcomes.push(isForeign(response, this.#rules) ? `${response.status} from a proxy` : nameOutcome(response));
    if (response.last) this.#isOver = true;
    // If an invalid head comes in pieces, the server may no longer know its method.
    this.#mayHaveBody = response.last && message.method === 'HEAD' && (!message.head || message.doubts.length > 0);
    const isLast = message.state === 'malformed' || (message.state === 'complete' && message.persistence === 'close');
    if (isLast) this.#mustClose = !this.#rules.relaxed;
    const id = fieldOf(response, 'x-request-id');
    if (id !== undefined) this.requestIds.push({ id, isProbe: PROBES.test(message.head?.target ?? '') });
    const { finding, isRejection, create } = checkResponse(message, response, this.#next, this.#rules);
    if (create) this.creates.push(create);
    if (finding !== undefined) this.findings.push(finding);
    else if (response.last && !isRejection && !this.#mayClose(message))
      this.findings.push(`${describeResponse(message, response, this.#next)}, which asks for no close`);
  }

  /** Closing the connection loses nothing after the last message of a client that has ended its side. */
  #mayClose(message: Message): boolean {
    const isEnd = this.#ending === 'half-close' && message === this.#messages.at(-1);
    // Trailers may end the connection, so a response before the end of the chunks does not promise to keep it.
    const hasChunks = message.head !== undefined && valuesOf(message.head, 'transfer-encoding').length > 0;
    return this.#rules.relaxed || isEnd || hasChunks || message.state !== 'complete' || message.persistence !== 'keep';
  }

  #noteMissing(): void {
    const message = this.#messages[this.#next];
    const isUnfinished = message?.state === 'unfinished';
    const rest = this.#mayHaveBody ? '' : this.#reader.rest().toString('latin1');
    if (rest !== '' && !(isUnfinished && INTERIM.test(rest))) this.#noteRest('a response that is not complete');
    else if (message && !isUnfinished && !this.#isOver && !this.#maySayNothing()) {
      const known = [message.state, message.reason, message.violation, ...message.doubts]
        .filter((each) => each !== undefined)
        .join(', ');
      const close = this.#reader.ended ? ', but a close' : '';
      this.findings.push(`no response to message ${this.#next + 1}, ${message.method} (${known})${close}`);
    } else if (!this.#reader.ended && !this.isSettled)
      this.findings.push('a connection that the server does not close');
  }

  /** The previous response may have ended the connection. */
  #maySayNothing(): boolean {
    return this.#messages[this.#next - 1]?.persistence === 'either' || (this.#rules.relaxed && this.#next > 0);
  }

  /**
   * A proxy may take a half-closed client for one that has gone, and cut off responses when something invalid follows,
   * or anything behind `Connection: close`: bytes that it does not read reset the connection (RFC 9112, section 9.6).
   */
  #mayCutOff(): boolean {
    const hasSurplus = this.#messages.some(({ persistence, isFollowed }) => persistence === 'close' && isFollowed);
    return this.#rules.relaxed && (this.#ending === 'half-close' || hasSurplus || !this.#messages.every(isValid));
  }

  /** However a proxy changes a message, the server must not fail. */
  #noteFailure(): void {
    const [failure] = /^HTTP\/1\.1 50[0234] .*/m.exec(this.#reader.rest().toString('latin1')) ?? [];
    if (failure !== undefined) this.findings.push(`${failure} in response to message ${this.#next + 1}`);
  }

  #noteRest(what: string): void {
    const rest = this.#reader.rest();
    if (rest.length > 0) this.findings.push(`${what}: ${JSON.stringify(rest.toString('latin1', 0, 200))}`);
  }

  #read({ method }: Message): WireResponse | undefined {
    try {
      return this.#reader.next(method);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.findings.push(error.message);
      return undefined;
    }
  }
}

function isValid({ state, violation, doubts }: Message): boolean {
  return state === 'complete' && violation === undefined && doubts.length === 0;
}

const INTERIM = /^HTTP\/1\.1 100 Continue\r\n(?:[^\r\n]+\r\n)*\r\n$/;

/** Probes are requested every few seconds, and would fill the log. */
const PROBES = /\/(livez|readyz|metrics)\b/;
