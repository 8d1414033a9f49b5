// Implementations with one defect each, which the suite must find.
import { CREDENTIAL_DEFECTS } from './defects/credential-defects.ts';
import { DATA_DEFECTS } from './defects/data-defects.ts';
import { IDEMPOTENCY_DEFECTS } from './defects/idempotency-defects.ts';
import { ORDER_DEFECTS } from './defects/order-defects.ts';
import { PROTOCOL_DEFECTS } from './defects/protocol-defects.ts';
import { REPORT_DEFECTS } from './defects/report-defects.ts';
import { REQUEST_DEFECTS } from './defects/request-defects.ts';
import { RESPONSE_DEFECTS } from './defects/response-defects.ts';
import type { Defect } from './defects/rewriting-proxy.ts';
import { TRANSFER_DEFECTS } from './defects/transfer-defects.ts';

export const DEFECTS: readonly Defect[] = [
  ...RESPONSE_DEFECTS,
  ...REQUEST_DEFECTS,
  ...IDEMPOTENCY_DEFECTS,
  ...ORDER_DEFECTS,
  ...CREDENTIAL_DEFECTS,
  ...TRANSFER_DEFECTS,
  ...DATA_DEFECTS,
  ...PROTOCOL_DEFECTS,
  ...REPORT_DEFECTS,
];
