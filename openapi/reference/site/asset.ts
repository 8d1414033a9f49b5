/** A file of the site. */
export interface Asset {
  /** The path in the site. */
  name: string;
  content: string | Buffer;
  /** Whether the name has a hash of the content, so that browsers may cache the file forever. */
  immutable?: boolean;
  /** The Content-Security-Policy of a page. */
  policy?: string;
  /** A placeholder that the server replaces with the origin of the page. */
  originPlaceholder?: string;
}
