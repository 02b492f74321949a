// Compiles contracts/*.sol into OUT/artifacts.json, {NAME: {abi, bytecode, runtime}}; again only
// when a source, the compiler or the library changed.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readArguments } from "./arguments.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);
const settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 1000 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

export const defaultOut = join(here, "../../build/devnet");

/// The artifacts, from OUT/artifacts.json when it is fresh.
export function compile(out = defaultOut) {
  const file = join(out, "artifacts.json");
  const sources = readSources();
  const key = fingerprint(sources);
  const cached = readJson(file);
  if (cached?.key === key) return cached.contracts;

  const contracts = runCompiler(sources);
  mkdirSync(out, { recursive: true });
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, JSON.stringify({ key, contracts }));
  renameSync(scratch, file);
  return contracts;
}

function readSources() {
  const folder = join(here, "contracts");
  const names = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
  return Object.fromEntries(
    names.map((name) => [name, { content: readFileSync(join(folder, name), "utf8") }]),
  );
}

function fingerprint(sources) {
  const versions = readFileSync(join(here, "package.json"), "utf8");
  return createHash("sha256").update(JSON.stringify([sources, settings, versions])).digest("hex");
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // not there or half written: compile
  }
}

function runCompiler(sources) {
  const solc = require("solc");
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const output = JSON.parse(solc.compile(input, { import: readImport }));
  const problems = (output.errors ?? []).filter((problem) => problem.severity === "error");
  if (problems.length > 0) throw new Error(problems.map((p) => p.formattedMessage).join("\n"));
  return Object.fromEntries(
    Object.keys(sources).map((source) => {
      const name = source.replace(/\.sol$/, "");
      const { abi, evm } = output.contracts[source][name];
      const bytecode = `0x${evm.bytecode.object}`;
      return [name, { abi, bytecode, runtime: `0x${evm.deployedBytecode.object}` }];
    }),
  );
}

function readImport(path) {
  try {
    return { contents: readFileSync(join(here, "node_modules", path), "utf8") };
  } catch (error) {
    return { error: error.message };
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = readArguments("usage: compile.mjs [--out DIR]", { out: defaultOut });
  try {
    console.log(`contracts: ${Object.keys(compile(given.out)).join(" ")}`);
  } catch (error) {
    console.error(`compile: ${error.message}`);
    process.exit(1);
  }
}
