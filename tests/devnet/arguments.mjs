// Command lines of the devnet's scripts: named options only, a clear line and exit 2 for a mistake.
import { parseArgs } from "node:util";

/// `options` maps a name to its default; `undefined` makes it required. Values are strings.
export function readArguments(usage, options) {
  const spec = Object.fromEntries(Object.keys(options).map((name) => [name, { type: "string" }]));
  let values;
  try {
    ({ values } = parseArgs({ options: { ...spec, help: { type: "boolean" } } }));
  } catch (error) {
    fail(`${error.message}\n${usage}`);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const given = { ...options, ...values };
  const lacking = Object.keys(options).filter((name) => given[name] === undefined);
  if (lacking.length > 0) fail(`--${lacking[0]} is missing\n${usage}`);
  return given;
}

/// The option's value as a whole number of at least `least`.
export function wholeNumber(given, name, least) {
  const value = Number(given[name]);
  if (!Number.isSafeInteger(value) || value < least) {
    fail(`--${name} must be a whole number of at least ${least}, not "${given[name]}"`);
  }
  return value;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
