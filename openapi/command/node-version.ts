// Checks the version of Node. Commands and entries load this module first, and any Node can run it.
import { manifest } from '../version.ts';

/** The message about a Node that is older than package.json asks for; undefined when this one is not. */
export function explainOldNode(): string | undefined {
  const { name, engines } = manifest;
  const needed = engines.node.replace('>=', '');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = needed.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `${name} needs Node ${needed} or newer, but runs on ${process.versions.node}.`;
}
