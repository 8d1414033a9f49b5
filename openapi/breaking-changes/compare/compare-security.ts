// Compares the credentials that operations need by what clients send, not by the names of schemes.
import type { ChangeList } from '../schema/change.ts';
import { Place } from '../schema/place.ts';
import { difference } from '../schema/sets.ts';
import { bare } from '../schema/text.ts';

/** A set of credentials that a client may send: scopes by scheme. */
type Requirement = Map<string, Set<string>>;

/** Compares sets of credentials. Each set that sufficed must still suffice, as it does for a set that needs less. */
export function compareSecurity(changes: ChangeList, { before, after }: { before: Place; after: Place }): void {
  const [was, now] = [requirementsOf(before), requirementsOf(after)];
  const place = after.child('security') ?? new Place(after.root).child('security') ?? after;
  for (const old of was) {
    if (now.some((requirement) => suffices(old, requirement))) continue;
    const message =
      old.size === 0
        ? 'Requests need credentials, which some clients do not send.'
        : `Requests with the credentials ${namesOf(old)} no longer suffice.`;
    changes.breaking({ place, message, remedy: 'Accept them beside the new ones, or make it in a new version.' });
  }
  for (const next of now) {
    if (was.some((requirement) => suffices(next, requirement))) continue;
    const credentials = next.size === 0 ? 'without credentials' : `with the credentials ${namesOf(next)}`;
    changes.compatible({ place, message: `Requests ${credentials} suffice.` });
  }
}

function suffices(sent: Requirement, needed: Requirement): boolean {
  return [...needed].every(([scheme, scopes]) => {
    const own = sent.get(scheme);
    return own !== undefined && difference(scopes, own).size === 0;
  });
}

/** An empty list means that no credentials are needed. */
function requirementsOf(operation: Place): Requirement[] {
  const security = operation.at('security') ?? new Place(operation.root).at('security');
  const list = (security?.children() ?? []).map(
    ([, requirement]): Requirement =>
      new Map(
        Object.entries(Object(requirement.value)).map(([name, scopes]) => [
          schemeOf(operation.root, name),
          new Set([scopes].flat().map(String)),
        ]),
      ),
  );
  return list.length > 0 ? list : [new Map()];
}

/** What a client has to know about a scheme, as text. */
function schemeOf(root: object, name: string): string {
  const scheme = new Place(root).at('components', 'securitySchemes', name);
  if (!scheme) return name;
  const type = scheme.text('type') ?? name;
  const location = scheme.text('in');
  const keyName = location === 'header' ? scheme.text('name')?.toLowerCase() : scheme.text('name');
  const flows = (scheme.at('flows')?.children() ?? []).map(([flow, place]) => [
    flow,
    place.text('authorizationUrl'),
    place.text('tokenUrl'),
  ]);
  const parts = [
    scheme.text('scheme')?.toLowerCase(),
    location,
    keyName,
    scheme.text('openIdConnectUrl'),
    flows.length > 0 ? bare(flows) : undefined,
  ];
  return [type, ...parts.filter((part) => part !== undefined)].join(' ');
}

function namesOf(requirement: Requirement): string {
  return [...requirement.keys()].map((scheme) => `\`${scheme}\``).join(' and ');
}
