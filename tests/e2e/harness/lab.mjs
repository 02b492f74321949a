// Lab: a test's own folder and all that was started in it. Closing it ends and removes everything.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync,
  writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, it } from "node:test";
import { pause } from "./waiting.mjs";

const linesShown = 40;

export class Lab {
  #open = [];

  constructor() {
    this.home = mkdtempSync(join(tmpdir(), "cb-e2e-")); // short: socket paths have a limit
    chmodSync(this.home, 0o755); // servers that run as another user must get in
    process.on("exit", () => this.#sweepNow());
  }

  path(name) {
    return join(this.home, name);
  }

  folder(name) {
    mkdirSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  write(name, text) {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /// `thing.close()` will be called when the lab closes; the last one first.
  keep(thing) {
    this.#open.push(thing);
    return thing;
  }

  async close() {
    for (const thing of this.#open.splice(0).reverse()) await thing.close();
    const left = await this.sweep();
    if (!process.env.CB_KEEP_LABS) rmSync(this.home, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`processes were left behind: ${left.join(", ")}`);
  }

  /// A test, and what comes before a suite's tests: the ends of the lab's logs are shown when it fails.
  it(name, body) {
    it(name, () => this.#watched(body));
  }

  before(body) {
    before(() => this.#watched(body));
  }

  async #watched(body) {
    try {
      await body();
    } catch (error) {
      this.#showLogs();
      throw error;
    }
  }

  #showLogs() {
    for (const name of readdirSync(this.home).filter((file) => file.endsWith(".log"))) {
      const lines = readFileSync(this.path(name), "utf8").trimEnd().split("\n");
      if (lines.length === 1 && lines[0] === "") continue;
      console.error(`--- the end of ${name}:\n${lines.slice(-linesShown).join("\n")}`);
    }
  }

  /// Names of the processes that work inside the lab's folder (or the given one below it).
  inhabitants(folder = this.home) {
    return findInhabitants(folder).map(({ pid, command }) => `${command} (${pid})`);
  }

  /// Ends what still works inside the folder, and names it.
  async sweep(folder = this.home) {
    const left = findInhabitants(folder);
    for (const { pid } of left) kill(pid, "SIGQUIT");
    for (let tries = 0; findInhabitants(folder).length > 0 && tries < 50; tries++) await pause(100);
    for (const { pid } of findInhabitants(folder)) kill(pid, "SIGKILL");
    return left.map(({ pid, command }) => `${command} (${pid})`);
  }

  #sweepNow() {
    for (const { pid } of findInhabitants(this.home)) kill(pid, "SIGKILL");
  }
}

function findInhabitants(folder) {
  const found = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const place = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, "");
      if (place !== folder && !place.startsWith(`${folder}/`)) continue;
      const command = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      const state = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "")[0];
      if (state !== "Z") found.push({ pid: Number(pid), command });
    } catch {
      // gone meanwhile, or not ours to see
    }
  }
  return found;
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // gone meanwhile
  }
}

/// A port of the loopback address that was free a moment ago.
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
