/** A file of the site. */
export interface Asset {
  /** Path in the site. */
  name: string;
  content: string | Buffer;
  /** The name has a hash of the content, so a browser may cache it for ever. */
  immutable?: boolean;
  /** The Content-Security-Policy of a page. */
  policy?: string;
  /** Stands for the origin of the page, which the server writes in its place. */
  originPlaceholder?: string;
}
