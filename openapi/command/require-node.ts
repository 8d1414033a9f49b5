// Imported first by the entry of a package: an import on an older Node fails with one sentence.
import { refuseOldNode } from './refuse-old-node.ts';

refuseOldNode(1);
