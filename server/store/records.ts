// The records of a store: accounts with their API keys, customers and organizations.

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
  /** The members in the order of the request: each once, without the owner. */
  members: Customer[];
}

/** The request that created an organization. */
export interface OrganizationOrigin {
  /** The client ID of the API key. */
  clientId: string;
  /** The request ID, a UUID as in the log. */
  requestId: string;
  /** The version of the API. */
  apiVersion: string;
}

/** An API key as stored: the SHA-256 of its secret, never the secret. */
export interface ApiKey {
  /** The ID of the account that the key acts for. */
  account: string;
  /** The user name of HTTP Basic authentication, which is unique. */
  clientId: string;
  /** The result of `hashSecret`: 32 bytes. */
  secretHash: Uint8Array;
  /** The hash of the secret before the last rotation, as long as it is valid. */
  previousSecretHash?: Uint8Array | undefined;
  /** The time from which on the secret before the last rotation is invalid. */
  previousExpiresAt?: Date | undefined;
  /** The API version of requests without a version; undefined for the newest. */
  pinnedVersion: string | undefined;
  /** A description by the owner of the key. */
  label?: string | undefined;
  /** The time from which on it is invalid; undefined if it does not expire. */
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
  /** The user name of HTTP Basic authentication. */
  clientId: string;
  /** The API version of requests without a version; undefined for the newest. */
  pinnedVersion: string | undefined;
  /** The time at which it was added. */
  createdAt: Date;
  /** The time at which it was revoked; undefined if it was not. */
  revokedAt: Date | undefined;
  /** A description by the owner of the key. */
  label: string | undefined;
  /** The time from which on it is invalid; undefined if it does not expire. */
  expiresAt: Date | undefined;
  /** The time at which it was disabled; undefined if it is enabled. */
  disabledAt: Date | undefined;
  /** The time of its last use, as of about a minute ago; undefined if it was never used. */
  lastUsedAt: Date | undefined;
  /** The time until which the secret before the last rotation is valid. */
  previousExpiresAt: Date | undefined;
}

/** A use of an API key. */
export interface ApiKeyUse {
  /** The ID of the account of the key. */
  account: string;
  /** The client ID of the API key. */
  clientId: string;
  /** The time of the use. */
  usedAt: Date;
}

/** An organization in a listing. */
export interface StoredOrganization extends Organization {
  /** The time at which it was created. */
  createdAt: Date;
  /** The request that created it; undefined for organizations from before it was stored. */
  origin: OrganizationOrigin | undefined;
}
