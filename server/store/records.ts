// What a store keeps: accounts with their API keys, customers and organizations.

/** A customer of an account. */
export interface Customer {
  /** A UUID in lower case. */
  id: string;
  /** The legal name. */
  name: string;
}

/** An organization, with the names of its customers. */
export interface Organization {
  /** A UUIDv7 in lower case. */
  id: string;
  /** The parent customer. */
  owner: Customer;
  /** Without the owner, each once, in the order of the request. */
  members: Customer[];
}

/** Which request made an organization. */
export interface OrganizationOrigin {
  /** The API key. */
  clientId: string;
  /** A UUID, as in the log. */
  requestId: string;
  /** The version of the API. */
  apiVersion: string;
}

/** An API key as stored: the SHA-256 of its secret, never the secret. */
export interface ApiKey {
  /** ID of the account that it acts for. */
  account: string;
  /** The user name of HTTP Basic. No two keys have the same. */
  clientId: string;
  /** The result of `hashSecret`: 32 bytes. */
  secretHash: Uint8Array;
  /** The secret before the last rotation, as long as it is still valid. */
  previousSecretHash?: Uint8Array | undefined;
  /** The secret before the last rotation is not valid from then on. */
  previousExpiresAt?: Date | undefined;
  /** The API version of requests that name none. Undefined: the newest. */
  pinnedVersion: string | undefined;
  /** What it is for, in the words of its owner. */
  label?: string | undefined;
  /** It is not valid from then on. Undefined: it does not expire. */
  expiresAt?: Date | undefined;
}

/** A tenant: its customers, keys and organizations are separate from those of other accounts. */
export interface Account {
  /** A UUID in lower case. */
  id: string;
  /** Unique among accounts. */
  name: string;
}

/** An API key in a listing. */
export interface ListedApiKey {
  /** The user name of HTTP Basic. */
  clientId: string;
  /** The API version of requests that name none. Undefined: the newest. */
  pinnedVersion: string | undefined;
  /** When it was added. */
  createdAt: Date;
  /** When it was revoked. Undefined: it was not. */
  revokedAt: Date | undefined;
  /** What it is for, in the words of its owner. */
  label: string | undefined;
  /** It is not valid from then on. Undefined: it does not expire. */
  expiresAt: Date | undefined;
  /** When it was disabled. Undefined: it is not. */
  disabledAt: Date | undefined;
  /** When a client last authenticated with it, about a minute ago at most. Undefined: never. */
  lastUsedAt: Date | undefined;
  /** Until when the secret before the last rotation is valid. */
  previousExpiresAt: Date | undefined;
}

/** When a client authenticated with an API key. */
export interface ApiKeyUse {
  /** ID of the account of the key. */
  account: string;
  /** The API key. */
  clientId: string;
  /** When. */
  usedAt: Date;
}

/** An organization in a listing. */
export interface StoredOrganization extends Organization {
  /** When it was created. */
  createdAt: Date;
  /** The request that made it. Undefined for those that were created before it was kept. */
  origin: OrganizationOrigin | undefined;
}
