// The error of settings that are not valid.
import { StartupError } from './startup-error.ts';

/** What is wrong with an environment variable. */
export interface SettingViolation {
  /** Its name. */
  variable: string;
  /** Without the value. */
  message: string;
}

/** Environment variables are invalid. The message names all of them. */
export class SettingsError extends StartupError {
  /** One for each variable. */
  readonly violations: readonly SettingViolation[];

  constructor(message: string, violations: readonly SettingViolation[]) {
    super(message);
    this.violations = violations;
  }
}
