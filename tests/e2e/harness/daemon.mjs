// The daemon under test, and what a caller asks of its API.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { daemonProgram } from "./places.mjs";
import { Program, run } from "./program.mjs";
import { eventually } from "./waiting.mjs";

const startSeconds = 60;

/// Any daemon's API, by its base URL.
export class Api {
  constructor(url, key) {
    Object.assign(this, { url, key });
  }

  /// {status, headers, text, json}; `json` is undefined where the answer has none.
  async ask(method, path, { body, key = this.key, headers = {}, seconds = 15 } = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const json = isJson && text ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  }

  get(path, options) {
    return this.ask("GET", path, options);
  }

  /// The answer's JSON, when the status is the expected one.
  async expect(status, method, path, options) {
    const answer = await this.ask(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  balancePath(user, chainId, token, query = "") {
    return `/v1/users/${user}/balances/${chainId}/${token}${query}`;
  }

  balance(user, chainId, token, query) {
    return this.expect(200, "GET", this.balancePath(user, chainId, token, query));
  }

  register(user, chainId, address, isDeployed = false) {
    const path = `/v1/users/${user}/wallets/${chainId}/${address}`;
    return this.ask("PUT", path, { body: { is_deployed: isDeployed } });
  }

  /// Registers the devnet's wallets and waits until all of them are tracked.
  async registerAll(chain, wallets = chain.wallets) {
    for (const { user_id, address } of wallets) {
      const { status, text } = await this.register(user_id, chain.chain_id, address);
      assert.ok(status === 201 || status === 200, `registering ${user_id}: ${status} ${text}`);
    }
    for (const { user_id } of wallets) await this.tracked(user_id);
  }

  /// Waits until every wallet of the user is tracked; the wallets.
  tracked(user) {
    return eventually(`the opening of ${user}'s wallets`, async () => {
      const { items } = await this.expect(200, "GET", `/v1/users/${user}/wallets`);
      return items.length > 0 && items.every(({ tracking }) => tracking === "tracked") && items;
    });
  }

  /// All items of a list, page by page.
  async walk(path, limit = 40) {
    const items = [];
    let cursor = null;
    do {
      const separator = path.includes("?") ? "&" : "?";
      const page = await this.expect(200, "GET",
        `${path}${separator}limit=${limit}${cursor ? `&cursor=${cursor}` : ""}`);
      assert.deepEqual(Object.keys(page), ["items", "next_cursor"]);
      assert.ok(page.items.length <= limit);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  }

  async status(chainId) {
    const status = await this.expect(200, "GET", "/v1/admin/status");
    return status.chains.find((chain) => chain.chain_id === chainId);
  }

  async ready() {
    return (await this.get("/readyz")).status === 200;
  }

  untilReady(seconds = startSeconds) {
    return eventually("readiness", () => this.ready(), { seconds });
  }

  /// Waits until the ledger has applied the chain's block of this number.
  untilApplied(chain, number, seconds = 30) {
    return eventually(`block ${number} in the ledger`, async () => {
      return (await this.status(chain.chain_id)).cursor >= number;
    }, { seconds });
  }

  /// Waits until the ledger stands at the chain's head, which must not move meanwhile.
  async untilAtHead(chain, seconds = 30) {
    const head = await chain.head();
    await eventually(`the ledger at block ${head.number} ${head.hash}`, async () => {
      const user = chain.wallets[0].user_id;
      const balance = await this.balance(user, chain.chain_id, 1);
      return balance.block_hash === head.hash;
    }, { seconds });
    return head;
  }

  /// The sum of a metric's samples whose labels include all of `labels`.
  async metric(name, labels = {}) {
    const { text } = await this.get("/metrics");
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    const samples = text.split("\n").filter((line) => {
      const named = line.startsWith(`custodialbridge_${name}{`) ||
        line.startsWith(`custodialbridge_${name} `);
      return named && wanted.every((label) => line.includes(label));
    });
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }
}

/// A daemon process and its configuration.
export class Daemon extends Api {
  /// `config` is a configuration as an object; its `data_dir` is the daemon's.
  constructor(lab, name, config, key) {
    super(undefined, key);
    Object.assign(this, { lab, name, config });
    this.dataDir = config.data_dir;
    this.rewriteConfig();
    lab.keep(this);
  }

  static async start(lab, name, config, key) {
    const daemon = new Daemon(lab, name, config, key);
    await daemon.start();
    await daemon.untilReady();
    return daemon;
  }

  rewriteConfig() {
    const text = `${JSON.stringify(this.config, null, 2)}\n`;
    this.configFile = this.lab.write(`${this.name}.yaml`, text);
  }

  /// Starts the process; returns when its API answers.
  async start() {
    rmSync(join(this.dataDir, "api.address"), { force: true });
    this.program = new Program(this.name, daemonProgram(), ["run", "--config", this.configFile], {
      log: this.lab.path(`${this.name}.log`), orphaned: "TERM",
    });
    this.url = await eventually(`the API of ${this.name}`, async () => {
      this.program.mustRun();
      const url = `http://${this.#address()}`;
      return (await fetch(`${url}/livez`)).ok && url;
    }, { seconds: startSeconds });
  }

  #address() {
    const file = join(this.dataDir, "api.address");
    if (!existsSync(file)) throw new Error("no api.address yet");
    return readFileSync(file, "utf8").trim();
  }

  async ready() {
    this.program.mustRun();
    return super.ready();
  }

  /// kill -9; its embedded services live on.
  async crash() {
    await this.program.end("SIGKILL");
  }

  /// SIGTERM; it must end well.
  async stop(seconds = 20) {
    const { code, signal } = await this.program.end("SIGTERM", seconds);
    assert.equal(code, 0, `${this.name} ended with ${signal ?? code} on SIGTERM`);
  }

  /// Whoever stops well leaves nobody behind; after a crash its services are ours to end.
  async close() {
    if (this.program?.running) await this.program.close();
    const left = await this.lab.sweep(this.dataDir);
    const stoppedWell = this.program?.outcome.code === 0;
    if (stoppedWell && left.length > 0) throw new Error(`${this.name} left behind: ${left}`);
  }

  /// Another command of the program with this configuration: {code, signal, stdout, stderr}.
  command(...args) {
    return command(...args, "--config", this.configFile);
  }
}

/// Any command line of the program under test.
export function command(...args) {
  return run(daemonProgram(), args, { seconds: 60 });
}
