// The error of settings that are not valid.
import { StartupError } from './startup-error.ts';

/** An invalid environment variable. */
export interface SettingViolation {
  /** The name of the variable. */
  variable: string;
  /** The reason, without the value. */
  message: string;
}

/** Environment variables are invalid. The message names all of them. */
export class SettingsError extends StartupError {
  /** One violation for each variable. */
  readonly violations: readonly SettingViolation[];

  constructor(message: string, violations: readonly SettingViolation[]) {
    super(message);
    this.violations = violations;
  }
}
