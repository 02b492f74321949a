// Shows how a running daemon stands, from its status and metrics: one line rewritten each second on
// a terminal, else a line every five seconds. Ends by SIGTERM/SIGINT.
import { readArguments } from "./arguments.mjs";
import { pause } from "./node_client.mjs";

const usage = "usage: watch.mjs --api URL --chain ID [--key API_KEY]";
const given = readArguments(usage, { api: undefined, chain: undefined, key: "" });
const terminal = process.stdout.isTTY;
const headers = given.key ? { authorization: `Bearer ${given.key}` } : {};

/// The text of a GET, or undefined when there is no good answer.
async function get(path) {
  try {
    const response = await fetch(given.api + path, { headers, signal: AbortSignal.timeout(900) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

/// The sum of the metric's samples for the watched chain; undefined when it has none.
function metric(text, name) {
  const values = text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => !line.includes("chain_id=") || line.includes(`chain_id="${given.chain}"`))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : undefined;
}

function chainStatus(text) {
  try {
    return JSON.parse(text).chains.find((chain) => String(chain.chain_id) === given.chain) ?? {};
  } catch {
    return {};
  }
}

async function look() {
  const [metrics, status] = await Promise.all([get("/metrics"), get("/v1/admin/status")]);
  if (metrics === undefined && status === undefined) return "the daemon does not answer";
  const chain = status === undefined ? {} : chainStatus(status);
  const of = (name) => metric(metrics ?? "", `custodialbridge_${name}`);
  const shown = {
    head: of("chain_head_block") ?? chain.head,
    cursor: of("chain_cursor_block") ?? chain.cursor,
    events: of("events_processed_total"),
    balances: of("tracked_balances"),
    lag: chain.lag_seconds,
  };
  return Object.entries(shown)
    .map(([name, value]) => `${name} ${value?.toLocaleString("en-US") ?? "-"}`)
    .join("   ")
    .concat(" s");
}

let stopped = false;
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => (stopped = true));
process.stdout.on("error", () => (stopped = true)); // whoever read this is gone
while (!stopped) {
  const line = await look();
  if (stopped) break;
  process.stdout.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  for (let waited = 0; waited < (terminal ? 10 : 50) && !stopped; waited++) await pause(100);
}
if (terminal) process.stdout.write("\n");
process.exit(0);
