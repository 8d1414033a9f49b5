// Imported first by the module of the package. Exit code 1 would mean that an implementation does not conform.
import { rejectOldNode } from '../../openapi/command/reject-old-node.ts';
import { EXIT } from './command/exit.ts';

rejectOldNode(EXIT.incomplete);
