// The text that `npm start` prints while the database has the demo data.
import { basePath } from '../../generated/operations.ts';
import { DEMO_KEY, EXAMPLE_BODY } from './demo.ts';

/** Returns a first request to try, with the demo credentials. */
export function describeDemo(port: number): string {
  const { clientId, secret } = DEMO_KEY;
  const base = `http://localhost:${port}${basePath}`;
  return `
Customer organizations on ${base}
Demo credentials: client ID ${clientId}, secret ${secret}. Try it:

  curl ${base}/customer-organizations --user ${clientId}:${secret} \\
    --header 'Content-Type: application/json' \\
    --data '${JSON.stringify(EXAMPLE_BODY)}'

Ctrl-C ends it.

`;
}
