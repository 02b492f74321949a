// Prints the packages of package.json whose pinned version is not in node_modules; exit 1 if any.
import { readFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));

function installedVersion(name) {
  try {
    return read(`node_modules/${name}/package.json`).version;
  } catch {
    return undefined;
  }
}

/// Of "1.2.3", or of an alias: "npm:@scope/package@1.2.3".
function pinnedVersion(wanted) {
  return wanted.split("@").at(-1);
}

const missing = Object.entries(read("package.json").dependencies)
  .filter(([name, wanted]) => installedVersion(name) !== pinnedVersion(wanted))
  .map(([name, version]) => `${name}@${version}`);

if (missing.length > 0) {
  console.log(missing.join("\n"));
  process.exit(1);
}
