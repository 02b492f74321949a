// What all benchmarks share: where things are, and how often to repeat.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export const repository = join(dirname(fileURLToPath(import.meta.url)), "../../..");

export function arrangement() {
  const { values } = parseArgs({
    options: {
      build: { type: "string", default: join(repository, "build/release") },
      folder: { type: "string", default: join(repository, "build/bench") },
      rounds: { type: "string" },
      seconds: { type: "string", default: "5" },
      quiet: { type: "string", default: "30" },
      sizes: { type: "string" },
      indexed: { type: "boolean", default: false },
      only: { type: "string", default: "" },
    },
  });
  mkdirSync(values.folder, { recursive: true });
  return {
    bin: (name) => resolve(values.build, "bin", name),
    folder: resolve(values.folder),
    rounds: values.rounds && Number(values.rounds),
    seconds: Number(values.seconds),
    quiet: Number(values.quiet),
    sizes: values.sizes?.split(","),
    indexed: values.indexed,
    only: values.only,
  };
}
