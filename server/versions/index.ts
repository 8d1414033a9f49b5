// The differences between the live versions. A missing or misplaced module does not compile.
import type { LiveVersions } from '../../generated/versions.ts';
import type { VersionChanges } from './version-change.ts';

/** The modules of all versions but the first, oldest first. */
export const versionChanges: VersionChanges<LiveVersions> = [];
