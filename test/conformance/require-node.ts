// Imported first by the module of the package. Exit code 1 would mean that an implementation does not conform.
import { refuseOldNode } from '../../openapi/command/refuse-old-node.ts';
import { EXIT } from './command/exit.ts';

refuseOldNode(EXIT.incomplete);
