// Registers the deployment's wallets with a running daemon, each under its user_id.
import { readFileSync } from "node:fs";
import { readArguments } from "./arguments.mjs";

const usage = "usage: register.mjs --api URL --deployment FILE [--key API_KEY]";
const given = readArguments(usage, { api: undefined, deployment: undefined, key: "" });

async function register({ user_id, address }, chainId) {
  const response = await fetch(`${given.api}/v1/users/${user_id}/wallets/${chainId}/${address}`, {
    method: "PUT",
    headers: {
      "content-type": "application/json",
      ...(given.key && { authorization: `Bearer ${given.key}` }),
    },
    body: JSON.stringify({ is_deployed: false }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) {
    throw new Error(`${user_id}: HTTP ${response.status} ${(await response.text()).slice(0, 300)}`);
  }
}

try {
  const { chain_id, wallets } = JSON.parse(readFileSync(given.deployment, "utf8"));
  for (let i = 0; i < wallets.length; i += 10) {
    await Promise.all(wallets.slice(i, i + 10).map((wallet) => register(wallet, chain_id)));
  }
  console.log(`registered ${wallets.length} wallets`);
} catch (error) {
  console.error(`register: ${error.cause?.message ?? error.message}`);
  process.exit(1);
}
