// Bad requests are refused as problems that name the field at fault; keys open what their scope
// allows.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { after, describe } from "node:test";
import { Chain } from "./harness/chain.mjs";
import { chainEntry, configuration, tokens } from "./harness/config.mjs";
import { Api, Daemon } from "./harness/daemon.mjs";
import { Lab } from "./harness/lab.mjs";
import { assertProblem } from "./harness/problem.mjs";
import { eventually } from "./harness/waiting.mjs";

const keys = { read: "r-4f1c", write: "w-9b27", admin: "a-77e0" };

describe("requests with API keys", { timeout: 120_000 }, () => {
  const lab = new Lab();
  let chain, daemon, wallet, balance;

  lab.before(async () => {
    chain = await Chain.start(lab);
    const listed = Object.entries(keys).map(([scope, key]) => {
      return { name: scope, sha256: createHash("sha256").update(key).digest("hex"),
        scopes: [scope] };
    });
    daemon = await Daemon.start(lab, "daemon", configuration(lab, "data", [chainEntry(chain)], {
      redis: { url: "none" },
      api: { listen: "127.0.0.1:0", threads: 2, auth: { mode: "api_key", keys: listed },
        max_body: "4KiB" },
    }), keys.admin);
    await daemon.registerAll(chain);
    wallet = `/v1/users/zoe/wallets/${chain.chain_id}/${chain.deployer}`;
    balance = daemon.balancePath("user-1", chain.chain_id, tokens.cpop);
  });
  after(() => lab.close());

  lab.it("without a key, or with a wrong one, are 401", async () => {
    const anonymous = new Api(daemon.url);
    for (const path of [balance, "/v1/tokens", "/v1/admin/status"]) {
      const refused = await anonymous.get(path);
      assertProblem(refused, 401, "unauthorized");
      assert.match(refused.headers.get("www-authenticate") ?? "", /^Bearer/i);
    }
    assertProblem(await anonymous.get(balance, { key: "wrong" }), 401, "unauthorized");
    const basic = { authorization: `Basic ${keys.read}` };
    assertProblem(await anonymous.get(balance, { headers: basic }), 401, "unauthorized");
    for (const path of ["/livez", "/readyz", "/metrics", "/"]) {
      assert.equal((await anonymous.get(path)).status, 200, path);
    }
  });

  lab.it("with a key of too low a scope are 403; a higher scope implies the lower", async () => {
    const ask = async (method, path, scope) =>
      (await daemon.ask(method, path, { key: keys[scope] })).status;
    const status = "/v1/admin/status";
    assert.deepEqual([await ask("GET", balance, "read"), await ask("PUT", wallet, "read"),
      await ask("DELETE", wallet, "read"), await ask("GET", status, "read")],
    [200, 403, 403, 403]);
    assert.deepEqual([await ask("GET", balance, "write"), await ask("PUT", wallet, "write"),
      await ask("DELETE", wallet, "write"), await ask("GET", status, "write")],
    [200, 201, 204, 403]);
    assert.deepEqual([await ask("GET", balance, "admin"), await ask("PUT", wallet, "admin"),
      await ask("DELETE", wallet, "admin"), await ask("GET", status, "admin")],
    [200, 201, 204, 200]);
    assertProblem(await daemon.ask("PUT", wallet, { key: keys.read }), 403, "forbidden");
  });

  lab.it("for what does not exist are 404", async () => {
    const { chain_id } = chain;
    const cases = [
      [daemon.balancePath("nobody", chain_id, tokens.cpop), "unknown-user"],
      [daemon.balancePath("nobody", chain_id, tokens.eth), "unknown-user"],
      [daemon.balancePath("nobody", chain_id, tokens.cpop, "?realtime=true"), "unknown-user"],
      [daemon.balancePath("user-1", 4711, tokens.cpop), "unknown-chain"],
      [daemon.balancePath("user-1", chain_id, 99), "unknown-token"],
      ["/v1/nothing/here", "not-found"],
      ["/v2/tokens", "not-found"],
    ];
    for (const [path, type] of cases) assertProblem(await daemon.get(path), 404, type);
    const elsewhere = `/v1/users/zoe/wallets/4711/${chain.deployer}`;
    assertProblem(await daemon.ask("PUT", elsewhere), 404, "unknown-chain");
    assertProblem(await daemon.ask("DELETE", wallet), 404, "unknown-wallet");
  });

  lab.it("with a bad parameter are 400 and name it", async () => {
    const longest = "u".repeat(128);
    const user = (name) => daemon.balancePath(name, chain.chain_id, tokens.cpop);
    const cases = [
      [user("a%20b"), "user_id"],
      [user("%C3%A4"), "user_id"],
      [user(`${longest}u`), "user_id"],
      [`/v1/users/user-1/balances/x/${tokens.cpop}`, "chain_id"],
      [`/v1/users/user-1/balances/-1/${tokens.cpop}`, "chain_id"],
      [`/v1/users/user-1/balances/${chain.chain_id}/99999999999999999999`, "token_id"],
      [`${balance}?realtime=maybe`, "realtime"],
      [`${balance}?realtime=true&confirmations=0`, "confirmations"],
      [`${balance}?realtime=true&confirmations=-3`, "confirmations"],
      [`${balance}?confirmations=3`, "confirmations"],
    ];
    for (const [path, field] of cases) {
      assert.match(assertProblem(await daemon.get(path), 400, "invalid-parameter"),
        new RegExp(`^${field}\\b`));
    }
    assert.equal((await daemon.get(user(longest))).status, 404);
  });

  lab.it("with an unknown or repeated query parameter are 400", async () => {
    for (const path of [`${balance}?real_time=true`, "/v1/tokens?page=2", "/readyz?x=1"]) {
      const refused = await daemon.get(path);
      assert.equal(refused.status, 400, path);
      assert.match(assertProblem(refused, 400, "unknown-parameter"), /real_time|page|x/);
    }
    const twice = await daemon.get(`${balance}?realtime=true&realtime=false`);
    assert.equal(twice.status, 400, twice.text);
  });

  lab.it("with a wrong address or checksum are 400 and write nothing", async () => {
    const { deployer, chain_id } = chain;
    const swapped = deployer.replace(/[a-f]/, (letter) => letter.toUpperCase());
    const other = swapped === deployer
      ? deployer.replace(/[A-F]/, (letter) => letter.toLowerCase()) : swapped;
    const bad = ["0x12", "not-an-address", `${deployer}00`, other, `0x${"0".repeat(40)}`,
      deployer.slice(2)];
    for (const address of bad) {
      const path = `/v1/users/yan/wallets/${chain_id}/${address}`;
      assertProblem(await daemon.ask("PUT", path), 400, "invalid-parameter");
    }
    assert.deepEqual((await daemon.get("/v1/users/yan/wallets")).json.items, []);
    for (const address of [deployer.toLowerCase(), `0x${deployer.slice(2).toUpperCase()}`]) {
      const path = `/v1/users/yan/wallets/${chain_id}/${address}`;
      const { json } = await daemon.ask("PUT", path);
      assert.equal(json.address.toLowerCase(), deployer.toLowerCase());
      assert.equal((await daemon.ask("DELETE", path)).status, 204);
    }
  });

  lab.it("with a bad body are 4xx and write nothing", async () => {
    const bodies = ["{", "[]", "\"x\"", "{\"is_deployed\":1}", "{\"deployed\":true}",
      "{\"is_deployed\":true,\"more\":{}}", "{\"is_deployed\":true}x"];
    for (const body of bodies) {
      const detail = assertProblem(await daemon.ask("PUT", wallet, { body }), 400, "invalid-body");
      if (/deployed"/.test(body)) assert.match(detail, /deployed|more|JSON/);
    }
    const text = await daemon.ask("PUT", wallet, { body: "{}",
      headers: { "content-type": "text/plain" } });
    assertProblem(text, 415, "unsupported-media-type");
    const large = await daemon.ask("PUT", wallet, { body: " ".repeat(5000) });
    assertProblem(large, 413, "body-too-large");
    assert.deepEqual((await daemon.get("/v1/users/zoe/wallets")).json.items, []);
  });

  lab.it("with a method that the path has not are 405 and say which it has", async () => {
    const refused = await daemon.ask("POST", "/v1/tokens", { body: {} });
    assertProblem(refused, 405, "method-not-allowed");
    assert.match(refused.headers.get("allow"), /GET/);
    const head = await daemon.ask("HEAD", balance);
    assert.equal(head.status, 200);
    assert.equal(head.text, "");
  });

  lab.it("of a page of another origin get no leave to be read", async () => {
    const headers = { origin: "https://elsewhere.example", "access-control-request-method": "GET" };
    const asked = await daemon.ask("OPTIONS", balance, { headers });
    assertProblem(asked, 405, "method-not-allowed");
    for (const { headers: given } of [asked, await daemon.get(balance, { headers })]) {
      assert.deepEqual([...given.keys()].filter((name) => /^access-control/.test(name)), []);
    }
  });

  lab.it("for the status and readiness have the documented fields", async () => {
    const status = await eventually("the chain is followed", async () => {
      const seen = await daemon.expect(200, "GET", "/v1/admin/status");
      return seen.chains[0].state === "following" && seen;
    });
    assert.deepEqual(Object.keys(status).sort(),
      ["chains", "database", "queues", "redis", "uptime_seconds", "version"]);
    assert.deepEqual(Object.keys(status.queues).sort(), ["dead_letters", "outbox", "retry"]);
    const [entry] = status.chains;
    assert.deepEqual(Object.keys(entry).sort(), ["chain_id", "completeness", "coverage", "cursor",
      "endpoints", "finalized", "head", "lag_seconds", "name", "safe", "state"]);
    assert.deepEqual(Object.keys(entry.endpoints[0]).sort(),
      ["error_rate", "head", "healthy", "latency_ms", "name"]);
    const ready = await daemon.expect(200, "GET", "/readyz");
    assert.deepEqual(Object.keys(ready).sort(), ["checks", "degraded", "ready"]);
    for (const check of ready.checks) {
      assert.deepEqual(Object.keys(check).sort(), ["detail", "name", "ok"]);
    }
  });

  lab.it("for metrics find those documented, and nobody's name in them", async () => {
    await daemon.get(balance);
    const { text } = await daemon.get("/metrics");
    const series = new Set(text.match(/^custodialbridge_\w+/gm));
    for (const name of ["chain_head_block", "chain_cursor_block", "reorgs_total", "build_info",
      "events_processed_total", "rpc_requests_total", "rpc_request_seconds_count",
      "cache_lookups_total", "api_requests_total", "api_request_seconds_count",
      "balance_sync_lag_seconds_count", "sync_errors_total"]) {
      assert.ok(series.has(`custodialbridge_${name}`), name);
    }
    assert.doesNotMatch(text, /user-\d|0x[0-9a-fA-F]{40}/);
  });

  lab.it("that are not HTTP, or too large, or pipelined, do not disturb the others", async () => {
    const [, host, port] = daemon.url.match(/^http:\/\/(.*):(\d+)$/);
    assert.match(await speak(host, port, "NONSENSE\r\n\r\n"), /^HTTP\/1\.1 400 /);
    const heavy = `GET / HTTP/1.1\r\nHost: x\r\nX-Pad: ${"y".repeat(40_000)}\r\n\r\n`;
    assert.match(await speak(host, port, heavy), /^HTTP\/1\.1 431 /);
    const head = `Host: x\r\nAuthorization: Bearer ${keys.read}\r\n`;
    const both = `GET ${balance} HTTP/1.1\r\n${head}\r\n` +
      `GET /v1/tokens HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
    const answers = await speak(host, port, both);
    assert.equal(answers.match(/HTTP\/1\.1 200 /g).length, 2);
    assert.ok(answers.indexOf("balance_raw") < answers.indexOf("items"), "in order");
    assert.equal((await daemon.get(balance)).status, 200);
  });
});

/// Sends bytes on a connection of their own; all that comes back until it is closed.
function speak(host, port, bytes) {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(Number(port), host, () => socket.write(bytes));
    socket.setEncoding("utf8").setTimeout(15_000, () => socket.destroy(new Error("no answer")));
    socket.on("data", (part) => (heard += part));
    socket.on("error", (error) => (heard ? resolve(heard) : reject(error)));
    socket.on("close", () => resolve(heard));
  });
}
