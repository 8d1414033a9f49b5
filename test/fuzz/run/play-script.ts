// Plays a script: one connection, every byte as written, and all that is received.
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { ResponseReader } from '../../support/http/wire-responses.ts';
import { renderScript, type Script } from '../cases/script.ts';
import { ConnectionCheck } from '../model/check-connection.ts';
import type { Rules } from '../model/check-response.ts';
import type { Message } from '../model/message.ts';
import { readRequests } from '../model/read-requests.ts';

/** The target of scripts. */
export interface Address {
  host: string;
  port: number;
}

/** A script that was played. */
export interface Played {
  messages: readonly Message[];
  check: ConnectionCheck;
  sent: Buffer;
  received: Buffer;
}

/** How a script is played. */
export interface PlayOptions {
  /** The number of this play, so that no two plays share an idempotency key. */
  play: number;
  address: Address;
  rules: Rules;
  /** The time limit of a response, in milliseconds. */
  patienceMs: number;
}
/** The time between two requests of a late client, in milliseconds, which lets the target handle the first. */
const MOMENT_MS = 5;
/** The time for which a late client does not read, in milliseconds. */
const LATE_MS = 20;

/** A probe that ends a connection that would stay open. Its response proves that no other response was pending. */
const PROBE = Buffer.from('GET /api/end-of-script HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

/** Rejects if no connection is accepted. */
export async function playScript(script: Script, { play, address, rules, patienceMs }: PlayOptions): Promise<Played> {
  const pieces = renderScript(script, play);
  let messages = readRequests(Buffer.concat(pieces), rules);
  if (script.ending === 'keep' && !messages.some(mayBeLast)) {
    pieces.push(PROBE);
    messages = readRequests(Buffer.concat(pieces), rules);
  }
  const reader = new ResponseReader();
  const check = new ConnectionCheck(messages, reader, rules, script.ending);
  const connection = await Connection.open(address, patienceMs, reader, () => check.advance());
  try {
    if (script.readsLate) connection.socket.pause();
    await send(connection, pieces, { script, rules }, check);
    if (script.ending === 'half-close') connection.socket.end();
    if (script.readsLate) {
      await sleep(LATE_MS);
      connection.socket.resume();
    }
    if (script.ending === 'keep' || script.ending === 'half-close') await connection.until(() => check.isSettled);
  } finally {
    if (script.ending === 'reset') connection.socket.resetAndDestroy();
    else connection.socket.destroy();
  }
  check.finish();
  return { messages, check, sent: Buffer.concat(pieces), received: connection.received() };
}

/** After such a message, a probe would become part of it, or be ignored. */
function mayBeLast({ state, persistence }: Message): boolean {
  return state !== 'complete' || persistence !== 'keep';
}

async function send(
  connection: Connection,
  pieces: Buffer[],
  { script: { pacing, readsLate }, rules }: { script: Script; rules: Rules },
  check: ConnectionCheck,
): Promise<void> {
  let sent = Buffer.alloc(0);
  for (const piece of pieces) {
    // Stops sending like any client, since bytes that the server no longer reads would only cause a reset.
    if (connection.socket.readableEnded) return;
    connection.write(piece);
    if (pacing.kind !== 'wait') await nextTick();
    else if (readsLate) await sleep(MOMENT_MS);
    else {
      sent = Buffer.concat([sent, piece]);
      const due = readRequests(sent, rules).filter(({ state }) => state !== 'unfinished').length;
      await connection.until(() => check.completed >= due || check.isSettled);
    }
  }
}

class Connection {
  readonly socket: Socket;
  readonly #patienceMs: number;
  readonly #pieces: Buffer[] = [];
  #closed = false;
  #wake = () => {};

  private constructor(socket: Socket, patienceMs: number, reader: ResponseReader, onProgress: () => void) {
    this.socket = socket;
    this.#patienceMs = patienceMs;
    const progress = () => {
      onProgress();
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#pieces.push(chunk);
      reader.push(chunk);
      progress();
    });
    const end = () => {
      reader.end();
      progress();
    };
    // A reset ends a connection as well. The check finds the missing rest.
    socket.on('error', () => {});
    socket.on('end', end);
    socket.on('close', () => {
      this.#closed = true;
      end();
    });
  }

  static open(
    { host, port }: Address,
    patienceMs: number,
    reader: ResponseReader,
    onProgress: () => void,
  ): Promise<Connection> {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(socket, patienceMs, reader, onProgress);
    return new Promise((settle, fail) => {
      socket.once('connect', () => settle(connection));
      socket.once('error', fail);
    });
  }

  received(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  write(piece: Buffer): void {
    if (this.socket.writable) this.socket.write(piece);
  }

  /** Resolves when the condition holds, the connection is closed, or nothing has arrived for this time. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#closed) {
      let timer: NodeJS.Timeout | undefined;
      const isQuiet = await new Promise<boolean>((settle) => {
        this.#wake = () => settle(false);
        timer = setTimeout(() => settle(true), this.#patienceMs);
      });
      clearTimeout(timer);
      if (isQuiet) return;
    }
  }
}
