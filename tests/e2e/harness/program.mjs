// Programs that a test starts. They end with this process, whichever way it ends.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { within } from "./waiting.mjs";

const alive = new Set();
process.on("exit", () => alive.forEach((program) => program.signal("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

export class Program {
  /// Starts `command`; what it writes goes to the file `log`. `orphaned` is the signal that it gets
  /// should this process be killed; `user` is {uid, gid} to run as.
  constructor(name, command, args, { log, cwd = "/", env = {}, user = {}, orphaned = "KILL" }) {
    Object.assign(this, { name, log });
    const output = openSync(log, "a");
    this.child = spawn("setpriv", ["--pdeathsig", orphaned, "--", command, ...args], {
      cwd, env: { ...process.env, ...env }, stdio: ["ignore", output, output], ...user,
    });
    closeSync(output);
    this.pid = this.child.pid;
    alive.add(this);
    /// {code, signal}, when it is over.
    this.exited = new Promise((resolve) => {
      this.child.once("error", (error) => this.#over(resolve, { code: null, error }));
      this.child.once("exit", (code, signal) => this.#over(resolve, { code, signal }));
    });
  }

  #over(resolve, outcome) {
    alive.delete(this);
    this.outcome = outcome;
    resolve(outcome);
  }

  get running() {
    return this.outcome === undefined;
  }

  signal(name) {
    if (this.running) this.child.kill(name);
  }

  /// Ends it and waits for that. `{code, signal}`.
  async end(signal = "SIGTERM", seconds = 20) {
    this.signal(signal);
    return within(seconds, `the end of ${this.name} after ${signal}`, this.exited);
  }

  /// For the end of a test: kindly, then not.
  async close() {
    try {
      await this.end("SIGTERM", 10);
    } catch {
      await this.end("SIGKILL", 10);
    }
  }

  output() {
    return readFileSync(this.log, "utf8");
  }

  /// Throws, with the end of its output, unless it runs.
  mustRun() {
    if (this.running) return;
    const { code, signal, error } = this.outcome;
    const why = error?.message ?? (signal ? `signal ${signal}` : `exit code ${code}`);
    const ended = new Error(`${this.name} ended (${why}):\n${this.output().slice(-2000)}`);
    throw Object.assign(ended, { final: true });
  }
}

/// Runs a command to its end: {code, signal, stdout, stderr}.
export async function run(command, args, { env = {}, user = {}, seconds = 60, cwd = "/" } = {}) {
  const child = spawn(command, args, {
    cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"], ...user,
    timeout: seconds * 1000, killSignal: "SIGKILL",
  });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (part) => (text[name] += part));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...text }));
  });
}

/// The same, for what must not fail: its standard output.
export async function runWell(command, args, options) {
  const { code, signal, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${signal ?? `exit code ${code}`}\n${stderr}`);
}
