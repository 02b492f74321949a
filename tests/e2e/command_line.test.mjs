// The program's commands and their exit codes: 0 done, 1 failed, 2 used or configured wrongly.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, endpoint } from "./harness/config.mjs";
import { Daemon, command } from "./harness/daemon.mjs";
import { Lab, freePort } from "./harness/lab.mjs";
import { Ledger } from "./harness/ledger.mjs";
import { PostgresServer } from "./harness/postgres.mjs";
import { RedisServer } from "./harness/redis.mjs";
import { eventually } from "./harness/waiting.mjs";

function assertExit({ code, signal, stdout, stderr }, expected) {
  assert.equal(signal, null, stderr);
  assert.equal(code, expected, `stdout: ${stdout}\nstderr: ${stderr}`);
}

/// One clear line on stderr that says `what`.
function assertRefused(outcome, exitCode, what) {
  assertExit(outcome, exitCode);
  const lines = outcome.stderr.trimEnd().split("\n");
  assert.ok(lines.some((line) => what.test(line)), `${what} is not in:\n${outcome.stderr}`);
}

const minimal = `data_dir: /tmp/never-used
chains:
  - chain_id: 31337
    rpc:
      - {http: "http://127.0.0.1:1"}
`;

describe("the command line", { timeout: 120_000 }, () => {
  const lab = new Lab();
  after(() => lab.close());

  lab.it("tells its version and its help", async () => {
    const version = await command("version");
    assertExit(version, 0);
    assert.match(version.stdout, /^custodialbridge \d+\.\d+\.\d+\S*\n$/);
    const help = await command("--help");
    assertExit(help, 0);
    for (const verb of ["run", "check", "migrate", "resume", "healthcheck", "version"]) {
      assert.match(help.stdout, new RegExp(`\\b${verb}\\b`));
    }
  });

  lab.it("refuses what it does not know with exit code 2", async () => {
    assertRefused(await command(), 2, /\S/);
    assertRefused(await command("fly"), 2, /no command 'fly'/);
    for (const verb of ["status", "reconcile", "repair", "dead-letters"]) {
      assertRefused(await command(verb), 2, new RegExp(`'${verb}' is not available`));
    }
    assertRefused(await command("run"), 2, /--config/);
    assertRefused(await command("check", "--config"), 2, /--config/);
    assertRefused(await command("check", "--config", lab.write("m.yaml", minimal), "--now"), 2,
      /--now/);
    const missing = lab.path("missing.yaml");
    for (const verb of ["run", "check", "migrate"]) {
      assertRefused(await command(verb, "--config", missing), 2, /missing\.yaml/);
    }
  });

  lab.it("check accepts a valid file", async () => {
    const outcome = await command("check", "--config", lab.write("valid.yaml", minimal));
    assertExit(outcome, 0);
    assert.match(outcome.stdout, /valid/);
  });

  lab.it("check names file, line and column of every mistake", async () => {
    const wrong = `data_dir: /tmp/never-used
shutdown_timeout: soon
balance_sync:
  local_tll: 30s
chains:
  - chain_id: 31337
    rpc:
      - {http: "http://127.0.0.1:1"}
    confirmations: -1
  - chain_id: 31337
    rpc: []
`;
    const file = lab.write("wrong.yaml", wrong);
    const outcome = await command("check", "--config", file);
    assertRefused(outcome, 2, new RegExp(`${file}:2:\\d+: .*shutdown_timeout`));
    assertRefused(outcome, 2, new RegExp(`${file}:4:3: .*local_tll.*local_ttl`));
    assertRefused(outcome, 2, new RegExp(`${file}:9:\\d+: .*confirmations`));
    assertRefused(outcome, 2, new RegExp(`${file}:10:\\d+: .*chain_id`));
    assertRefused(outcome, 2, new RegExp(`${file}:11:\\d+: .*rpc`));
    assertRefused(await command("run", "--config", file), 2, /:4:3: /);
    const broken = lab.write("broken.yaml", "chains: [\n  {chain_id: 1\n");
    assertRefused(await command("check", "--config", broken), 2, /broken\.yaml:\d+:\d+: /);
  });

  lab.it("takes secrets from the environment, and says which one is missing", async () => {
    const text = `${minimal}redis: {url: "\${CB_E2E_REDIS}"}\n`;
    const file = lab.write("environment.yaml", text);
    assertRefused(await command("check", "--config", file), 2,
      /environment\.yaml:6:\d+: .*CB_E2E_REDIS/);
    process.env.CB_E2E_REDIS = "none";
    assertExit(await command("check", "--config", file), 0);
    delete process.env.CB_E2E_REDIS;
  });

  lab.it("refuses an open door: auth none on more than the loopback address", async () => {
    const text = `${minimal}api: {listen: "0.0.0.0:0", auth: {mode: none}}\n`;
    assertRefused(await command("check", "--config", lab.write("open.yaml", text)), 2,
      /open\.yaml:6:\d+: .*loopback/);
  });

  lab.it("refuses a database URL and TLS files that cannot be used", async () => {
    const refused = async (name, text, what) => {
      const file = lab.write(`${name}.yaml`, minimal + text);
      for (const verb of ["check", "run"]) {
        assertRefused(await command(verb, "--config", file), 2, what);
      }
    };
    for (const url of ["postgresql://u:secret@h:port/db", "postgresql://u:secret@h/db?sslmod=x"]) {
      await refused("database", `database: {url: "${url}"}\n`,
        /^custodialbridge: database\.url (?!.*secret)/);
    }
    await refused("tls", 'api: {tls: {certificate: "/nowhere/c.pem", key: "/nowhere/k.pem"}}\n',
      /\/nowhere\/c\.pem/);
  });

  lab.it("healthcheck fails when nobody answers", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    assertRefused(await command("healthcheck", "--url", url), 1, /127\.0\.0\.1/);
    assertRefused(await command("healthcheck", "--url", "nonsense"), 2, /nonsense/);
  });
});

describe("commands that reach services", { timeout: 180_000 }, () => {
  const lab = new Lab();
  let chain, postgres, redis;

  lab.before(async () => {
    chain = await Chain.start(lab);
    postgres = await PostgresServer.start(lab);
    redis = await RedisServer.start(lab);
  });
  after(() => lab.close());

  const configured = (name, { chains = [chainEntry(chain)], ...others } = {}) =>
    new Daemon(lab, name, configuration(lab, name, chains, {
      database: { url: postgres.url }, redis: { url: redis.url }, ...others,
    }));

  lab.it("check --connect is content when all of them answer", async () => {
    const outcome = await configured("all").command("check", "--connect");
    assertExit(outcome, 0);
    for (const what of [/database/, /redis/, new RegExp(`chain ${chain.chain_id}`)]) {
      assert.match(outcome.stdout, what);
    }
    assert.ok(!lab.inhabitants(lab.path("all")).length);
  });

  lab.it("check --connect asks embedded services too, and lets them go again", async () => {
    const embedded = { url: "embedded" };
    const daemon = configured("inside", { database: embedded, redis: embedded });
    const outcome = await daemon.command("check", "--connect");
    assertExit(outcome, 0);
    assert.match(outcome.stdout, /^database: .*\d+\.\d+/m);
    assert.match(outcome.stdout, /^redis .*: answers$/m);
    assert.deepEqual(lab.inhabitants(daemon.dataDir), []);
    await daemon.start();
    await daemon.untilReady();
    assertExit(await daemon.command("check", "--connect"), 0); // the running daemon's
    assert.equal(await daemon.ready(), true);
    await daemon.stop();
    assert.ok(!existsSync(join(daemon.dataDir, "api.address")), "its address outlives the daemon");
  });

  lab.it("check --connect names whoever does not answer", async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const dead = { chains: [chainEntry(chain, { endpoints: [{ http: `http://${nobody}` }] })] };
    assertRefused(await configured("rpc", dead).command("check", "--connect"), 1,
      new RegExp(nobody));
    const database = { database: { url: `postgresql://bridge@${nobody}/postgres` } };
    assertRefused(await configured("db", database).command("check", "--connect"), 1, /database/);
    const cache = { redis: { url: `redis://${nobody}/0` } };
    assertRefused(await configured("cache", cache).command("check", "--connect"), 1,
      new RegExp(`redis ${nobody}/0: `));
  });

  lab.it("check --connect notices an endpoint of another chain", async () => {
    const entry = { ...chainEntry(chain), chain_id: 4242 };
    assertRefused(await configured("other", { chains: [entry] }).command("check", "--connect"), 1,
      /31337/);
    const both = { ...chainEntry(chain), rpc: [endpoint(chain.address),
      { http: `http://127.0.0.1:${await freePort()}` }] };
    assertExit(await configured("half", { chains: [both] }).command("check", "--connect"), 1);
  });

  lab.it("migrate applies what is missing, once", async () => {
    const daemon = configured("migrate");
    const first = await daemon.command("migrate");
    assertExit(first, 0);
    assert.match(first.stdout, /0001/);
    assert.ok(await Ledger.at(postgres.url).row("SELECT count(*) FROM journal"));
    const again = await daemon.command("migrate");
    assertExit(again, 0);
    assert.doesNotMatch(again.stdout, /0001/);
  });

  lab.it("migrate without its database fails with exit code 1", async () => {
    const url = `postgresql://bridge@127.0.0.1:${await freePort()}/postgres`;
    const outcome = await configured("lost", { database: { url } }).command("migrate");
    assertRefused(outcome, 1, /\S/);
  });

  lab.it("migrate starts an embedded database for its own time", async () => {
    const daemon = configured("embedded", { database: { url: "embedded" } });
    assertExit(await daemon.command("migrate"), 0);
    assert.deepEqual(lab.inhabitants(daemon.dataDir), []);
    await daemon.start();
    await daemon.untilReady();
    assertExit(await daemon.command("migrate"), 0); // the running daemon's
    assert.equal(await daemon.ready(), true);
    await daemon.stop();
  });

  lab.it("healthcheck tells a ready daemon from one that is not", async () => {
    const daemon = configured("health");
    await daemon.start();
    await daemon.untilReady();
    assertExit(await command("healthcheck", "--url", daemon.url), 0);
    await postgres.stop();
    await eventually("unreadiness", async () => !(await daemon.ready()));
    assertRefused(await command("healthcheck", "--url", daemon.url), 1, /ready/);
    await postgres.startAgain();
    await daemon.untilReady();
    await daemon.stop();
  });

  lab.it("run fails with exit code 1 where its port is taken, and leaves nobody behind", async () => {
    const taken = createServer();
    await new Promise((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const listen = `127.0.0.1:${taken.address().port}`;
    const api = { listen, threads: 1, auth: { mode: "none" } };
    assertRefused(await configured("taken", { api }).command("run"), 1, new RegExp(listen));
    await new Promise((resolve) => taken.close(resolve));
    assert.ok(!lab.inhabitants(lab.path("taken")).length);
  });
});
