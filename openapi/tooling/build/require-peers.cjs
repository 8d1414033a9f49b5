// One line on what to install, instead of Node's stack trace. CommonJS in old syntax, so that an old Node can run it.
'use strict';

function isMissing(name) {
  try {
    require.resolve(name);
    return false;
  } catch (error) {
    // Other codes mean that it is installed, such as ERR_PACKAGE_PATH_NOT_EXPORTED for a package without CommonJS.
    return error.code === 'MODULE_NOT_FOUND';
  }
}

/** The message about missing peers; undefined if there are none. `peers` has major versions by name. */
exports.explainMissing = function explainMissing(name, peers) {
  var missing = Object.keys(peers).filter(isMissing);
  if (missing.length === 0) return undefined;
  var specs = missing.map((each) => `${each}@${peers[each]}`);
  return `${name} needs packages that are not installed. Run: npm install ${specs.join(' ')}`;
};

/** The message about a Node that is older than `needed`; undefined otherwise. */
exports.explainOldNode = function explainOldNode(name, needed) {
  var have = process.versions.node.split('.').map(Number);
  var want = needed.split('.').map(Number);
  if (have[0] > want[0] || (have[0] === want[0] && have[1] >= (want[1] || 0))) return undefined;
  return `${name} needs Node ${needed} or newer, but runs on ${process.versions.node}.`;
};
