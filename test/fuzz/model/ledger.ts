// Records what was created, and what may have been: nothing else may be stored, and nothing acknowledged may be
// missing.
import type { CreateRecord } from './check-response.ts';
import type { Creation } from './expect-response.ts';

/** A stored organization. */
export interface StoredOrganization {
  id: string;
  owner: string;
  members: readonly string[];
}

/** All creates of a run. */
export class Ledger {
  /** Creates with a 201, by the ID of the organization. */
  readonly #acknowledged = new Map<string, string>();
  /** Number of organizations of this content that may be stored without a response. */
  readonly #possible = new Map<string, number>();
  /** The ID that each idempotency key stands for, and the requests that may have used it. */
  readonly #keys = new Map<string, { id: string | undefined; fingerprints: Set<string> }>();

  /** Stops comparing stored organizations, because the requests are no longer known after a finding. */
  accept(stored: readonly StoredOrganization[]): void {
    this.#acknowledged.clear();
    this.#possible.clear();
    for (const organization of stored) this.#acknowledged.set(organization.id, contentOf(organization));
  }

  /** Records the creates of one connection. Returns what is wrong with their responses. */
  record(creates: readonly CreateRecord[]): string[] {
    for (const { creation } of creates) this.#keyOf(creation)?.fingerprints.add(creation.fingerprint);
    const findings = creates.flatMap(({ creation, response }) => {
      if (!response) this.#addPossible(creation);
      else if (response.status === 201) return this.#acknowledge(creation, response);
      else if (response.status === 409 && (this.#keyOf(creation)?.fingerprints.size ?? 0) < 2)
        return ['409 for an idempotency key that no other request has used'];
      return [];
    });
    return findings;
  }

  #acknowledge(creation: Creation, { id = '', replayed }: NonNullable<CreateRecord['response']>): string[] {
    const used = this.#keyOf(creation);
    if (used && used.id !== undefined && used.id !== id) return ['two organizations for one idempotency key'];
    if (used) used.id = id;
    const content = contentOf(creation);
    const known = this.#acknowledged.get(id);
    this.#acknowledged.set(id, content);
    if (replayed && !used) return ['Idempotency-Replayed without an idempotency key'];
    if (known === undefined) return [];
    if (known !== content) return ['one ID for two organizations'];
    return used ? [] : ['one ID twice, without an idempotency key'];
  }

  /** Returns unexpected and missing organizations. */
  audit(stored: readonly StoredOrganization[]): string[] {
    const findings: string[] = [];
    const missing = new Map(this.#acknowledged);
    const possible = new Map(this.#possible);
    for (const organization of stored) {
      const content = contentOf(organization);
      if (this.#acknowledged.has(organization.id)) {
        if (!missing.delete(organization.id)) findings.push(`the organization ${organization.id} is stored twice`);
        if (this.#acknowledged.get(organization.id) !== content)
          findings.push(`the organization ${organization.id} is stored as ${content}`);
        continue;
      }
      const left = possible.get(content) ?? 0;
      if (left === 0) findings.push(`an organization that no complete request asked for is stored: ${content}`);
      possible.set(content, left - 1);
    }
    for (const [id, content] of missing) findings.push(`the acknowledged organization ${id} is not stored: ${content}`);
    return findings;
  }

  #addPossible(creation: Creation): void {
    const content = contentOf(creation);
    this.#possible.set(content, (this.#possible.get(content) ?? 0) + 1);
  }

  #keyOf({ key }: Creation) {
    if (key === undefined) return undefined;
    const known = this.#keys.get(key) ?? { id: undefined, fingerprints: new Set<string>() };
    this.#keys.set(key, known);
    return known;
  }
}

function contentOf({ owner, members }: { owner: string; members: readonly string[] }): string {
  return JSON.stringify([owner, members]);
}
