// The package has no types. A preference without a value is `true`.
declare module 'parse-prefer-header' {
  export default function parsePreferHeader(header: string | readonly string[]): Record<string, string | true>;
}
