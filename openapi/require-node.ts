// Imported first by the entry of a package: an import on an older Node fails with one sentence.
import { explainOldNode } from './node-version.ts';

const problem = explainOldNode();
if (problem !== undefined) throw new Error(problem);
