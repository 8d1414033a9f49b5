// Paths that are similar to that of the operation.

/** Variants of the path: with more slashes, with or without the base path, in upper case. */
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

/** Variants of the path with escapes, and with dots that a URL parser removes. */
export const escapedPaths = (path: string): string[] => [
  path.replace('-', '%2D'),
  path.replace('/c', '%2Fc'),
  '/api/./customer-organizations',
  '/api/../api/customer-organizations',
];
