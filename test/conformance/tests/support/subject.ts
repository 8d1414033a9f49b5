// The subject for targets of this project: the demo credentials and the sample customers.
import { DEMO_KEY, SAMPLE_CUSTOMERS } from '../../../../server/demo/demo.ts';

const [owner = '', ...members] = SAMPLE_CUSTOMERS.map(({ id }) => id);

export const SUBJECT = { ...DEMO_KEY, owner, members };
