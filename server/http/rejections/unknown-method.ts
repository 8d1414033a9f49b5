// The message for a method that Node's parser does not know, shared by the server and the mock in a browser.

export const UNKNOWN_METHOD = 'The request does not begin with a method that this server knows.';
