// Where the programs under test and the servers that they need are.
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

export const devnet = join(here, "../../devnet");

/// The daemon under test.
export function daemonProgram() {
  const path = process.env.CB_DAEMON;
  if (!path) throw new Error("CB_DAEMON must name the custodialbridge to test");
  return resolve(path);
}

/// A program of the newest PostgreSQL that is installed.
export function postgresProgram(name) {
  const folder = "/usr/lib/postgresql";
  const versions = readdirSync(folder).map(Number).filter(Number.isFinite);
  return join(folder, String(Math.max(...versions)), "bin", name);
}

/// CB_TEST_LOAD=reduced, for builds that are slow by nature: fewer repetitions of the same.
export function repetitions(whole, reduced) {
  return process.env.CB_TEST_LOAD === "reduced" ? reduced : whole;
}
