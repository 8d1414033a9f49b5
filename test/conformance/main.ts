#!/usr/bin/env node
// `npm run conformance`, and the command customer-organizations-conformance.
import { runProgram } from '../../openapi/command/run-program.ts';
import { EXIT } from './command/exit.ts';

await runProgram(() => import('./command/cli.ts'), EXIT.incomplete);
