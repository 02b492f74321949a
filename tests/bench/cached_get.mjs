// Cached balances over HTTP beside nginx sending the same bytes: one thread each, on the same CPU, in turns.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { arrangement } from "./lib/arrangement.mjs";
import { Daemon } from "./lib/daemon.mjs";
import { Record, awaitQuiet, printTable, show, spread } from "./lib/figures.mjs";
import { PreparedChain } from "./lib/prepared_chain.mjs";
import { Child, cpuSeconds, measured, output, treeCpuSeconds } from "./lib/processes.mjs";
import { load, writeScripts } from "./lib/wrk.mjs";

const given = arrangement();
const record = new Record(given.folder);
const rounds = given.rounds ?? 5;
const serverCpu = 0, loadCpu = 1;
const key = "bench-key";
const modes = {
  api_key: {
    api: `{listen: 127.0.0.1:0, threads: 1, auth: {mode: api_key, keys: [{name: bench,
      sha256: "${createHash("sha256").update(key).digest("hex")}", scopes: [admin]}]}}`,
    headers: { Authorization: `Bearer ${key}` },
  },
  none: { api: "{listen: 127.0.0.1:0, threads: 1, auth: {mode: none}}", headers: {} },
};

const target = (chain, wallet) => `/v1/users/${wallet.user_id}/balances/${chain.chain_id}/1`;

/// {status, tier, body, head: bytes of the status line and the headers}
function get(url, headers) {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const lines = ["HTTP/1.1 200 OK"];
        for (let i = 0; i < response.rawHeaders.length; i += 2) {
          lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
        }
        resolve({
          status: response.statusCode, tier: response.headers["x-balance-tier"],
          body: Buffer.concat(parts).toString(), head: lines.join("\r\n").length + 4,
        });
      });
    }).on("error", reject).end();
  });
}

async function startNginx(body) {
  const folder = join(given.folder, "run-nginx");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = 20_000 + (process.pid % 10_000);
  const scratch = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  writeFileSync(join(folder, "nginx.conf"), `
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${scratch}
  default_type application/json;
  server { listen 127.0.0.1:${port}; location / { return 200 '${body}'; } }
}
`);
  const command = ["nginx", "-p", folder, "-c", join(folder, "nginx.conf"), "-e", "error.log"];
  const nginx = new Child("nginx", command, { cpu: serverCpu, log: join(folder, "nginx.log") });
  for (let tries = 0; ; tries++) {
    const there = await get(`http://127.0.0.1:${port}/`, {}).catch(() => undefined);
    if (there?.body === body) return { child: nginx, url: `http://127.0.0.1:${port}`, head: there.head };
    if (tries > 100 || nginx.over) throw new Error(`nginx does not answer: ${nginx.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function lookups(daemon, outcome) {
  const text = await fetch(`${daemon.url}/metrics`).then((response) => response.text());
  const line = text.split("\n").find((each) => each.startsWith("custodialbridge_cache_lookups_total")
    && each.includes('tier="local"') && each.includes(`outcome="${outcome}"`));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ") + 1));
}

function measure(server, cpu, path, script, headers) {
  const before = cpu();
  const figures = load({
    url: server + path, script, headers, seconds: given.seconds, cpu: loadCpu,
  });
  return { ...figures, per_cpu_second: figures.requests / (cpu() - before) };
}

async function round(daemon, nginx, path, script, headers) {
  const busy = await awaitQuiet(given.quiet);
  const nginxCpu = () => treeCpuSeconds(nginx.child.pid);
  const daemonCpu = () => cpuSeconds(daemon.child.pid);
  const limit = measure(nginx.url, nginxCpu, path, script, headers);
  const hits = await lookups(daemon, "hit"), misses = await lookups(daemon, "miss");
  const ours = measure(daemon.url, daemonCpu, path, script, headers);
  const more = [await lookups(daemon, "hit") - hits, await lookups(daemon, "miss") - misses];
  return {
    ours, limit, busy, local_share: more[0] / (more[0] + more[1]), ratio: ours.rate / limit.rate,
    cpu_ratio: ours.per_cpu_second / limit.per_cpu_second,
  };
}

function tell(name, done) {
  const row = (label, pick) => [label, show(spread(done, (one) => pick(one).rate)),
    show(spread(done, (one) => pick(one).p50_us / 1000), 2),
    show(spread(done, (one) => pick(one).p99_us / 1000), 2),
    show(spread(done, (one) => pick(one).per_cpu_second))];
  printTable(`Cached GET, ${name}: median (lowest-highest) of ${done.length} rounds of ${
    given.seconds} s`, ["", "requests/s", "p50 ms", "p99 ms", "requests/CPU s"],
  [row("daemon", (one) => one.ours), row("nginx return 200", (one) => one.limit)]);
  console.log(`ratio to nginx          ${show(spread(done, (one) => one.ratio), 2)}   budget 0.8, goal 1.0`);
  console.log(`the same per CPU second ${show(spread(done, (one) => one.cpu_ratio), 2)}`);
  console.log(`p99 to nginx's          ${show(spread(done, (one) => one.ours.p99_us / one.limit.p99_us), 2)}`);
  console.log(`answered by local tier  ${show(spread(done, (one) => 100 * one.local_share), 2)} %`);
}

async function measureMode(daemon, chain, mode) {
  const { headers } = modes[mode];
  const path = target(chain, chain.wallets[0]);
  const sample = await get(daemon.url + path, headers);
  if (sample.status !== 200) throw new Error(`${path}: ${sample.status} ${sample.body}`);
  const nginx = await startNginx(sample.body);
  const ours = await get(daemon.url + path, headers);
  console.log(`\n${mode}: an answer has ${ours.body.length} bytes, and before them ${ours.head} `
    + `(nginx ${nginx.head}); tier ${ours.tier}`);
  const scripts = writeScripts(given.folder, chain.wallets.map((one) => target(chain, one)), headers);
  for (const wallet of chain.wallets) await get(daemon.url + target(chain, wallet), headers);
  for (const keys of ["single", "random"]) {
    load({ url: daemon.url + path, script: scripts[keys], seconds: 1, headers, cpu: loadCpu });
    load({ url: nginx.url + path, script: scripts[keys], seconds: 1, headers, cpu: loadCpu });
    const done = [];
    for (let number = 0; number < rounds; number++) {
      done.push(await round(daemon, nginx, path, scripts[keys], headers));
      record.add("cached-get", { mode, keys, ...done.at(-1) });
    }
    tell(`auth ${mode}, ${keys === "single" ? "one key" : `${chain.wallets.length} keys at random`}`, done);
  }
  await nginx.child.stop();
}

await measured(async () => {
  output("which", "nginx", "wrk");
  const chain = new PreparedChain(given, "100k");
  await chain.serve({ cpu: loadCpu });
  const folder = join(given.folder, "run-cached-get");
  const chosen = given.only === "" ? Object.keys(modes) : [given.only];
  const daemon = new Daemon(given.bin("custodialbridge"), folder,
    { chain: chain.config("latest"), api: modes[chosen[0]].api });
  daemon.forget();
  await daemon.start();
  await daemon.register(chain.chain_id, chain.wallets, modes[chosen[0]].headers);
  await daemon.stop();
  for (const mode of chosen) {
    daemon.api = modes[mode].api;
    await daemon.start({ cpu: serverCpu });
    await measureMode(daemon, chain, mode);
    await daemon.stop();
  }
  daemon.forget();
});
