#!/usr/bin/env node
// `npm run conformance`, and the command customer-organizations-conformance.
import { runProgram } from '../../openapi/run-program.ts';
import { EXIT } from './exit.ts';

await runProgram(() => import('./cli.ts'), EXIT.incomplete);
