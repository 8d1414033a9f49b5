// The allowed files and the maximum size of each package.
import type { PackageName } from './consumer.ts';

const BASICS = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|npm-shrinkwrap\.json)$/;
const SITE = /^generated\/reference\/([\w.-]+|assets\/[\w.-]+|bruno\/(environments\/)?[\w.-]+)$/;

/** Patterns of the files of each package. Each pattern must match a file. */
export const FILES: Record<PackageName, RegExp[]> = {
  contract: [
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|openapi\.yaml|openapi\.json)$/,
    /^(openapi\/client|mock)\/README\.md$/,
    /^(openapi\/(client|schemas)\/index|generated\/examples|mock\/browser\/index|openapi\/chunks\/\w+)\.c?js$/,
    /^(openapi\/(client|schemas|model)|mock\/browser|mock\/core(\/journal)?|server\/edge)\/([a-z]+\/)?[\w-]+\.d\.c?ts$/,
    /^generated\/(versions\/[\d-]+\/)?[\w-]+\.d\.c?ts$/,
  ],
  server: [
    BASICS,
    SITE,
    /^server\/([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
    /^(generated(\/versions\/[\d-]+)?|openapi(\/command)?|openapi\/model(\/[a-z]+)?)\/[\w-]+\.(js|d\.ts)$/,
    /^generated\/(versions\/[\d-]+\/)?openapi\.json$/,
    /^server\/deploy\/([\w-]+\/)?[\w.-]+$/,
    /^server\/store\/(sqlite|postgres)\/schema\/migrations\/\d{4}-[a-z-]+\.sql$/,
    /^server\/store\/postgres\/DISTRIBUTION\.md$/,
  ],
  mock: [
    BASICS,
    SITE,
    /^mock\/((browser|control|core(\/journal)?|prism)\/)?[\w-]+\.(js|d\.ts)$/,
    /^mock\/control\/control\.openapi\.yaml$/,
    /^mock\/prism\/prism-engine-licenses\.txt$/,
    /^server\/(edge|http|ops|site|text|versions)\/([\w-]+\/)*[\w-]+\.(js|d\.ts)$/,
    /^server\/(api\/(organization-rules|unknown-customers)|startup-error)\.(js|d\.ts)$/,
    /^(generated(\/versions\/[\d-]+)?|openapi(\/command)?|openapi\/model(\/[a-z]+)?)\/[\w-]+\.(js|d\.ts)$/,
    /^generated\/(versions\/[\d-]+\/)?openapi\.json$/,
  ],
  conformance: [
    BASICS,
    /^bin\/(customer-organizations-conformance|(chunk|cli)-\w+)\.js$/,
    /^lib\/conformance\/index\.js$/,
    /^lib\/conformance\/((cases|command|options|reports|run|send|validate)\/([a-z]+\/)?)?[\w-]+\.d\.ts$/,
  ],
};

/** The maximum size in bytes of a tarball, and of a project with only this package and its dependencies. */
export const LIMITS: Record<PackageName, { tarball: number; installed: number; packages: number }> = {
  // The documents on client and mock, with all options, take 12 kB.
  contract: { tarball: 165_000, installed: 1_000_000, packages: 3 },
  server: { tarball: 4_000_000, installed: 60_000_000, packages: 200 },
  mock: { tarball: 5_000_000, installed: 60_000_000, packages: 170 },
  conformance: { tarball: 100_000, installed: 10_000_000, packages: 25 },
};
