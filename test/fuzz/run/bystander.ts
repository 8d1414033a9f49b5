// Another client of the same server, which must be served whatever a script does.
import { Agent, request } from 'node:http';
import type { CreateRecord, Rules } from '../model/check-response.ts';
import { PATH } from '../model/expect-response.ts';
import type { Address } from './play-script.ts';

/** The time limit of a response, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * Sends valid creates on a connection of its own. They carry one idempotency key, so that one organization is stored.
 */
export class Bystander {
  /** The longest wait for a response, in milliseconds. */
  longestMs = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #authorization: string;
  readonly #body: string;
  readonly #owner: string;

  constructor({ clientId, secret, customers }: Rules) {
    this.#authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    [this.#owner = ''] = customers;
    this.#body = JSON.stringify({ ownerId: this.#owner, memberIds: [] });
  }

  /** Resolves with the created organization, or with what is wrong. */
  async ask({ host, port }: Address): Promise<CreateRecord | string> {
    const startedMs = performance.now();
    const result = await this.#send(host, port).catch((error: Error) => error);
    this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
    if (result instanceof Error) return `another client's valid request got no response: ${result.message}`;
    const { status, text, id } = result;
    if (status !== 201) return `another client's valid request got ${status}: ${text.slice(0, 200)}`;
    const fingerprint = JSON.stringify([this.#owner]);
    return {
      creation: { owner: this.#owner, members: [], fingerprint, key: KEY },
      response: { status, id, replayed: false },
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(host: string, port: number): Promise<{ status: number; text: string; id: string | undefined }> {
    return new Promise((settle, fail) => {
      const sent = request(
        {
          ...{ host, port, path: PATH, method: 'POST', agent: this.#agent, timeout: PATIENCE_MS },
          headers: {
            authorization: this.#authorization,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(this.#body),
            'idempotency-key': KEY,
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('error', fail);
          response.on('end', () => {
            const { statusCode: status = 0 } = response;
            settle({ status, text, id: status === 201 ? JSON.parse(text).id : undefined });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`waited for ${PATIENCE_MS / 1000} s`)));
      sent.on('error', fail);
      sent.end(this.#body);
    });
  }
}

const KEY = `bystander-${crypto.randomUUID()}`;
