// Figures: medians of rounds, a table for people, a line of JSON for the record.
import { appendFileSync, readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at), high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/// {median, low, high} of what `pick` takes from each round.
export function spread(rounds, pick) {
  const values = rounds.map(pick);
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/// "116,400 (91,300-139,800)"
export function show({ median: middle, low, high }, digits = 0) {
  const text = (value) => value.toLocaleString("en-US", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  return low === high ? text(middle) : `${text(middle)} (${text(low)}-${text(high)})`;
}

export function printTable(title, head, rows) {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const format = (line) => line.map((cell, i) => {
    return i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  }).join("  ");
  console.log(`\n${title}\n${format(head)}\n${widths.map((w) => "-".repeat(w)).join("  ")}`);
  for (const line of lines.slice(1)) console.log(format(line));
}

export class Record {
  constructor(folder) {
    this.file = join(folder, "results.jsonl");
  }

  add(benchmark, figures) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg()[0] };
    const line = { at: new Date().toISOString(), benchmark, machine, ...figures };
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/// How much of all CPUs is in use over some milliseconds, 0 to 1.
export async function busyShare(milliseconds = 500) {
  const read = () => readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/)
    .slice(1, 9).map(Number);
  const before = read();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const after = read();
  const spent = after.map((value, i) => value - before[i]);
  const total = spent.reduce((sum, part) => sum + part);
  return total === 0 ? 0 : 1 - (spent[3] + spent[4]) / total;
}

/// Waits until other work leaves the machine alone, at most `seconds`; how busy it still is.
export async function awaitQuiet(seconds, most = 0.1) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const busy = await busyShare();
    if (busy <= most || Date.now() > end) return busy;
  }
}
