// The processes of a benchmark: started, measured through /proc, and stopped whatever happens.
import { spawn, execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const running = new Set();

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/// Tries until `probe` gives something; throws when it does not within `seconds`.
export async function until(what, seconds, probe) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(20);
  }
}

export class Child {
  /// Runs `command` on the CPU named (or on any), its output in `log`. It ends with us.
  constructor(name, command, { cpu, log, env = {} }) {
    this.name = name;
    this.log = log;
    const pin = cpu === undefined ? [] : ["taskset", "-c", String(cpu)];
    const line = ["setpriv", "--pdeathsig", "TERM", "--", ...pin, ...command];
    const output = openSync(log, "w");
    this.process = spawn(line[0], line.slice(1), {
      stdio: ["ignore", output, output], env: { ...process.env, ...env },
    });
    closeSync(output);
    this.pid = this.process.pid;
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
    this.process.on("exit", () => { this.over = true; running.delete(this); });
    running.add(this);
  }

  output() {
    return readFileSync(this.log, "utf8");
  }

  /// The first match of a pattern in its output.
  async said(pattern, seconds) {
    return until(`${this.name} (see ${this.log})`, seconds, () => {
      if (this.over) throw new Error(`${this.name} ended: ${this.output().slice(-2000)}`);
      return this.output().match(pattern);
    });
  }

  async stop(seconds = 20) {
    if (this.over) return;
    this.process.kill("SIGTERM");
    const killer = setTimeout(() => this.process.kill("SIGKILL"), seconds * 1000);
    await this.ended;
    clearTimeout(killer);
  }
}

export async function stopAll() {
  await Promise.all([...running].reverse().map((child) => child.stop()));
}

/// Runs a whole benchmark; what it started is stopped when it ends, fails or is interrupted.
export async function measured(benchmark) {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) {
    process.once(signal, () => stopAll().finally(() => process.exit(status)));
  }
  try {
    await benchmark();
  } catch (error) {
    console.error(`bench: ${error.stack ?? error}`);
    process.exitCode = 1;
  } finally {
    await stopAll();
  }
}

/// Runs a command to its end; its standard output.
export function output(command, ...args) {
  return execFileSync(command, args, { encoding: "utf8", maxBuffer: 64 << 20 }).trim();
}

// Fields of /proc/PID/stat, from the third on: the name before may hold blanks.
function statFields(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function tree(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const parent = Number(statFields(name)[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {} // ended meanwhile
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++) found.push(...(children.get(found[i]) ?? []));
  return found;
}

/// CPU seconds, user and system, of a process alone.
export function cpuSeconds(pid) {
  const [user, system] = statFields(pid).slice(11, 13).map(Number);
  return (user + system) / ticksPerSecond;
}

/// The same of a process and all below it, those that ended included.
export function treeCpuSeconds(pid) {
  let ticks = 0;
  for (const member of tree(pid)) {
    try {
      ticks += statFields(member).slice(11, 15).map(Number).reduce((sum, part) => sum + part);
    } catch {} // ended meanwhile: then in its parent's figure
  }
  return ticks / ticksPerSecond;
}

const megabytes = (pid, field) =>
  Number(readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${field}:\\s+(\\d+)`))[1]) / 1024;

/// The most memory that the process ever had, and what it has, in MB.
export const peakMegabytes = (pid) => megabytes(pid, "VmHWM");
export const residentMegabytes = (pid) => megabytes(pid, "VmRSS");
