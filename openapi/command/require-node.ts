// Imported first by the entry of a package: an import on an older Node fails with one sentence.
import { rejectOldNode } from './reject-old-node.ts';

rejectOldNode(1);
