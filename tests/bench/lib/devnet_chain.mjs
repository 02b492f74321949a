// The devnet's chain, mined when told to, with its contracts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./arrangement.mjs";
import { Child, output } from "./processes.mjs";

export const devnet = join(repository, "tests/devnet");

/// {child, url, chain_id, multicall3, the tokens' addresses, …}
export async function startChain(folder) {
  const child = new Child("anvil", [join(devnet, "anvil"), "--port", "0", "--no-mining"],
    { log: join(folder, "anvil.log") });
  const [, at] = await child.said(/^Listening on (\S+)/m, 30);
  const file = join(folder, "devnet-chain.json");
  output("node", join(devnet, "deploy.mjs"), "--rpc", `http://${at}`, "--out", file, "--wallets", "2");
  return { child, url: `http://${at}`, ...JSON.parse(readFileSync(file, "utf8")) };
}
