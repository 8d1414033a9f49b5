// What is said of a method that Node's parser does not know: by the server, and by the mock in a browser.

export const UNKNOWN_METHOD = 'The request does not begin with a method that this server knows.';
