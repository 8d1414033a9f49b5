// Paths that are not that of the operation, but similar to it.

/** The same path in other words: with more slashes, with or without the base path, in upper case. */
export const similarPaths = (path: string): string[] => [
  '/api',
  '/api/',
  '/customer-organizations',
  `${path}/`,
  `${path}//`,
  `/${path}`,
  `/api${path}`,
  path.toUpperCase(),
];

/** With escapes, and with dots that a URL parser removes. */
export const escapedPaths = (path: string): string[] => [
  path.replace('-', '%2D'),
  path.replace('/c', '%2Fc'),
  '/api/./customer-organizations',
  '/api/../api/customer-organizations',
];
