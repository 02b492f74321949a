// wrk against one server, pinned to a CPU of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { output } from "./processes.mjs";

const report = `
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    "FIGURES {\\"requests\\": %d, \\"seconds\\": %.6f, \\"p50_us\\": %d, \\"p99_us\\": %d, " ..
    "\\"errors\\": %d}\\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
`;

/// Writes the scripts: one target asked again and again, or one of many drawn at random. The requests are
/// made beforehand: making them costs as much as sending them.
export function writeScripts(folder, targets, headers) {
  const table = Object.entries(headers).map(([name, value]) => `["${name}"]="${value}"`).join(",");
  const single = join(folder, "single.lua"), random = join(folder, "random.lua");
  const list = join(folder, "targets.txt");
  writeFileSync(list, `${targets.join("\n")}\n`);
  writeFileSync(single, report);
  writeFileSync(random, `${report}
local made, count = {}, 0
init = function(arguments)
  for target in io.lines("${list}") do
    count = count + 1
    made[count] = wrk.format("GET", target, {${table}})
  end
  math.randomseed(1)
end
request = function() return made[math.random(count)] end
`);
  return { single, random };
}

export function load({ url, script, seconds, headers, cpu }) {
  const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const text = output("taskset", "-c", String(cpu), "wrk", "-t1", "-c64", `-d${seconds}s`, "--latency",
    "-s", script, ...lines, url);
  const figures = JSON.parse(text.match(/^FIGURES (.*)$/m)[1]);
  if (figures.errors > 0) throw new Error(`${url}: ${figures.errors} errors\n${text}`);
  return { ...figures, rate: figures.requests / figures.seconds };
}
