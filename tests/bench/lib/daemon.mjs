// The daemon under measurement, in a fresh data directory, with its own PostgreSQL and Redis or another's.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child, output, until } from "./processes.mjs";

export class Daemon {
  /// `chain` is the text of one entry of the configuration's `chains`; `api` that of `api`, and so on.
  constructor(binary, folder, { chain, api = "{listen: 127.0.0.1:0, auth: {mode: none}}",
    database = "embedded", redis = "embedded", balanceSync = "{}" }) {
    Object.assign(this, { binary, folder, chain, api, balanceSync, services: { database, redis } });
    this.data = join(folder, "data");
    mkdirSync(folder, { recursive: true });
  }

  forget() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
  }

  async start({ cpu } = {}) {
    const { database, redis } = this.services;
    this.config = this.writeConfig("daemon.yaml", database, this.data, redis);
    rmSync(join(this.data, "api.address"), { force: true });
    const command = [this.binary, "run", "--config", this.config];
    this.child = new Child("daemon", command, { cpu, log: join(this.folder, "daemon.log") });
    this.address = await until("the daemon's address", 120, () => {
      if (this.child.over) throw new Error(`the daemon ended: ${this.child.output().slice(-2000)}`);
      try {
        return readFileSync(join(this.data, "api.address"), "utf8").trim();
      } catch {
        return undefined; // not there yet
      }
    });
    this.url = `http://${this.address}`;
    await until("readiness", 120, async () => {
      return fetch(`${this.url}/readyz`).then((response) => response.ok, () => false);
    });
    if (database !== "embedded") return;
    const pidFile = readFileSync(join(this.data, "postgres/postmaster.pid"), "utf8").split("\n");
    this.postgresPid = Number(pidFile[0]);
    this.socketFolder = pidFile[4];
    this.redisSocket = join(this.socketFolder, "redis.sock");
  }

  writeConfig(name, database, data, redis = "embedded") {
    const file = join(this.folder, name);
    writeFileSync(file, `data_dir: "${data}"
database: {url: "${database}"}
redis: {url: "${redis}"}
api: ${this.api}
balance_sync: ${this.balanceSync}
logging: {level: warn, format: text}
chains:
  - ${this.chain}
`);
    return file;
  }

  /// A connection string for libpq.
  database(name = "postgres") {
    return `host=${this.socketFolder} port=5432 user=custodialbridge dbname=${name}`;
  }

  sql(statements, database = "postgres") {
    const options = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", "SET client_min_messages = warning"];
    return output("psql", ...options, "-c", statements, this.database(database));
  }

  /// A database of that name with the daemon's tables and nothing in them.
  freshDatabase(name) {
    this.sql(`DROP DATABASE IF EXISTS ${name}`);
    this.sql(`CREATE DATABASE ${name} TEMPLATE template0`);
    const data = join(this.folder, "migrating");
    mkdirSync(data, { recursive: true });
    const config = this.writeConfig("migrating.yaml", this.databaseUrl(name), data, "none");
    output(this.binary, "migrate", "--config", config);
  }

  databaseUrl(name = "postgres") {
    return `postgresql://custodialbridge@/${name}?host=${encodeURIComponent(this.socketFolder)}`;
  }

  /// Registers [{user_id, address}…] and waits until all are tracked.
  async register(chainId, wallets, headers = {}) {
    const left = wallets.values();
    const worker = async () => {
      for (const { user_id, address } of left) {
        const url = `${this.url}/v1/users/${user_id}/wallets/${chainId}/${address}`;
        const response = await fetch(url, {
          method: "PUT",
          headers: { "content-type": "application/json", ...headers },
          body: '{"is_deployed":false}',
        });
        if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    await until("opening snapshots", 300, () => {
      return this.sql("SELECT count(*) FROM wallets WHERE tracked_from IS NULL") === "0";
    });
  }

  /// The value of a metric without labels of interest: the first line that begins with `name`.
  async metric(name) {
    const text = await fetch(`${this.url}/metrics`).then((response) => response.text());
    const line = text.split("\n").find((each) => each.startsWith(name));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
  }

  async stop() {
    await this.child?.stop(60);
  }
}
