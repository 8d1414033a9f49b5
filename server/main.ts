// The entry point of `npm start`: reads the settings and serves.
import { readConfig } from './config.ts';
import { serve } from './serve.ts';
import { StartupError } from './startup-error.ts';
import { StoreNotUsable } from './store/store.ts';

try {
  await serve(readConfig(process.env));
} catch (error) {
  if (!(error instanceof StartupError || error instanceof StoreNotUsable)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
