// Says in one line what to install, before Node says in many lines that something is missing. CommonJS in old syntax, for an older Node has to read it too.
'use strict';

function isMissing(name) {
  try {
    require.resolve(name);
    return false;
  } catch (error) {
    // Any other code means that it is there, for example without an entry for CommonJS.
    return error.code === 'MODULE_NOT_FOUND';
  }
}

/** What to say to whoever enters by `name`, or undefined when all is there. `peers` are the packages that it needs, by name, with their major version. */
exports.explainMissing = function explainMissing(name, peers) {
  var missing = Object.keys(peers).filter(isMissing);
  if (missing.length === 0) return undefined;
  var specs = missing.map((each) => `${each}@${peers[each]}`);
  return `${name} needs packages that are not installed. Run: npm install ${specs.join(' ')}`;
};

/** What to say to whoever runs a program on a Node that is too old, or undefined. */
exports.explainOldNode = function explainOldNode(name, needed) {
  var have = process.versions.node.split('.').map(Number);
  var want = needed.split('.').map(Number);
  if (have[0] > want[0] || (have[0] === want[0] && have[1] >= (want[1] || 0))) return undefined;
  return `${name} needs Node ${needed} or newer, but runs on ${process.versions.node}.`;
};
