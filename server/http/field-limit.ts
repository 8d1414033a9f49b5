// The maximum number of fields of a request, and the messages about it.

/**
 * The maximum number of header fields of a request, and of trailer fields of its body: the default of Apache httpd,
 * Tomcat and HAProxy. 16 KiB would have room for 4,000, which take many times as much memory as objects.
 */
export const FIELD_LIMIT = 100;
export const TOO_MANY_TRAILERS = `The body has more than ${FIELD_LIMIT} trailers.`;
export const TOO_MANY_FIELDS = `The request has more than ${FIELD_LIMIT} header fields.`;
